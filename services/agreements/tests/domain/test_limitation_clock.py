"""The year to claim: what starts it again, what comes too late, what stops it, and when one is warned."""

from datetime import date

from agreements.domain.limitation import Interruption, Suspension, limitation

known = date(2025, 6, 30)
deadline = date(2026, 6, 30)


def after(*demands):
    return limitation(known, (Interruption(on) for on in demands))


def test_a_claim_stands_for_a_year_and_still_on_its_last_day():
    assert after().deadline == deadline
    assert not after().time_barred(deadline)
    assert after().time_barred(date(2026, 7, 1))


def test_a_year_from_a_leap_day_ends_on_the_months_last_day():
    assert limitation(date(2024, 2, 29)).deadline == date(2025, 2, 28)


def test_each_demand_in_time_starts_the_year_again():
    assert after(date(2026, 1, 15)).deadline == date(2027, 1, 15)
    assert after(date(2026, 1, 15), date(2026, 12, 1)).deadline == date(2027, 12, 1)
    assert after(date(2026, 12, 1), date(2026, 1, 15)).deadline == date(2027, 12, 1)
    assert after(deadline).deadline == date(2027, 6, 30)


def test_a_demand_after_expiry_revives_nothing():
    late = after(date(2026, 7, 1), date(2026, 8, 1))
    assert late.deadline == deadline
    assert [demand.on for demand in late.too_late] == [date(2026, 7, 1), date(2026, 8, 1)]
    assert after(date(2026, 1, 15), date(2027, 1, 16)).deadline == date(2027, 1, 15)


def test_a_demand_before_the_clock_runs_shortens_nothing():
    assert after(date(2025, 5, 1)).deadline == deadline
    assert after(known).deadline == deadline


def test_a_promise_a_part_payment_or_a_request_starts_it_again_too():
    for kind in ("REQUEST_TO_AUTHORITY", "PROMISE", "PART_PAYMENT"):
        assert limitation(known, [Interruption(date(2026, 1, 15), kind)]).deadline == date(2027, 1, 15)


def test_force_majeure_stops_the_clock_for_its_days():
    ten_days = Suspension(date(2026, 1, 1), date(2026, 1, 10))
    overlapping = Suspension(date(2026, 1, 6), date(2026, 1, 20))
    within = Suspension(date(2026, 1, 3), date(2026, 1, 5))
    assert limitation(known, suspensions=[ten_days]).deadline == date(2026, 7, 10)
    assert limitation(known, suspensions=[overlapping, ten_days, within]).deadline == date(2026, 7, 20)


def test_force_majeure_outside_the_year_stops_nothing():
    before = Suspension(date(2025, 6, 1), date(2025, 6, 30))
    late = Suspension(date(2026, 7, 1), date(2026, 7, 20))
    assert limitation(known, suspensions=[before, late]).deadline == deadline


def test_a_demand_while_the_clock_stands_still_starts_a_whole_year_after_the_rest():
    stop = Suspension(date(2026, 1, 1), date(2026, 1, 10))
    assert limitation(known, [Interruption(date(2026, 1, 5))], [stop]).deadline == date(2027, 1, 10)


def test_one_is_warned_three_months_one_month_and_seven_days_before():
    assert after().warnings == (date(2026, 3, 30), date(2026, 5, 30), date(2026, 6, 23))
    month_end = limitation(date(2024, 5, 31)).warnings
    assert month_end == (date(2025, 2, 28), date(2025, 4, 30), date(2025, 5, 24))
