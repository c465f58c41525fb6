"""How much of a promise is unserved: readings of the calendar, costs, penalties, leave and suspension."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from agreements.domain.costs import Cost, CostLine
from agreements.domain.damages import Departure, Promise, assess
from agreements.domain.explanation import explain
from agreements.domain.leave import Leave
from agreements.domain.policy import Policy

new_years_eve = date(2022, 12, 31)
course = Promise("协议1", 24, new_years_eve, Cost(Decimal(100_000)))
by_month, begun_month, by_day = (
    Policy(),
    Policy(proration="MONTH_PARTIAL_SERVED"),
    Policy(proration="DAY"),
)


def amount(last_day, promise=course, policy=by_month):
    return assess(Departure(last_day, "ART37_RESIGN_WITH_NOTICE"), (promise,), policy).amount


@pytest.mark.parametrize("year", range(2019, 2029))
def test_half_the_period_is_half_the_cost_in_every_year(year):
    promise = replace(course, training_end=date(year - 1, 12, 31))
    assert amount(date(year, 12, 31), promise) == Decimal("50000.00")


def test_days_over_are_counted_over_the_days_of_the_running_month():
    promise = Promise("协议1", 36, date(2024, 3, 31), Cost(Decimal(60_000)))
    assert amount(date(2025, 7, 15), promise) == Decimal("34193.54")


def test_a_month_begun_is_a_month_served():
    promise = Promise("协议1", 36, date(2024, 3, 31), Cost(Decimal(60_000)))
    assert amount(date(2025, 6, 30), promise, begun_month) == Decimal("35000.00")
    assert amount(date(2025, 7, 1), promise, begun_month) == Decimal("33333.33")
    assert amount(date(2025, 7, 31), promise, begun_month) == Decimal("33333.33")


def test_days_are_counted_over_the_days_of_the_whole_period():
    assert amount(date(2023, 12, 31), policy=by_day) == Decimal("50068.39")
    assert amount(date(2024, 12, 31), replace(course, training_end=date(2023, 12, 31)), by_day) == Decimal("49931.60")


@pytest.mark.parametrize("policy", [by_month, begun_month, by_day])
def test_nothing_is_served_before_the_training_ends_and_everything_after_the_last_day(policy):
    assert amount(date(2022, 6, 1), policy=policy) == Decimal("100000.00")
    assert amount(new_years_eve, policy=policy) == Decimal("100000.00")
    assert amount(date(2024, 12, 31), policy=policy) == Decimal("0.00")
    assert amount(date(2031, 1, 1), policy=policy) == Decimal("0.00")


def test_the_first_day_after_the_training_is_served():
    assert amount(date(2023, 1, 1)) == Decimal("99865.59")
    assert amount(date(2023, 1, 1), policy=begun_month) == Decimal("95833.33")
    assert amount(date(2023, 1, 1), policy=by_day) == Decimal("99863.20")


def test_a_period_from_a_month_end_ends_on_a_shortened_day():
    promise = Promise("协议1", 6, date(2024, 8, 31), Cost(Decimal(12_000)))
    assert amount(date(2024, 11, 30), promise) == Decimal("6000.00")
    assert amount(date(2025, 2, 28), promise) == Decimal("0.00")
    assert amount(date(2025, 2, 27), promise) == Decimal("71.42")  # 1/28 of a sixth


def test_no_period_was_promised_for_no_months():
    for policy in (by_month, begun_month, by_day):
        assert amount(new_years_eve, replace(course, service_months=0), policy) == Decimal("0.00")


# Suspension and leave


@pytest.mark.parametrize(
    ("policy", "share"),
    [(by_month, Fraction(15, 24)), (begun_month, Fraction(15, 24)), (by_day, Fraction(366 + 90, 731))],
)
def test_suspended_months_move_the_end_and_not_the_divisor(policy, share):
    assessed = assess(
        Departure(date(2023, 12, 31), "ART37_RESIGN_WITH_NOTICE"), (replace(course, suspended_months=3),), policy
    )
    (part,) = assessed.parts
    assert part.reckoning.period_end == date(2025, 3, 31)
    assert part.reckoning.share == share


def test_after_a_suspension_the_period_is_over_on_the_moved_day_only():
    promise = replace(course, suspended_months=3)
    assert amount(date(2024, 12, 31), promise) == Decimal("12500.00")
    assert amount(date(2025, 3, 31), promise) == Decimal("0.00")
    assert amount(date(2025, 3, 31), promise, by_day) == Decimal("0.00")


@pytest.mark.parametrize("policy", [by_month, begun_month, by_day])
def test_a_suspension_never_makes_more_due_than_the_cost(policy):
    assert amount(date(2023, 2, 28), replace(course, suspended_months=6), policy) == Decimal("100000.00")


@pytest.mark.parametrize("kind", ["MATERNITY", "SICK", "UNPAID_PERSONAL"])
def test_leave_of_any_kind_counts_as_served_unless_its_suspension_was_signed(kind):
    assert amount(date(2023, 12, 31), replace(course, leave=(Leave(kind, 158),))) == Decimal("50000.00")


# Costs and penalties


def test_what_is_agreed_and_not_proven_does_not_count_nor_what_is_proven_and_not_agreed():
    assert Cost(Decimal(35_000), agreed=Decimal(50_000)).base == 35_000
    assert Cost(Decimal(36_000), agreed=Decimal(30_000)).base == 30_000
    assert Cost(Decimal(0), agreed=Decimal(50_000)).base == 0
    assert Cost(Decimal(36_000)).base == 36_000
    assert Cost().base == 0


def test_only_vouched_and_eligible_lines_count_and_wages_never():
    lines = (
        CostLine("COURSE_FEE", Decimal(30_000), vouched=True),
        CostLine("COURSE_FEE_SHARE", Decimal("0.10"), vouched=True),
        CostLine("TRAVEL", Decimal(4_500), vouched=False),
        CostLine("OTHER_DIRECT", Decimal(500), vouched=True, eligible=False),
        CostLine("WAGES_DURING_TRAINING", Decimal(12_000), vouched=True, eligible=True),
    )
    assert Cost(lines=lines).base == Decimal("30000.10")
    assert Cost(Decimal(50_000), lines).base == Decimal("30000.10")
    assert Cost(Decimal(20_000), lines).base == 20_000
    assert Cost(lines=()).base == 0


def test_a_flat_penalty_counts_only_below_the_ceiling():
    three_years = Promise("协议1", 36, date(2023, 12, 31), Cost(Decimal(100_000)), flat_penalty=Decimal(80_000))
    assert amount(date(2024, 6, 30), three_years) == Decimal("80000.00")
    assert amount(date(2024, 12, 31), three_years) == Decimal("66666.66")
    assert amount(new_years_eve, replace(course, flat_penalty=Decimal(150_000))) == Decimal("100000.00")
    assert amount(new_years_eve, replace(course, flat_penalty=Decimal(0))) == Decimal("0.00")


# Together


def test_agreements_run_on_their_own_clocks_and_only_the_sum_is_rounded():
    thirds = Promise("协议1", 36, date(2023, 12, 31), Cost(Decimal(100)))
    departure = Departure(date(2024, 12, 31), "ART37_RESIGN_WITH_NOTICE")
    assert assess(departure, (thirds,), by_month).amount == Decimal("66.66")
    assert assess(departure, (thirds, thirds, thirds), by_month).amount == Decimal("200.00")
    assert assess(departure, (), by_month).amount == Decimal("0.00")


def test_a_reading_that_gives_more_is_shown_and_not_claimed():
    departure = Departure(date(2023, 12, 31), "ART37_RESIGN_WITH_NOTICE")
    assessed = assess(departure, (course,), by_month)
    assert [(other.reads, other.amount) for other in assessed.higher_readings] == [("DAY", Decimal("50068.39"))]
    assert any("50,068.39元" in step and "按日折算" in step for step in explain(assessed))
    assert assess(departure, (course,), by_day).higher_readings == ()
    assert assess(departure, (course,), by_month).parts[0].higher_readings == assessed.higher_readings
