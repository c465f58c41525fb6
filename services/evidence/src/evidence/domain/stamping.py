"""Time stamps over checkpoints: how long a record may wait for one, what is worth one, and which of them are kept."""

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from contracts.evidence import CheckpointStamped, SelfChecked
from evidence.domain.canonical import parse
from evidence.domain.notes import parse_checkpoint, parse_note

Occasion = Literal["PERIODIC", "CASE_OPENED", "EXPORT"]

NOT_EVIDENTIAL = "2.25.1321405459652619939986565939566333595"
"""The policy of the authority for development: the UUID of urn:qizheng:not-evidential (X.667), which needs no registry."""

OF_ITSELF = (CheckpointStamped.TYPE, SelfChecked.TYPE)
"""What the ledger says of itself. A stamp that follows only these would follow for ever, where nothing else happens."""


@dataclass(frozen=True)
class Token:
    """An authority's answer (the DER of a TimeStampResp, RFC 3161 2.4.2) with what it says: when, and by which policy."""

    der: bytes
    stamped: datetime
    policy: str
    serial: int


def taken_in(leaf: bytes) -> datetime:
    """When the sequencer took this record in, by its own clock."""
    return datetime.fromisoformat(str(parse(leaf.partition(b"\n")[0])["ingested"]))


# What can be asked


@dataclass(frozen=True)
class KeepStamp:
    """`note` is the whole published checkpoint; the token's imprint is the SHA-256 of its bytes (UTF-8)."""

    note: str
    authority: str
    evidential: bool
    token: Token
    occasion: Occasion
    case: str | None = None


# What it can be


@dataclass(frozen=True)
class Stamped:
    """The largest checkpoint that each authority has stamped: of all periods, or for one cause."""

    sizes: dict[str, int] = field(default_factory=dict[str, int])


initial = Stamped()


def decide(command: KeepStamp, stamped: Stamped) -> tuple[CheckpointStamped, ...]:
    """A token that adds nothing is not kept: one for a cause that this authority has stamped for, or for a period that
    it has stamped to the end. Refuses with NotANote what is no checkpoint.
    """
    stated = parse_checkpoint(parse_note(command.note.encode()).text)
    before = stamped.sizes.get(command.authority)
    if before is not None and (command.occasion != "PERIODIC" or stated.size <= before):
        return ()
    return (
        CheckpointStamped(
            size=stated.size,
            root=stated.root.hex(),
            note=command.note,
            authority=command.authority,
            policy=command.token.policy,
            evidential=command.evidential and command.token.policy != NOT_EVIDENTIAL,
            stamped=command.token.stamped,
            token=b64encode(command.token.der).decode(),
            occasion=command.occasion,
            case=command.case,
        ),
    )


def evolve(stamped: Stamped, event: CheckpointStamped) -> Stamped:
    return Stamped({**stamped.sizes, event.authority: event.size})
