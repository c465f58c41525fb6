"""What evidence does about cases when asked. Each runs inside one Work, which only the chassis commits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, cast
from uuid import NAMESPACE_URL, UUID, uuid5

from chassis.keeping.sealing import DataKey
from chassis.keeping.work import Asked, Work
from contracts import Refusal
from contracts.envelope import Sealed
from evidence.domain import case, person
from evidence.domain.case import CloseCase, FileDocument, NoteHandOver, OpenCase, RequestDossier, in_order
from evidence.domain.examining import examine
from evidence.domain.person import LiftHold, OpenField, PlaceHold
from evidence.domain.story import is_sealed, told
from evidence.views import cases, ledger


@dataclass(frozen=True)
class Kept:
    """What was kept of a document: how long it is and its hashes, before it was sealed."""

    length: int
    sha256: str
    sm3: str


class Documents(Protocol):
    """Where the documents of cases are kept, sealed under the key of the person whom each is about."""

    def keep(self, key: DataKey, case: str, person: str, document: bytes) -> Kept: ...
    def read(self, key: DataKey, case: str, person: str, sha256: str) -> bytes | None: ...


@dataclass(frozen=True)
class SealedField:
    """A sealed field of a recorded event: whose it is, and what stands in the event."""

    owner: str
    field: str
    sealed: Sealed


@dataclass(eq=False)
class NotRecorded(Refusal):
    """The ledger holds no such event."""

    event: str
    status = 404


@dataclass(eq=False)
class NotASealedField(Refusal):
    """The event has no field of this name that is sealed, so there is nothing to open."""

    event: str
    field: str
    status = 422


def person_stream(employee: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"urn:qizheng:evidence:person:{employee}")


def known(asked: Asked, subjects: Iterable[str]) -> frozenset[str]:
    """Those of these persons about whom the ledger holds anything."""
    return ledger.known_subjects(asked, list(subjects))


def open_case(work: Work, asked: OpenCase) -> int:
    """Opens a case, and places a hold on the record of each person whom it is about."""
    version = work.decide(case, asked.case, asked)
    for subject in in_order(asked.subjects):
        work.decide(person, person_stream(subject), PlaceHold(subject, str(asked.case)))
    return version


def file_document(work: Work, stream: UUID, asked: FileDocument) -> int:
    return work.decide(case, stream, asked)


def request_dossier(work: Work, stream: UUID, asked: RequestDossier) -> str:
    """The id of the request: that of its event."""
    work.decide(case, stream, asked)
    return str(work.decided[-1].id)


def note_hand_over(work: Work, stream: UUID, asked: NoteHandOver) -> int:
    return work.decide(case, stream, asked)


def open_field(work: Work, stream: UUID, found: SealedField, event: UUID, purpose: str) -> None:
    """Notes that a field was opened; the value itself is never kept in the open."""
    case.opened(work.state(case, stream))
    command = OpenField(found.owner, str(stream), str(event), found.field, found.sealed.commitment, purpose)
    work.decide(person, person_stream(found.owner), command)


def close_case(work: Work, stream: UUID, outcome: str) -> int:
    """Closes a case, and lifts the holds that it placed."""
    version = work.decide(case, stream, CloseCase(outcome))
    row = cases.case_row(work, str(stream))
    for subject in row["subjects"] if row else ():
        work.decide(person, person_stream(subject), LiftHold(subject, str(stream), outcome))
    return version


def sealed_field(asked: Asked, event: UUID, field: str) -> SealedField:
    """A sealed field as the ledger has it. Refuses with NotRecorded and NotASealedField."""
    row = ledger.record_of(asked, event)
    if row is None:
        raise NotRecorded(str(event))
    data = told(examine(bytes(row["leaf"]))).get("data")
    found = sealed_in(cast(Mapping[str, object], data), field) if isinstance(data, dict) else None
    if found is None:
        raise NotASealedField(str(event), field)
    return found


def sealed_in(data: Mapping[str, object], field: str) -> SealedField | None:
    """A sealed field of an event's data; what is sealed belongs to the employee, or the person, whom the event names."""
    value, owner = data.get(field), data.get("employee") or data.get("person")
    if not is_sealed(value) or not isinstance(owner, str):
        return None
    return SealedField(owner, field, Sealed.model_validate(value))
