"""What evidence does when records are read: that somebody read them is kept, before they see them."""

from uuid import NAMESPACE_URL, UUID, uuid5

from chassis.keeping.work import Work
from evidence.domain import readings
from evidence.domain.readings import NoteReading


def readings_of(employee: str | None) -> UUID:
    """The stream of what was read about an employee; that of the searches which named none."""
    return uuid5(NAMESPACE_URL, f"urn:qizheng:evidence:readings:{employee or ''}")


def note_reading(work: Work, command: NoteReading) -> int:
    return work.decide(readings, readings_of(command.employee), command)
