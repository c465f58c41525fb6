"""The lines for payroll: one for each employee, period, kind and reference, and one more where it was taken back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact, Period
from contracts.payroll_bridge import AdjustmentProposed, AdjustmentWithdrawn, Line

TABLES = ("lines",)


@dataclass(frozen=True)
class LineRow:
    """`amount` is negative where the line takes an earlier one back (`reversal`)."""

    employee: str
    period: Period
    kind: Line
    reference: str
    reversal: bool
    amount: Decimal
    basis: str
    taxable: bool
    fact: str
    withdrawn_in: Period | None

    @property
    def place(self) -> str:
        """Where the line stands in the order of its period."""
        return "\n".join((self.employee, self.kind, self.reference, str(self.reversal).lower()))


@dataclass(frozen=True)
class Sums:
    lines: int
    paid: Decimal
    withheld: Decimal


def when_proposed(work: Work, event: Event[AdjustmentProposed]) -> None:
    it = event.fact
    work.write(
        "insert into lines (employee, period, kind, reference, reversal, amount, basis, taxable, fact)"
        " values (%s, %s, %s, %s, false, %s, %s, %s, %s) on conflict do nothing",
        *(it.employee, it.period, it.kind, it.reference, it.amount, it.basis, it.taxable, it.fact),
    )


def when_withdrawn(work: Work, event: Event[AdjustmentWithdrawn]) -> None:
    it = event.fact
    corrected_in = it.corrected_in or it.period
    key = (it.employee, it.period, it.kind, it.reference)
    work.write(
        "insert into lines (employee, period, kind, reference, reversal, amount, basis, taxable, fact)"
        " select employee, %s, kind, reference, true, -amount, %s, taxable, %s from lines"
        " where (employee, period, kind, reference) = (%s, %s, %s, %s) and not reversal on conflict do nothing",
        *(corrected_in, it.reason, it.fact, *key),
    )
    work.write(
        "update lines set withdrawn_in = %s where (employee, period, kind, reference) = (%s, %s, %s, %s)"
        " and not reversal",
        *(corrected_in, *key),
    )


def lines_after(asked: Asked, period: Period, after: str, limit: int) -> list[LineRow]:
    """A page of a period's lines, behind the line at the place `after`."""
    employee, kind, reference, reversal = after.split("\n") if after.count("\n") == 3 else ("", "", "", "false")
    rows = asked.rows(
        "select * from lines where period = %s and (employee, kind, reference, reversal) > (%s, %s, %s, %s)"
        " order by employee, kind, reference, reversal limit %s",
        *(period, employee, kind, reference, reversal == "true", limit),
    )
    return [LineRow(**row) for row in rows]


def lines_of_period(asked: Asked, period: Period) -> list[LineRow]:
    rows = asked.rows("select * from lines where period = %s order by employee, kind, reference, reversal", period)
    return [LineRow(**row) for row in rows]


def lines_of_employee(asked: Asked, employee: str) -> list[LineRow]:
    rows = asked.rows("select * from lines where employee = %s order by period, kind, reference, reversal", employee)
    return [LineRow(**row) for row in rows]


def sums_of(asked: Asked, period: Period) -> Sums:
    (row,) = asked.rows(
        "select count(*) as lines, coalesce(sum(amount) filter (where kind in ('TRAINING_SUBSIDY', 'EXCELLENCE')), 0)"
        " as paid, coalesce(sum(amount) filter (where kind in ('BONUS_WITHHELD', 'DAMAGES_DEDUCTION')), 0) as withheld"
        " from lines where period = %s",
        period,
    )
    return Sums(**row)


def paid_for_voided(asked: Asked) -> list[LineRow]:
    """Lines that stand for a completion which did not happen as recorded."""
    rows = asked.rows(
        "select l.* from lines l where not l.reversal and l.withdrawn_in is null"
        " and l.kind in ('TRAINING_SUBSIDY', 'EXCELLENCE') and exists (select 1 from attempts a where a.voided"
        " and a.employee = l.employee and a.course = l.reference and l.fact in (a.news::text, a.completion::text))"
        " order by l.employee, l.kind, l.reference"
    )
    return [LineRow(**row) for row in rows]


def withheld_from_passed(asked: Asked, period: Period, cutoff: date) -> list[LineRow]:
    """Bonus withheld in a period from those who, as was heard since, had passed by its cut-off."""
    rows = asked.rows(
        "select l.* from lines l where not l.reversal and l.withdrawn_in is null and l.kind = 'BONUS_WITHHELD'"
        " and l.period = %s and (select passed from attempts a where a.employee = l.employee"
        " and a.course = l.reference and not a.voided and a.on_day <= %s order by on_day desc, attempt desc limit 1)"
        " order by l.employee, l.reference",
        *(period, cutoff),
    )
    return [LineRow(**row) for row in rows]


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {
    AdjustmentProposed: when_proposed,
    AdjustmentWithdrawn: when_withdrawn,
}
