"""The yearly target: what counts by each scheme, what is missing, and the quota beside it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from points.domain.rules import Kind
from points.domain.schemes import (
    CAREER_PLANNING,
    FACTORY,
    SCHEMES,
    SHARES_40_30_20_10,
    TOTAL_ONLY,
    Category,
    Scheme,
    by_category,
    progress,
    quota_progress,
)

COURSE, EXAM, SHARING, MENTORING = Category.COURSE, Category.EXAM, Category.SHARING, Category.MENTORING


def points(**earned: int) -> dict[Category, Decimal]:
    return {Category(category): Decimal(value) for category, value in earned.items()}


def test_more_than_a_share_does_not_count():
    made = progress(points(COURSE=60, EXAM=30, SHARING=15, MENTORING=20), SHARES_40_30_20_10)
    assert made.capped == {COURSE: 40, EXAM: 30, SHARING: 15, MENTORING: 10}
    assert (made.counted, made.missing, made.target_met) == (95, 5, False)


def test_full_shares_meet_the_target():
    made = progress(points(COURSE=40, EXAM=30, SHARING=20, MENTORING=10), SHARES_40_30_20_10)
    assert (made.counted, made.missing, made.target_met) == (100, 0, True)


def test_the_factory_has_shares_of_its_own():
    made = progress(points(ONLINE=41, WORKSHOP=31, EXAM=21, SHARING=11), FACTORY)
    assert made.capped == points(ONLINE=40, WORKSHOP=30, EXAM=20, SHARING=10)
    assert made.target_met


def test_a_category_without_a_share_counts_nothing_and_says_so():
    made = progress(points(ONLINE=40, MENTORING=20), FACTORY)
    assert made.capped == points(ONLINE=40, MENTORING=0)
    assert "MENTORING: 20 earned, share 0, counts 0" in made.steps


def test_a_plain_total_has_no_shares():
    made = progress(points(COURSE=120), TOTAL_ONLY)
    assert (made.counted, made.missing, made.target_met) == (120, 0, True)


def test_the_target_can_be_another():
    assert progress(points(COURSE=40), TOTAL_ONLY, Decimal(40)).target_met
    assert progress(points(COURSE=40), TOTAL_ONLY, Decimal(41)).missing == 1


def test_online_hours_and_workshops_are_one_category_except_in_the_factory():
    earned = {Kind.ONLINE_HOURS: Decimal(20), Kind.WORKSHOP: Decimal(5), Kind.TECH_PROJECT: Decimal(30)}
    assert by_category(SHARES_40_30_20_10, earned) == points(COURSE=25, PROJECT=30)
    assert by_category(FACTORY, earned) == points(ONLINE=20, WORKSHOP=5, PROJECT=30)


@given(st.sampled_from(list(SCHEMES.values())), st.dictionaries(st.sampled_from(list(Category)), st.decimals(0, 500)))
def test_nothing_counts_beyond_its_share_or_what_was_earned(scheme: Scheme, earned: dict[Category, Decimal]):
    made = progress(earned, scheme)
    for category, counted in made.capped.items():
        share = scheme.share(category)
        assert counted <= earned[category]
        assert share is None or counted <= share
    assert made.target_met == (made.counted >= 100)


@pytest.mark.parametrize(("taken", "missing"), [(0, 2), (1, 1), (2, 0), (5, 0)])
def test_career_planning_is_taken_at_least_twice_a_year(taken: int, missing: int):
    made = quota_progress(CAREER_PLANNING, taken)
    assert (made.missing, made.requirement_met) == (missing, missing == 0)
