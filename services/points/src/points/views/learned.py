"""What was learned and given, as learning told it, with what it counts as, and what of it was voided."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact
from contracts.learning import ContributionMade, ExamPassed, TrainingCompleted, TrainingVoided
from points.domain.learned import Learned, fallen_with, learned_from
from points.domain.rules import Kind

TABLES = ("learned",)


def when_learned(work: Work, event: Event[TrainingCompleted | ExamPassed | ContributionMade]) -> None:
    it = learned_from(event.fact, str(event.id), event.version)
    work.write(
        "insert into learned (fact, employee, kind, course, about, quantity, on_day, attempts, version)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (fact) do nothing",
        *(it.fact, it.employee, it.kind and str(it.kind), it.course, it.about, it.quantity, it.on),
        *(it.attempts, it.version),
    )


def when_voided(work: Work, event: Event[TrainingVoided]) -> None:
    it = event.fact
    theirs = [_row(row) for row in work.rows(f"{SELECT} where employee = %s", it.employee)]
    work.write(
        "update learned set voided_by = %s where fact = any(%s)",
        *(it.completion, list(fallen_with(it.completion, theirs))),
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


SELECT = 'select fact, employee, kind, course, about, quantity, on_day as "on", attempts, version from learned'


def _row(row: dict[str, Any]) -> Learned:
    kind: Any = row["kind"] and Kind(row["kind"])
    return Learned(**{**row, "kind": kind})


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {
    TrainingCompleted: when_learned,
    ExamPassed: when_learned,
    ContributionMade: when_learned,
    TrainingVoided: when_voided,
}
