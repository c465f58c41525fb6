"""Witnesses: others who see the ledger grow and sign that it did, as C2SP tlog-witness and tlog-cosignature say."""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from contracts import Refusal
from evidence.domain.notes import (
    Checkpoint,
    NotANote,
    Note,
    Sign,
    Signature,
    Verifier,
    Verify,
    parse_checkpoint,
    parse_note,
    parse_size,
)
from evidence.domain.proofs import grew
from evidence.domain.tree import EMPTY_ROOT, Node, frontier_of
from evidence.domain.verifying import Finding

MOST_HASHES = 63  # no tree is higher
LAST_TIME = 2**63
LAST_OF_CALENDAR = 253_402_300_800  # seconds: the end of the year 9999

# What is asked of a witness


@dataclass(frozen=True)
class Growth:
    """That the tree of `old` records, which the witness has seen, is the beginning of the tree of the checkpoint `note`."""

    old: int
    hashes: tuple[bytes, ...]
    note: bytes

    def __bytes__(self) -> bytes:
        hashes = "".join(f"{b64encode(each).decode()}\n" for each in self.hashes)
        return f"old {self.old}\n{hashes}\n".encode() + self.note


@dataclass(frozen=True)
class Seen:
    """What a witness cosigned last of a ledger; nothing yet is the empty tree."""

    size: int = 0
    root: bytes = EMPTY_ROOT


# Why it may not sign


@dataclass(eq=False)
class NotAGrowth(Refusal):
    """The request is none that C2SP tlog-witness knows."""

    why: str
    status = 400


@dataclass(eq=False)
class SignedByNobodyKnown(Refusal):
    """No key that the witness knows for this ledger has signed the checkpoint."""

    origin: str
    status = 403


@dataclass(eq=False)
class UnknownLedger(Refusal):
    """The witness does not watch a ledger of this name."""

    origin: str
    status = 404


@dataclass(eq=False)
class SeenOtherwise(Refusal):
    """The witness has cosigned another size than the request starts from; `size` says which."""

    size: int
    status = 409


@dataclass(eq=False)
class SplitView(Refusal):
    """The ledger shows another tree of a size that the witness has cosigned already (tlog-witness v1.0.0: 409)."""

    size: int
    status = 409


@dataclass(eq=False)
class NotGrown(Refusal):
    """The proof does not show that the ledger only grew."""

    old: int
    size: int
    status = 422


# Judging


def parse_growth(data: bytes) -> Growth:
    """A request as it was sent. Refuses with NotAGrowth."""
    head, found, note = data.partition(b"\n\n")
    try:
        first, *lines = head.decode("ascii").split("\n")
        hashes = tuple(b64decode(line, validate=True) for line in lines)
    except ValueError as fault:
        raise NotAGrowth(f"a hash that is not base64: {fault}") from fault
    said, _, size = first.partition(" ")
    if not found or said != "old" or (old := parse_size(size)) is None:
        raise NotAGrowth("it begins with `old` and a size, and an empty line stands before the checkpoint")
    if len(hashes) > MOST_HASHES or any(len(each) != len(EMPTY_ROOT) for each in hashes):
        raise NotAGrowth(f"a proof has at most {MOST_HASHES} hashes of {len(EMPTY_ROOT)} bytes")
    return Growth(old, hashes, note)


def origin_of(asked: Growth) -> str:
    """The ledger that a request is about. Refuses with NotAGrowth."""
    return _stated(asked)[1].origin


def judge(asked: Growth, seen: Seen, keys: Mapping[str, Verifier], verify: Verify) -> Checkpoint:
    """The checkpoint that a witness may cosign, and must keep first. Refuses as tlog-witness says."""
    note, stated = _stated(asked)
    if (key := keys.get(stated.origin)) is None:
        raise UnknownLedger(stated.origin)
    if not note.signed_by(key, verify):
        raise SignedByNobodyKnown(stated.origin)
    if asked.old > stated.size:
        raise NotAGrowth(f"the old size {asked.old} is beyond the checkpoint's {stated.size}")
    if asked.old != seen.size:
        raise SeenOtherwise(seen.size)
    if stated.size == seen.size > 0 and stated.root != seen.root:
        raise SplitView(seen.size)
    from_nothing = seen.size == 0 and bool(asked.hashes)  # Of what begins with nothing there is no proof.
    not_nothing = stated.size == 0 and stated.root != EMPTY_ROOT
    if from_nothing or not_nothing or not grew(Checkpoint(stated.origin, seen.size, seen.root), stated, asked.hashes):
        raise NotGrown(seen.size, stated.size)
    return stated


def _stated(asked: Growth) -> tuple[Note, Checkpoint]:
    try:
        note = parse_note(asked.note)
        return note, parse_checkpoint(note.text)
    except NotANote as fault:
        raise NotAGrowth(str(fault)) from fault


# Cosignatures


def cosigned(text: str, key: Verifier, sign: Sign, at: int) -> Signature:
    """A witness's line under a checkpoint's text, at `at` seconds since 1970."""
    return Signature(key.name, key.key_hash, at.to_bytes(8, "big") + sign(_message(text, at)))


def cosigned_at(note: Note, key: Verifier, verify: Verify) -> int | None:
    """When this witness saw the checkpoint, in seconds since 1970; None if no line of its key holds."""
    for line in note.signatures:
        if (line.name, line.key_hash) != (key.name, key.key_hash) or len(line.value) != 72:
            continue
        at = int.from_bytes(line.value[:8], "big")
        if 0 < at < LAST_TIME and verify(key.public, _message(note.text, at), line.value[8:]):
            return at
    return None


def seen_by(note: Note, witnesses: Sequence[Verifier], verify: Verify) -> tuple[str, list[Finding]]:
    """What is to be said of a checkpoint's witnesses, and which of these did not cosign it."""
    if not witnesses:
        return "not checked: no witness's key was given", []
    seen = [(key.name, cosigned_at(note, key, verify)) for key in witnesses]  # Two may share a name, but no key.
    missing = [Finding(None, "witness", f"{name} did not cosign it") for name, at in seen if at is None]
    return f"holds: {', '.join(f'{name} saw it at {_instant(at)}' for name, at in seen if at)}", missing


def of_tree(seen: Checkpoint, size: int, node: Node) -> bool:
    """Whether what a witness has seen is the beginning of the tree of these nodes, which has `size` leaves."""
    return seen.size <= size and frontier_of(seen.size, node).root() == seen.root


def _instant(at: int) -> str:
    """Seconds since 1970 as a person reads them; those beyond the calendar stay seconds."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}" if at < LAST_OF_CALENDAR else f"{at} s"


def _message(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()
