"""The lines for payroll: one for each employee, period, kind and reference, and one more where it was taken back."""

from collections.abc import Callable, Mapping
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact, Period
from contracts.payroll_bridge import AdjustmentProposed, AdjustmentWithdrawn
from payroll_bridge.domain.lines import PayLine
from payroll_bridge.domain.month import Window

TABLES = ("lines",)


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


def lines_after(asked: Asked, period: Period, after: str, limit: int) -> list[PayLine]:
    """A page of a period's lines, behind the line at the place `after`."""
    employee, kind, reference, reversal = after.split("\n") if after.count("\n") == 3 else ("", "", "", "false")
    rows = asked.rows(
        "select * from lines where period = %s and (employee, kind, reference, reversal) > (%s, %s, %s, %s)"
        " order by employee, kind, reference, reversal limit %s",
        *(period, employee, kind, reference, reversal == "true", limit),
    )
    return _lines(rows)


def lines_of_period(asked: Asked, period: Period) -> list[PayLine]:
    rows = asked.rows("select * from lines where period = %s order by employee, kind, reference, reversal", period)
    return _lines(rows)


def lines_of_employee(asked: Asked, employee: str) -> list[PayLine]:
    rows = asked.rows("select * from lines where employee = %s order by period, kind, reference, reversal", employee)
    return _lines(rows)


# What a closing looks at: each answers with all that the rules could need, and the rules choose.


def subsidies_near(asked: Asked, window: Window) -> list[PayLine]:
    """Subsidies of those who have a result in the window, in the courses that it is of."""
    return _lines(
        asked.rows(
            "select * from lines where kind = 'TRAINING_SUBSIDY' and (employee, reference) in"
            " (select employee, course from attempts where on_day between %s and %s)",
            *(window.pays_from, window.cutoff),
        )
    )


def beside_voided(asked: Asked) -> list[PayLine]:
    """Lines of a course and an employee of whose results one was voided."""
    return _lines(
        asked.rows(
            "select * from lines where (employee, reference) in (select employee, course from attempts where voided)"
        )
    )


def withheld_in(asked: Asked, period: Period) -> list[PayLine]:
    """Bonus withheld in a period."""
    return _lines(asked.rows("select * from lines where period = %s and kind = 'BONUS_WITHHELD'", period))


def _lines(rows: list[dict[str, Any]]) -> list[PayLine]:
    return [PayLine(**row) for row in rows]


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {
    AdjustmentProposed: when_proposed,
    AdjustmentWithdrawn: when_withdrawn,
}
