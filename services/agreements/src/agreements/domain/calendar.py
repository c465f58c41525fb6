"""Months as the law counts them: from a day to its corresponding day, or the month's last day (民法典201-202)."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction


def add_months(anchor: date, months: int) -> date:
    """The corresponding day so many months after `anchor`, or before it if negative.

    Each month is counted from the anchor itself, never from an earlier result: 31 January, 28 February, 31 March.
    """
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


def months_between(anchor: date, day: date) -> int:
    """Whole months from `anchor` up to `day`, none if `day` comes first."""
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    return max(0, months if add_months(anchor, months) <= day else months - 1)


@dataclass(frozen=True)
class Elapsed:
    """Time from an anchor to a day: whole months, and days of a running month that lasts `month_length` days."""

    months: int
    days: int
    month_length: int

    @property
    def exactly(self) -> Fraction:
        return self.months + Fraction(self.days, self.month_length)


def elapsed(anchor: date, day: date) -> Elapsed:
    """The running month lasts from one corresponding day of the anchor to the next."""
    months = months_between(anchor, day)
    begun, ends = add_months(anchor, months), add_months(anchor, months + 1)
    return Elapsed(months, max(0, (day - begun).days), (ends - begun).days)


def day_after(day: date) -> date:
    return day + timedelta(days=1)
