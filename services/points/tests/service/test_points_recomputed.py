"""Points recomputed from what was heard and said: planted differences are found, and what cannot be told is not equal."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from casework.recomputing import as_it_was_known
from contracts.points import PointsAwarded, PointsReversed, PointsYearAssessed, PointsYearClosed
from points.domain.recomputing import UNTOLD, recomputed

pytestmark = pytest.mark.postgres
march = date(2024, 3, 4)


def with_a_year(points, news):
    """Two managers, one of whom read and shared; one training was voided; and the year was closed."""
    points.adopt()
    points.hear(news.hired("E1"), news.hired("E2"))
    _, completion, _ = points.hear(
        news.passed("E1", march), news.completed("E1", march, attempts=1), news.gave("E1", march)
    )
    points.hear(news.voided("E1", completion))
    points.post("/years/2024/close")


def decided(events):
    return [(event.fact, made) for event, recorded, made in recomputed(as_it_was_known(events, "points")) if recorded]


def told(points):
    return [*points.heard, *points.events()]


def altered(events, kind, **changed):
    """The events, of which those of a kind say something else."""
    return [replace(it, fact=it.fact.model_copy(update=changed)) if isinstance(it.fact, kind) else it for it in events]


def test_awards_reversals_and_the_year_are_decided_again_as_they_were(points, news):
    with_a_year(points, news)
    found = decided(told(points))
    assert {type(fact) for fact, _ in found} == {PointsAwarded, PointsReversed, PointsYearAssessed, PointsYearClosed}
    assert all(fact == made for fact, made in found)


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        (PointsAwarded, {"points": Decimal(99)}),
        (PointsAwarded, {"rules": 7}),
        (PointsReversed, {"points": Decimal(99)}),
        (PointsYearAssessed, {"rank": 7}),
        (PointsYearClosed, {"excellent": ("E2",)}),
    ],
)
def test_an_altered_figure_differs_from_what_the_rules_decide(points, news, kind, changed):
    with_a_year(points, news)
    found = decided(altered(told(points), kind, **changed))
    assert any(fact != made for fact, made in found if isinstance(fact, kind))


def test_a_manager_who_was_left_out_of_the_year_is_missed(points, news):
    with_a_year(points, news)
    without = [it for it in told(points) if not (isinstance(it.fact, PointsYearAssessed) and it.subject == "E2")]
    missed = [made for _, recorded, made in recomputed(as_it_was_known(without, "points")) if recorded is None]
    assert [fact.employee for fact in missed] == ["E2"]


def test_points_for_a_fact_that_nobody_told_cannot_be_told(points, news):
    points.adopt()
    points.hear(news.hired("E1"), news.gave("E1", march))
    without = [it for it in told(points) if not it.type.startswith("learning.")]
    assert [made for _, made in decided(without)] == [UNTOLD]


def test_a_year_whose_closing_is_not_there_cannot_be_told(points, news):
    with_a_year(points, news)
    without = [it for it in told(points) if not isinstance(it.fact, PointsYearClosed)]
    whys = [made for fact, made in decided(without) if isinstance(fact, PointsYearAssessed)]
    assert whys == ["the closing of 2024 is not among the events"] * 2


def test_where_nothing_was_earned_nothing_is_recomputed(points, news):
    points.adopt()
    points.hear(news.hired("E1"))
    assert decided(told(points)) == []
