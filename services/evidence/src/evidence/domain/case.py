"""A case: a dispute for which the record is kept together, from its opening to its close, with all that left the house."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from contracts import Refusal
from contracts.envelope import Fact, Sealed, event_id
from contracts.evidence import CaseClosed, CaseOpened, DocumentFiled, DossierHandedOver, DossierRequested

Dispute = Literal["TRAINING_AGREEMENT", "POINTS", "PAYROLL", "DISMISSAL", "OTHER"]
Event = CaseOpened | DocumentFiled | DossierRequested | DossierHandedOver | CaseClosed

# What can be asked


@dataclass(frozen=True)
class OpenCase:
    """`known` are those of the subjects about whom the ledger holds anything."""

    case: UUID
    number: str
    dispute: Dispute
    subjects: tuple[str, ...]
    known: frozenset[str]
    since: date
    until: date
    claim: str
    amount: Decimal | None = None


@dataclass(frozen=True)
class FileDocument:
    """`sha256` and `sm3` are of the document as it was handed in; `name` is sealed under the key of `person`."""

    person: str
    name: Sealed
    media_type: str
    length: int
    sha256: str
    sm3: str
    handed_in_by: str


@dataclass(frozen=True)
class RequestDossier:
    recipient: str
    purpose: str


@dataclass(frozen=True)
class NoteHandOver:
    """A dossier is about to leave the house: it is noted before its first byte goes."""

    request: str
    size: int
    root: str
    sha256: str
    sm3: str


@dataclass(frozen=True)
class CloseCase:
    outcome: str


Command = OpenCase | FileDocument | RequestDossier | NoteHandOver | CloseCase

# Why the answer may be no


@dataclass(eq=False)
class CaseExists(Refusal):
    """A case of this id was opened before, and says something else."""

    number: str


class NoSuchCase(Refusal):
    """Nobody has opened this case."""

    status = 404


@dataclass(eq=False)
class CaseHasEnded(Refusal):
    """The case is closed; nothing is added to it any more."""

    number: str
    outcome: str


class NoSubjects(Refusal):
    """A case is about somebody."""

    status = 422


@dataclass(eq=False)
class SubjectsUnknown(Refusal):
    """The ledger holds nothing about these persons, so there is nothing to keep."""

    subjects: tuple[str, ...]
    status = 422


@dataclass(eq=False)
class PeriodBackwards(Refusal):
    """The period ends before it begins."""

    since: date
    until: date
    status = 422


@dataclass(eq=False)
class NotASubject(Refusal):
    """The case is not about this person."""

    person: str
    subjects: tuple[str, ...]
    status = 422


@dataclass(eq=False)
class NothingToHandOver(Refusal):
    """No dossier of this case was asked for under this id."""

    request: str
    status = 404


# What it can be


@dataclass(frozen=True)
class Open:
    """`length` is the number of events so far: a request is known by the id of its event."""

    opened: CaseOpened
    length: int = 1
    documents: frozenset[str] = frozenset()
    requests: tuple[tuple[str, str], ...] = ()
    """The id of each request, and the recipient that it named."""


@dataclass(frozen=True)
class Closed:
    """Nothing is added any more, but what was asked for before may be handed over, again and again."""

    was: Open
    outcome: str


Case = Open | Closed | None
initial: Case = None


def decide(command: Command, case: Case) -> tuple[Event, ...]:
    match command:
        case OpenCase():
            return open_case(command, case)
        case FileDocument():
            return file_document(command, opened(case))
        case RequestDossier():
            return (DossierRequested(case=opened(case).opened.case, **vars(command)),)
        case NoteHandOver():
            return note_hand_over(command, case)
        case CloseCase():
            return close_case(command, case)


def opened(case: Case) -> Open:
    """The case, as long as something can be added to it."""
    match case:
        case None:
            raise NoSuchCase
        case Closed(was, outcome):
            raise CaseHasEnded(was.opened.number, outcome)
        case Open():
            return case


def open_case(command: OpenCase, case: Case) -> tuple[Event, ...]:
    subjects = in_order(command.subjects)
    if not subjects:
        raise NoSubjects
    if unknown := tuple(subject for subject in subjects if subject not in command.known):
        raise SubjectsUnknown(unknown)
    if command.until < command.since:
        raise PeriodBackwards(command.since, command.until)
    said = CaseOpened(
        case=str(command.case),
        number=command.number,
        dispute=command.dispute,
        subjects=list(subjects),
        since=command.since,
        until=command.until,
        claim=command.claim,
        amount=command.amount,
    )
    match case:
        case None:
            return (said,)
        case Open(before) if before == said:
            return ()  # It is open, and says the same.
        case Open(before) | Closed(Open(before)):
            raise CaseExists(before.number)


def in_order(subjects: Iterable[str]) -> tuple[str, ...]:
    """Each person once, in the order of their ids."""
    return tuple(sorted(set(subjects)))


def file_document(command: FileDocument, case: Open) -> tuple[Event, ...]:
    subjects = tuple(case.opened.subjects)
    if command.person not in subjects:
        raise NotASubject(command.person, subjects)
    if command.sha256 in case.documents:
        return ()  # The same bytes were handed in before: who did so first stands.
    return (DocumentFiled(case=case.opened.case, **vars(command)),)


def note_hand_over(command: NoteHandOver, case: Case) -> tuple[Event, ...]:
    known = case.was if isinstance(case, Closed) else case
    if known is None:
        raise NoSuchCase
    recipient = dict(known.requests).get(command.request)
    if recipient is None:
        raise NothingToHandOver(command.request)
    return (DossierHandedOver(case=known.opened.case, recipient=recipient, **vars(command)),)


def close_case(command: CloseCase, case: Case) -> tuple[Event, ...]:
    if isinstance(case, Closed):
        return ()  # It is closed already; the first outcome stands.
    return (CaseClosed(case=opened(case).opened.case, outcome=command.outcome),)


def evolve(case: Case, event: Fact) -> Case:
    match case, event:
        case _, CaseOpened():
            return Open(event)
        case Open(), CaseClosed(outcome=outcome):
            return Closed(replace(case, length=case.length + 1), outcome)
        case Open(), DocumentFiled(sha256=digest):
            return replace(case, length=case.length + 1, documents=case.documents | {digest})
        case Open(), DossierRequested(case=stream, recipient=recipient):
            length = case.length + 1
            asked = (str(event_id(UUID(stream), length)), recipient)
            return replace(case, length=length, requests=(*case.requests, asked))
        case Open(), _:
            return replace(case, length=case.length + 1)
        case Closed(was), _:
            return replace(case, was=replace(was, length=was.length + 1))
        case _:
            return case
