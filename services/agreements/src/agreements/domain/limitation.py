"""The limitation clock 仲裁时效: one year to claim, started again by whatever interrupts it in time (调解仲裁法27)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from agreements.domain.calendar import add_months

MONTHS_TO_CLAIM = 12
WARNED_MONTHS_BEFORE = (3, 1)
WARNED_DAYS_BEFORE = 7


@dataclass(frozen=True)
class Interruption:
    """What starts the year again: a demand, a request to an authority, the debtor's promise or part payment."""

    on: date
    kind: Literal["DEMAND", "REQUEST_TO_AUTHORITY", "PROMISE", "PART_PAYMENT"] = "DEMAND"


@dataclass(frozen=True)
class Suspension:
    """Days of force majeure, both included, on which the clock stands still."""

    first_day: date
    last_day: date


@dataclass(frozen=True)
class Limitation:
    """`restarted_by` are the interruptions that came in time; a later one revives nothing."""

    known_on: date
    deadline: date
    warnings: tuple[date, ...]
    restarted_by: tuple[Interruption, ...]
    too_late: tuple[Interruption, ...]

    def time_barred(self, filed_on: date) -> bool:
        return filed_on > self.deadline


def limitation(
    known_on: date, interruptions: Iterable[Interruption] = (), suspensions: Iterable[Suspension] = ()
) -> Limitation:
    """The clock of a claim known on a day, the leaver's last. On the deadline itself there is still time."""
    stops = sorted(suspensions, key=lambda stop: stop.first_day)
    deadline = year_from(known_on, stops)
    restarted_by: list[Interruption] = []
    too_late: list[Interruption] = []
    for interruption in sorted(interruptions, key=lambda interruption: interruption.on):
        if interruption.on > deadline:
            too_late.append(interruption)
        elif interruption.on > known_on:  # Before that day no clock runs that could be started again.
            restarted_by.append(interruption)
            deadline = year_from(interruption.on, stops)
    return Limitation(known_on, deadline, warnings_before(deadline), tuple(restarted_by), tuple(too_late))


def year_from(start: date, stops: list[Suspension]) -> date:
    """A year's corresponding day, moved by each day on which the clock stood still. Stops are in order."""
    deadline, counted_to = add_months(start, MONTHS_TO_CLAIM), start
    for stop in stops:
        if stop.first_day <= deadline and stop.last_day > counted_to:
            still = stop.last_day - max(counted_to, stop.first_day - timedelta(days=1))
            deadline, counted_to = deadline + still, stop.last_day
    return deadline


def warnings_before(deadline: date) -> tuple[date, ...]:
    months = tuple(add_months(deadline, -months) for months in WARNED_MONTHS_BEFORE)
    return (*months, deadline - timedelta(days=WARNED_DAYS_BEFORE))
