"""What falls due, as it follows from each event: so a rebuilt service forgets no reminder. One that comes twice is quiet."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from chassis.keeping.work import Work
from contracts.envelope import Event, Fact
from contracts.learning import CourseAssigned, TrainingCompleted, TrainingVoided
from learning.views.training_record import due_of

TABLES = ()
OVERDUE = "training-overdue"
REMINDING = timedelta(days=7)  # how long it is of use to say that a training is overdue


def when_assigned(work: Work, event: Event[CourseAssigned]) -> None:
    _remind(work, event, event.fact.due)


def when_completed(work: Work, event: Event[TrainingCompleted]) -> None:
    work.forget(OVERDUE, str(event.stream))


def when_voided(work: Work, event: Event[TrainingVoided]) -> None:
    """What was due is due again."""
    if due := due_of(work, event.fact.employee, event.fact.course):
        _remind(work, event, due)


def _remind(work: Work, event: Event[Any], due: date) -> None:
    late = due + timedelta(days=1)
    work.remind(late, OVERDUE, str(event.stream), last_useful=late + REMINDING)


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {
    CourseAssigned: when_assigned,
    TrainingCompleted: when_completed,
    TrainingVoided: when_voided,
}
