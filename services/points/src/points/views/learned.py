"""What was learned and given, as learning told it, with what it counts as, and what of it was voided."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact
from contracts.learning import ContributionMade, ExamPassed, TrainingCompleted, TrainingVoided
from points.domain.rules import Kind

TABLES = ("learned",)

GIVEN = {"SHARING": Kind.SHARING, "MENTORING": Kind.MENTORING_DONE, "TECH_PROJECT": Kind.TECH_PROJECT}
ATTENDED = {"ONLINE": Kind.ONLINE_HOURS, "WORKSHOP": Kind.WORKSHOP}
"""What a completed training counts as, by its form; one that the company pays elsewhere earns nothing."""


@dataclass(frozen=True)
class Learned:
    """`fact` is the id of learning's event; `kind` is None for what earns nothing by itself."""

    fact: str
    employee: str
    kind: Kind | None
    course: str | None
    about: str
    quantity: Decimal
    on: date

    @property
    def exam(self) -> str | None:
        return self.course if self.kind is Kind.EXAM_PASSED else None


def when_completed(work: Work, event: Event[TrainingCompleted]) -> None:
    it = event.fact
    quantity = it.hours if it.form == "ONLINE" else Decimal(1)
    _learned(work, event, ATTENDED.get(it.form), it.course, it.course, quantity, it.attempts)


def when_passed(work: Work, event: Event[ExamPassed]) -> None:
    it = event.fact
    _learned(work, event, Kind.EXAM_PASSED, it.course, it.course, Decimal(1), it.attempt)


def when_given(work: Work, event: Event[ContributionMade]) -> None:
    it = event.fact
    _learned(work, event, GIVEN[it.kind], None, it.title, Decimal(1), 0)


def when_voided(work: Work, event: Event[TrainingVoided]) -> None:
    """The completion, and the newest exam that led to it, if it was by an exam."""
    work.write(
        "update learned set voided_by = %s where fact = %s or fact = ("
        " select exam.fact from learned exam join learned done on done.fact = %s and done.attempts > 0"
        " where exam.kind = %s and (exam.employee, exam.course) = (done.employee, done.course)"
        " and (exam.on_day, exam.version) < (done.on_day, done.version)"
        " order by exam.on_day desc, exam.version desc limit 1)",
        *(event.fact.completion, event.fact.completion, event.fact.completion, str(Kind.EXAM_PASSED)),
    )


def _learned(
    work: Work,
    event: Event[TrainingCompleted | ExamPassed | ContributionMade],
    kind: Kind | None,
    course: str | None,
    about: str,
    quantity: Decimal,
    attempts: int,
) -> None:
    work.write(
        "insert into learned (fact, employee, kind, course, about, quantity, on_day, attempts, version)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (fact) do nothing",
        *(str(event.id), event.fact.employee, kind and str(kind), course, about, quantity, event.fact.on),
        *(attempts, event.version),
    )


def fact(asked: Asked, fact: str) -> Learned:
    """What an event of learning that was heard said."""
    (row,) = asked.rows(f"{SELECT} where fact = %s", fact)
    return _row(row)


def standing(asked: Asked, employee: str) -> list[Learned]:
    """All that an employee learned and gave and that was not voided, oldest first."""
    rows = asked.rows(f"{SELECT} where employee = %s and voided_by is null order by on_day, version, fact", employee)
    return [_row(row) for row in rows]


def voided_by(asked: Asked, completion: str) -> Sequence[Learned]:
    """What no longer holds since a completion was voided: itself, and its exam."""
    return [_row(row) for row in asked.rows(f"{SELECT} where voided_by = %s order by fact", completion)]


SELECT = 'select fact, employee, kind, course, about, quantity, on_day as "on" from learned'


def _row(row: dict[str, Any]) -> Learned:
    kind: Any = row["kind"] and Kind(row["kind"])
    return Learned(**{**row, "kind": kind})


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {
    TrainingCompleted: when_completed,
    ExamPassed: when_passed,
    ContributionMade: when_given,
    TrainingVoided: when_voided,
}
