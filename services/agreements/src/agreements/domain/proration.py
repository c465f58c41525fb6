"""How much of a service period is unserved on the day of leaving, in each reading of the calendar (劳动合同法22)."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from agreements.domain.calendar import add_months, elapsed
from contracts.agreements import Proration


@dataclass(frozen=True)
class Reckoning:
    """Total, served and unserved time in one unit. A suspension moves `period_end`, never the total."""

    proration: Proration
    unit: Literal["MONTH", "DAY"]
    total: int
    served: Fraction
    period_end: date

    @property
    def unserved(self) -> Fraction:
        return self.total - self.served

    @property
    def share(self) -> Fraction:
        """The unserved part of the whole; nothing is owed where nothing was promised."""
        return self.unserved / self.total if self.total else Fraction()


def reckon(
    proration: Proration, training_end: date, service_months: int, suspended_months: int, last_day: date
) -> Reckoning:
    """`last_day` counts as served. Before the training ends nothing is served, after the period's end all is."""
    agreed_end = add_months(training_end, service_months)
    end = add_months(training_end, service_months + suspended_months)
    if proration == "DAY":
        total = (agreed_end - training_end).days
        served = Fraction(total - (end - last_day).days)
        return Reckoning(proration, "DAY", total, within(served, total), end)
    past = elapsed(training_end, last_day)
    begun = past.months + (past.days > 0)
    served = (past.exactly if proration == "MONTH_THEN_DAY" else Fraction(begun)) - suspended_months
    return Reckoning(proration, "MONTH", service_months, within(served, service_months), end)


def within(served: Fraction, total: int) -> Fraction:
    return min(max(served, Fraction()), Fraction(total))
