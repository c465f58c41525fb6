"""Who read what about whom. That one reads one's own file is nobody's business, and leaves nothing."""

from dataclasses import dataclass
from typing import TypeAlias

from contracts.evidence import RecordsRead

# What can be asked


@dataclass(frozen=True)
class NoteReading:
    """`employee` is the one whom the records are about, None if no one was named; `reader` who the reader is, if they
    are an employee themselves."""

    employee: str | None
    reader: str | None
    what: str
    found: int


# What it can be

Readings: TypeAlias = None
initial: Readings = None


def decide(command: NoteReading, _: Readings) -> tuple[RecordsRead, ...]:
    if command.employee is not None and command.employee == command.reader:
        return ()
    return (RecordsRead(employee=command.employee, what=command.what, found=command.found),)


def evolve(_: Readings, __: RecordsRead) -> Readings:
    return None
