"""The months that were closed: at which cut-off, what they came to, and the file that left."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact, Period, Sha256
from contracts.payroll_bridge import PayrollClosed, PayrollExported

TABLES = ("periods",)


@dataclass(frozen=True)
class PeriodRow:
    """`file` is None until the month was exported."""

    period: Period
    cutoff: date
    lines: int
    paid: Decimal
    withheld: Decimal
    without_wage: list[str]
    blocked: dict[str, str]
    file: Sha256 | None


def when_closed(work: Work, event: Event[PayrollClosed]) -> None:
    it = event.fact
    work.write(
        "insert into periods (period, cutoff, lines, paid, withheld, without_wage, blocked)"
        " values (%s, %s, %s, %s, %s, %s, %s::jsonb) on conflict do nothing",
        *(it.period, it.cutoff, it.lines, it.paid, it.withheld, list(it.without_wage), json.dumps(it.blocked)),
    )


def when_exported(work: Work, event: Event[PayrollExported]) -> None:
    work.write("update periods set file = %s where period = %s", event.fact.file, event.fact.period)


def period_row(asked: Asked, period: Period) -> PeriodRow | None:
    rows = asked.rows("select * from periods where period = %s", period)
    return PeriodRow(**rows[0]) if rows else None


def newest_closed(asked: Asked) -> PeriodRow | None:
    rows = asked.rows("select * from periods order by period desc limit 1")
    return PeriodRow(**rows[0]) if rows else None


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {
    PayrollClosed: when_closed,
    PayrollExported: when_exported,
}
