"""Wages by month, still sealed: what holds in a month is what was set last for it or before it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact, Period, Sealed
from contracts.payroll_bridge import WageSet
from payroll_bridge.domain.wage import SealedWage, in_force

TABLES = ("wages",)


def when_set(work: Work, event: Event[WageSet]) -> None:
    it = event.fact
    work.write(
        "insert into wages (employee, first_period, monthly_wage, performance_bonus, minimum_wage)"
        " values (%s, %s, %s, %s, %s) on conflict (employee, first_period) do update set"
        " monthly_wage = excluded.monthly_wage, performance_bonus = excluded.performance_bonus,"
        " minimum_wage = excluded.minimum_wage",
        *(it.employee, it.first_period, it.monthly_wage.model_dump_json(), it.performance_bonus.model_dump_json()),
        it.minimum_wage,
    )


def wages_in(asked: Asked, employees: Iterable[str], period: Period) -> dict[str, SealedWage]:
    """The wage of each employee in a period; who has none is left out."""
    rows = asked.rows("select * from wages where employee = any(%s) and first_period <= %s", list(employees), period)
    return in_force(map(_sealed, rows), period)


def _sealed(row: dict[str, Any]) -> SealedWage:
    wage, bonus = (Sealed.model_validate_json(row[name]) for name in ("monthly_wage", "performance_bonus"))
    return SealedWage(row["employee"], row["first_period"], wage, bonus, row["minimum_wage"])


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {WageSet: when_set}
