"""How years ended: the ranking, and each manager's assessment."""

from collections.abc import Callable, Mapping
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact, canonical
from contracts.points import PointsYearAssessed, PointsYearClosed

TABLES = ("assessed", "closed_years")


def when_assessed(work: Work, event: Event[PointsYearAssessed]) -> None:
    it = event.fact
    work.write(
        "insert into assessed (year, employee, points, counted, rank, excellent, bonus, target_met, rating_flag,"
        " next_year_pay_review_eligible) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        *(it.year, it.employee, it.points, it.counted, it.rank, it.excellent, it.bonus, it.target_met),
        *(it.rating_flag, it.next_year_pay_review_eligible),
    )


def when_closed(work: Work, event: Event[PointsYearClosed]) -> None:
    work.write(
        "insert into closed_years (year, closed) values (%s, %s) on conflict do nothing",
        *(event.fact.year, canonical(event.fact.model_dump(mode="json")).decode()),
    )


def closed_year(asked: Asked, year: int) -> PointsYearClosed | None:
    """How a year was closed; None while it is open."""
    rows = asked.rows("select closed from closed_years where year = %s", year)
    return PointsYearClosed.model_validate_json(rows[0]["closed"]) if rows else None


def ranked(asked: Asked, year: int) -> list[PointsYearAssessed]:
    """The managers of a closed year, best first."""
    rows = asked.rows("select * from assessed where year = %s order by rank, employee", year)
    return [PointsYearAssessed.model_validate(row) for row in rows]


def assessment(asked: Asked, employee: str, year: int) -> PointsYearAssessed | None:
    """How a closed year ended for one employee; None if it is open, or they were not in the ranking."""
    rows = asked.rows("select * from assessed where (year, employee) = (%s, %s)", year, employee)
    return PointsYearAssessed.model_validate(rows[0]) if rows else None


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {
    PointsYearAssessed: when_assessed,
    PointsYearClosed: when_closed,
}
