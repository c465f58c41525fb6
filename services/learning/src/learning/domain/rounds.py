"""One time of learning a course: begun, failed and to be learned again, or completed."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Round:
    """One time of learning the course. `due` is None for who came without being asked; `overdue` once that was said."""

    employee: str
    course: str
    version: int
    due: date | None
    attempts: int = 0
    overdue: bool = False


@dataclass(frozen=True)
class Learning:
    """Assigned, and so many hours studied."""

    round: Round
    hours: Decimal


@dataclass(frozen=True)
class Failed:
    """The last exam was failed, and nothing was studied since."""

    round: Round
    hours: Decimal
    failed_on: date


@dataclass(frozen=True)
class Completed:
    round: Round
    completed_on: date


Enrolment = Learning | Failed | Completed | None
