"""What leaves the house about a case or a person: a dossier, made outside of any Work, and noted before it goes."""

from dataclasses import dataclass
from typing import IO, Protocol
from uuid import UUID

from chassis.keeping.work import Asked
from contracts import Refusal


@dataclass(eq=False)
class NotStampedYet(Refusal):
    """The checkpoint that this dossier rests on is not stamped yet; come again."""

    request: str
    status = 503


@dataclass(eq=False)
class DoesNotHold(Refusal):
    """A record is not under the root of the checkpoint, so nothing is handed over; see `evidence verify`."""

    seq: int
    status = 500


@dataclass(frozen=True)
class Made:
    """A dossier from its first byte on, in a file without a name that is gone when it is closed; its hashes, and the
    checkpoint that it rests on.
    """

    content: IO[bytes]
    name: str
    length: int
    size: int
    root: str
    sha256: str
    sm3: str


class Dossiers(Protocol):
    """Who makes dossiers: of a case for one request, or of a person's own story."""

    def of_case(self, asked: Asked, case: str, request: UUID) -> Made:
        """Refuses with NotStampedYet, KeysAway, DoesNotHold."""
        ...

    def of_person(self, asked: Asked, employee: str) -> Made: ...
