"""The closing of a year: ranks, ties, who is put forward, and that it is done once."""

from decimal import Decimal

from contracts.points import PointsYearClosed
from points.domain import closing
from points.domain.closing import CloseYear, assessments
from points.domain.rules import Kind


def close(*scores: int, scheme: str = "TOTAL_ONLY") -> CloseYear:
    earned = {f"E{place:02}": {Kind.SHARING: Decimal(score)} if score else {} for place, score in enumerate(scores)}
    return CloseYear(2031, earned, scheme, Decimal(100))


def closed(command: CloseYear) -> PointsYearClosed:
    (event,) = closing.decide(command, closing.initial)
    assert isinstance(event, PointsYearClosed)
    return event


def test_eighty_managers_have_eight_places_and_sixteen():
    made = closed(close(*range(1, 81)))
    assert (made.population, made.excellent_cut, made.bonus_cut) == (80, 8, 16)
    assert (len(made.excellent), len(made.bonus)) == (8, 16)
    assert made.excellent[0] == "E79"


def test_who_ties_with_the_last_place_is_in():
    made = closed(close(100, 90, 90, 90, 80, 70, 60, 50, 40, 30))
    assert (made.excellent, made.bonus) == (("E00",), ("E00", "E01", "E02", "E03"))


def test_nobody_without_a_point_is_put_forward():
    made = closed(close(10, *[0] * 19))
    assert (made.bonus_cut, made.bonus) == (4, ("E00",))


def test_closing_twice_changes_nothing():
    assert closing.decide(close(1, 2, 3), closed(close(100, 90))) == ()


def test_equal_points_share_a_rank_and_the_next_one_is_skipped():
    command = close(80, 90, 90, 100)
    ranked = assessments(command, closed(command))
    assert [(one.employee, one.rank) for one in ranked] == [("E03", 1), ("E01", 2), ("E02", 2), ("E00", 4)]


def test_the_target_is_met_by_what_counts_and_the_ranking_goes_by_what_was_earned():
    command = close(150, 100, scheme="SHARES_40_30_20_10")
    first, second = assessments(command, closed(command))
    assert (first.employee, first.points, first.counted, first.target_met) == ("E00", 150, 20, False)
    assert (first.rating_flag, first.next_year_pay_review_eligible) == ("POINTS_NOT_MET", False)
    assert second.rank == 2


def test_a_target_that_is_met_has_no_consequence():
    command = close(100)
    (one,) = assessments(command, closed(command))
    assert (one.target_met, one.rating_flag, one.next_year_pay_review_eligible) == (True, None, True)


def test_a_year_without_managers_can_be_closed():
    assert closed(close()).population == 0
