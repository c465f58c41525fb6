"""What is kept and opened about one person: the holds that cases have placed on the record, and sealed fields opened."""

from dataclasses import dataclass, field, replace

from contracts import Refusal
from contracts.envelope import Fact
from contracts.evidence import FieldOpened, LegalHoldLifted, LegalHoldPlaced

Event = LegalHoldPlaced | LegalHoldLifted | FieldOpened

# What can be asked


@dataclass(frozen=True)
class PlaceHold:
    employee: str
    case: str


@dataclass(frozen=True)
class LiftHold:
    employee: str
    case: str
    reason: str


@dataclass(frozen=True)
class OpenField:
    """`field` of the event with this id; `commitment` is what the event says of its content."""

    employee: str
    case: str
    event: str
    field: str
    commitment: str
    purpose: str


Command = PlaceHold | LiftHold | OpenField

# Why the answer may be no


@dataclass(eq=False)
class NotHeld(Refusal):
    """A field is opened only for a case that is open and about its person."""

    employee: str
    case: str


# What it can be


@dataclass(frozen=True)
class Person:
    """The cases that hold this person's record, and what was opened for which."""

    held_for: frozenset[str] = field(default_factory=frozenset[str])
    opened: frozenset[tuple[str, str, str]] = field(default_factory=frozenset[tuple[str, str, str]])


initial = Person()


def decide(command: Command, person: Person) -> tuple[Event, ...]:
    match command:
        case PlaceHold(employee, case):
            return () if case in person.held_for else (LegalHoldPlaced(employee=employee, case=case),)
        case LiftHold():
            return (LegalHoldLifted(**vars(command)),) if command.case in person.held_for else ()
        case OpenField():
            return open_field(command, person)


def open_field(command: OpenField, person: Person) -> tuple[Event, ...]:
    if command.case not in person.held_for:
        raise NotHeld(command.employee, command.case)
    if (command.case, command.event, command.field) in person.opened:
        return ()  # It stands opened in every dossier of this case already.
    return (FieldOpened(**vars(command)),)


def evolve(person: Person, event: Fact) -> Person:
    match event:
        case LegalHoldPlaced(case=case):
            return replace(person, held_for=person.held_for | {case})
        case LegalHoldLifted(case=case):
            return replace(person, held_for=person.held_for - {case})
        case FieldOpened(case=case, event=opened, field=name):
            return replace(person, opened=person.opened | {(case, opened, name)})
        case _:
            return person
