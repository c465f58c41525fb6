"""A company's policy: how long paid training binds by its cost, and how the law's open questions are read."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from agreements.domain.calendar import add_months, day_after
from contracts.agreements import Proration

ProbationRule = Literal["EXEMPT_264", "SERVICE_PERIOD_BINDS"]
CostBasis = Literal["GROSS_VOUCHER", "NET_OF_VAT"]
Rounding = Literal["DOWN_TO_FEN"]

THRESHOLDS = ((Decimal(10_000), 24), (Decimal(50_000), 36))
REMINDER_MONTHS = 1


@dataclass(frozen=True)
class Policy:
    """`thresholds` are (cost over which, in RMB; months), lowest first. The version is frozen into an agreement."""

    thresholds: tuple[tuple[Decimal, int], ...] = THRESHOLDS
    proration: Proration = "MONTH_THEN_DAY"
    probation_rule: ProbationRule = "EXEMPT_264"
    cost_basis: CostBasis = "GROSS_VOUCHER"
    rounding: Rounding = "DOWN_TO_FEN"


@dataclass(frozen=True)
class ServicePeriod:
    """The days that are promised, both included, and the day on which HR is told that the end is near."""

    first_day: date
    last_day: date
    hr_reminder: date


def months_for_cost(cost: Decimal, policy: Policy) -> int:
    """The months that a cost binds for, 0 if it binds for none. Over is strict: exactly 10,000 is not over it."""
    return next((months for over, months in reversed(policy.thresholds) if cost > over), 0)


def cost_base(gross: Decimal, vat_deducted: Decimal, policy: Policy) -> Decimal:
    """What of an invoice counts as cost: all of it, or what is left once the company has deducted its VAT."""
    match policy.cost_basis:
        case "GROSS_VOUCHER":
            return gross
        case "NET_OF_VAT":
            return gross - vat_deducted


def service_period(training_end: date, months: int) -> ServicePeriod:
    """From the day after the training ends to the corresponding day (民法典201-202)."""
    last_day = add_months(training_end, months)
    return ServicePeriod(day_after(training_end), last_day, add_months(last_day, -REMINDER_MONTHS))


def days_remaining(period_end: date, on: date) -> int:
    """Days that are still owed after `on`."""
    return max(0, (period_end - on).days)


def contract_extended_to(contract_end: date, service_end: date, otherwise_agreed: bool) -> date | None:
    """The contract of employment runs on to the end of the service period, unless otherwise agreed (实施条例17)."""
    return service_end if service_end > contract_end and not otherwise_agreed else None
