"""The year's end: the cut, ties, the weight of points, and a missed target."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from points.domain.year_end import RatingFlag, appraisal, consequence, cut_of, ranking


@pytest.mark.parametrize(
    ("population", "percent", "cut"), [(80, "20", 16), (80, "10", 8), (19, "10", 1), (9, "10", 0), (0, "20", 0)]
)
def test_the_cut_is_rounded_down(population: int, percent: str, cut: int):
    assert cut_of(population, Decimal(percent)) == cut


def scored(*scores: int) -> dict[str, Decimal]:
    return {name: Decimal(score) for name, score in zip("abcdefghij", scores, strict=False)}


def test_who_ties_with_the_last_place_is_in():
    ranked = ranking(scored(90, 100, 90, 80, 90), Decimal(40))
    assert (ranked.cut, ranked.winners) == (2, ("b", "a", "c", "e"))


def test_a_tie_above_the_cut_adds_nobody():
    assert ranking(scored(100, 100, 80, 70, 60), Decimal(40)).winners == ("a", "b")


def test_without_a_place_nobody_wins():
    assert ranking(scored(100, 100), Decimal(20)).winners == ()
    assert ranking({}, Decimal(20)).winners == ()


@given(st.lists(st.integers(0, 20).map(Decimal), max_size=40), st.decimals(0, 100, places=2))
def test_no_one_left_out_has_as_many_points_as_a_winner(scores: list[Decimal], percent: Decimal):
    people = {str(place): score for place, score in enumerate(scores)}
    ranked = ranking(people, percent)
    assert len(ranked.winners) >= ranked.cut
    left_out = [people[person] for person in people if person not in ranked.winners]
    assert not ranked.winners or all(score < min(people[person] for person in ranked.winners) for score in left_out)


@pytest.mark.parametrize(
    ("points", "target", "kpi", "weight", "result"),
    [
        ("60", "100", "85", "0.10", "82.50"),
        ("150", "100", "85", "0.10", "86.50"),
        ("60", "120", "80", "0.10", "77.00"),
        ("0", "100", "85", "0", "85.00"),
        ("50", "100", "85", "1", "50.00"),
        ("1", "3", "80.005", "0", "80.01"),
        ("1", "3", "0.3", "0.15", "5.26"),
    ],
)
def test_points_weigh_as_a_share_of_the_target(points: str, target: str, kpi: str, weight: str, result: str):
    made = appraisal(Decimal(points), Decimal(kpi), Decimal(target), Decimal(weight))
    assert str(made.result) == result


def test_a_missed_target_flags_the_rating_and_closes_the_pay_review():
    follows = consequence(Decimal(99))
    assert follows.rating_flag is RatingFlag.POINTS_NOT_MET
    assert not follows.next_year_pay_review_eligible


def test_a_target_that_is_just_met_has_no_consequence():
    follows = consequence(Decimal(100))
    assert follows.rating_flag is None
    assert follows.next_year_pay_review_eligible
