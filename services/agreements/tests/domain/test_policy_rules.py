"""A company's policy: months by cost, the basis of cost, the days of a period, and the contract that runs on."""

from datetime import date
from decimal import Decimal

import pytest

from agreements.domain.policy import (
    Policy,
    contract_extended_to,
    cost_base,
    days_remaining,
    months_for_cost,
    service_period,
)


@pytest.mark.parametrize(
    ("cost", "months"),
    [("0", 0), ("10000", 0), ("10000.01", 24), ("50000", 24), ("50000.01", 36), ("900000", 36)],
)
def test_a_cost_binds_only_when_it_is_over_the_threshold(cost, months):
    assert months_for_cost(Decimal(cost), Policy()) == months


def test_a_company_sets_its_own_thresholds():
    assert months_for_cost(Decimal(6_000), Policy(thresholds=((Decimal(5_000), 12),))) == 12
    assert months_for_cost(Decimal(6_000), Policy(thresholds=())) == 0


def test_deducted_vat_is_a_cost_only_on_the_gross_basis():
    gross, vat = Decimal(53_000), Decimal(3_000)
    assert cost_base(gross, vat, Policy(cost_basis="GROSS_VOUCHER")) == 53_000
    assert cost_base(gross, vat, Policy(cost_basis="NET_OF_VAT")) == 50_000


@pytest.mark.parametrize(
    ("training_end", "months", "first", "last", "reminder"),
    [
        (date(2022, 12, 31), 24, date(2023, 1, 1), date(2024, 12, 31), date(2024, 11, 30)),
        (date(2024, 2, 29), 12, date(2024, 3, 1), date(2025, 2, 28), date(2025, 1, 28)),
        (date(2024, 8, 31), 6, date(2024, 9, 1), date(2025, 2, 28), date(2025, 1, 28)),
        (date(2024, 2, 28), 36, date(2024, 2, 29), date(2027, 2, 28), date(2027, 1, 28)),
    ],
)
def test_a_period_runs_from_the_next_day_to_the_corresponding_day(training_end, months, first, last, reminder):
    period = service_period(training_end, months)
    assert (period.first_day, period.last_day, period.hr_reminder) == (first, last, reminder)


def test_what_remains_is_shown_on_any_day():
    end = date(2024, 12, 31)
    assert days_remaining(end, date(2024, 12, 1)) == 30
    assert days_remaining(end, end) == 0
    assert days_remaining(end, date(2025, 2, 1)) == 0


def test_a_contract_runs_on_only_to_a_later_end_and_unless_otherwise_agreed():
    contract_end, later = date(2025, 6, 30), date(2026, 6, 30)
    assert contract_extended_to(contract_end, later, otherwise_agreed=False) == later
    assert contract_extended_to(contract_end, later, otherwise_agreed=True) is None
    assert contract_extended_to(contract_end, contract_end, otherwise_agreed=False) is None
    assert contract_extended_to(later, contract_end, otherwise_agreed=False) is None
