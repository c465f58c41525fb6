"""What `evidence` says: whose key speaks, what was stamped, checked and archived, and what was done in a case."""

from typing import ClassVar, Literal

from contracts.envelope import Day, Fact, Instant, Money, Sealed, Sha256, Visibility
from contracts.operations import DeadLetterHandled


class ServiceKeyRegistered(Fact):
    """`key_id` is the service, `/`, and the first 8 hex of the raw public key's SHA-256; `public_key` is base64."""

    TYPE: ClassVar[str] = "evidence.ServiceKeyRegistered.v1"
    service: str
    key_id: str
    public_key: str


class IncarnationRaised(Fact):
    """A topic was made anew, so its offsets start again."""

    TYPE: ClassVar[str] = "evidence.IncarnationRaised.v1"
    topic: str
    incarnation: int
    reason: str


class CheckpointStamped(Fact):
    """A checkpoint under a time stamp of RFC 3161.

    `note` is the whole checkpoint as it was published, and the token's imprint is the SHA-256 of its bytes (UTF-8);
    `token` is base64 of the authority's answer, the DER of a TimeStampResp.
    `stamped` is the authority's own instant, `policy` its OID. What is not `evidential` comes from an authority that is
    good for development only. `occasion` says why it was asked for just then.
    """

    TYPE: ClassVar[str] = "evidence.CheckpointStamped.v1"
    VISIBILITY: ClassVar[Visibility] = "record"
    size: int
    root: Sha256
    note: str
    authority: str
    policy: str
    evidential: bool
    stamped: Instant
    token: str
    occasion: Literal["PERIODIC", "CASE_OPENED", "EXPORT"]
    case: str | None = None


class SelfChecked(Fact):
    """Evidence has verified the records from `since` up to `size`, and looked at those who run (证据规定93 I(1)–(3)).

    `builds` and `health` are by service: the SHA-256 of its code, and what its readiness says. `clock_offset` is how many
    milliseconds our clock was ahead of `clock`, an authority of time, when its newest time stamp came. There is no `root`
    where no checkpoint could be read, which is a finding.
    """

    TYPE: ClassVar[str] = "evidence.SelfChecked.v1"
    VISIBILITY: ClassVar[Visibility] = "record"
    since: int
    size: int
    root: Sha256 | None = None
    findings: int
    builds: dict[str, str]
    health: dict[str, str]
    clock: str | None = None
    clock_offset: int | None = None


class SegmentArchived(Fact):
    """The records from `first`, `length` of them, lie compressed in an object store, and were read back and verified.

    `sha256` and `sm3` are of the compressed segment; `checkpoint` is the size of the checkpoint that covers it. The store
    refuses to delete it before `retained_until` is over.
    """

    TYPE: ClassVar[str] = "evidence.SegmentArchived.v1"
    VISIBILITY: ClassVar[Visibility] = "record"
    segment: int
    first: int
    length: int
    sha256: Sha256
    sm3: Sha256
    checkpoint: int
    location: str
    retained_until: Day | None = None


class CaseOpened(Fact):
    """A dispute that the record is kept together for: whom it is about, from when to when, and what is claimed.

    `case` is the stream's own id; `number` is how the office or court calls it.
    """

    TYPE: ClassVar[str] = "evidence.CaseOpened.v1"
    VISIBILITY: ClassVar[Visibility] = "record"
    case: str
    number: str
    dispute: Literal["TRAINING_AGREEMENT", "POINTS", "PAYROLL", "DISMISSAL", "OTHER"]
    subjects: list[str]
    since: Day
    until: Day
    claim: str
    amount: Money | None = None


class CaseClosed(Fact):
    TYPE: ClassVar[str] = "evidence.CaseClosed.v1"
    VISIBILITY: ClassVar[Visibility] = "record"
    case: str
    outcome: str


class DocumentFiled(Fact):
    """A document was put to a case. It is kept sealed under the key of the person whom it is about, and so is its name."""

    TYPE: ClassVar[str] = "evidence.DocumentFiled.v1"
    VISIBILITY: ClassVar[Visibility] = "record"
    case: str
    person: str
    name: Sealed
    media_type: str
    length: int
    sha256: Sha256
    sm3: Sha256
    handed_in_by: str


class DossierRequested(Fact):
    """Somebody wants the dossier of a case for `recipient`; the checkpoint that it rests on is stamped for it."""

    TYPE: ClassVar[str] = "evidence.DossierRequested.v1"
    VISIBILITY: ClassVar[Visibility] = "record"
    case: str
    recipient: str
    purpose: str


class DossierHandedOver(Fact):
    """A dossier left the house: which bytes, to whom. `request` is the id of its DossierRequested, `size` and `root` the
    checkpoint that it rests on. Who handed it over is the event's actor.
    """

    TYPE: ClassVar[str] = "evidence.DossierHandedOver.v1"
    VISIBILITY: ClassVar[Visibility] = "record"
    case: str
    request: str
    size: int
    root: Sha256
    sha256: Sha256
    sm3: Sha256
    recipient: str


class LegalHoldPlaced(Fact):
    """Nothing about this person may be erased while the case is open (个人信息保护法47 II)."""

    TYPE: ClassVar[str] = "evidence.LegalHoldPlaced.v1"
    employee: str
    case: str


class LegalHoldLifted(Fact):
    TYPE: ClassVar[str] = "evidence.LegalHoldLifted.v1"
    employee: str
    case: str
    reason: str


class FieldOpened(Fact):
    """A sealed field of an event was opened for a case, so that it can be shown against its commitment."""

    TYPE: ClassVar[str] = "evidence.FieldOpened.v1"
    VISIBILITY: ClassVar[Visibility] = "record"
    employee: str
    case: str
    event: str
    field: str
    commitment: Sha256
    purpose: str


class RecordsRead(Fact):
    """Somebody read the records about another: who is the event's actor, `what` is what was asked for.

    A search that names no employee, such as for all records of a day, has none here; `found` is how many were shown.
    """

    TYPE: ClassVar[str] = "evidence.RecordsRead.v1"
    VISIBILITY: ClassVar[Visibility] = "record"
    employee: str | None = None
    what: str
    found: int


class DeadLetterRetried(DeadLetterHandled):
    TYPE: ClassVar[str] = "evidence.DeadLetterRetried.v1"


class DeadLetterDiscarded(DeadLetterHandled):
    TYPE: ClassVar[str] = "evidence.DeadLetterDiscarded.v1"


Event = (
    ServiceKeyRegistered
    | IncarnationRaised
    | CheckpointStamped
    | SelfChecked
    | SegmentArchived
    | CaseOpened
    | CaseClosed
    | DocumentFiled
    | DossierRequested
    | DossierHandedOver
    | LegalHoldPlaced
    | LegalHoldLifted
    | FieldOpened
    | RecordsRead
    | DeadLetterRetried
    | DeadLetterDiscarded
)
