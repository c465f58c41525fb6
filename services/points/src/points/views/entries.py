"""The entries of every purse: each award, and beside it what took it back. A standing is their sum."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact
from contracts.points import PointsAwarded, PointsReversed
from points.domain.rules import Kind

TABLES = ("entries",)


@dataclass(frozen=True)
class Entry:
    """A reversal has the figures of its award, its points below zero, and the reason as its note."""

    on: date
    kind: Kind
    quantity: Decimal
    rate: Decimal
    points: Decimal
    rules: int
    fact: str
    reversal: bool
    note: str


def when_awarded(work: Work, event: Event[PointsAwarded]) -> None:
    it = event.fact
    work.write(
        "insert into entries (year, employee, fact, reversal, kind, quantity, rate, points, rules, on_day, note)"
        " values (%s, %s, %s, false, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        *(it.year, it.employee, it.fact, it.kind, it.quantity, it.rate, it.points, it.rules, it.on, it.note),
    )


def when_reversed(work: Work, event: Event[PointsReversed]) -> None:
    it = event.fact
    work.write(
        "insert into entries (year, employee, fact, reversal, kind, quantity, rate, points, rules, on_day, note)"
        " select year, employee, fact, true, kind, quantity, rate, -points, rules, on_day, %s from entries"
        " where (year, employee, fact) = (%s, %s, %s) and not reversal on conflict do nothing",
        *(it.reason, it.year, it.employee, it.fact),
    )


def entries(asked: Asked, employee: str, year: int) -> list[Entry]:
    """Why an employee has the points of a year: by day, each reversal after its award."""
    rows = asked.rows(
        'select on_day as "on", kind, quantity, rate, points, rules, fact, reversal, note from entries'
        " where (year, employee) = (%s, %s) order by on_day, fact, reversal",
        *(year, employee),
    )
    return [_row(row) for row in rows]


def standing(asked: Asked, employee: str, year: int) -> dict[Kind, Decimal]:
    """An employee's points of a year by kind."""
    rows = asked.rows(
        "select kind, sum(points) as points from entries where (year, employee) = (%s, %s) group by kind order by kind",
        *(year, employee),
    )
    return {Kind(row["kind"]): row["points"] for row in rows}


def _row(row: dict[str, Any]) -> Entry:
    kind: Any = Kind(row["kind"])
    return Entry(**{**row, "kind": kind})


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {
    PointsAwarded: when_awarded,
    PointsReversed: when_reversed,
}
