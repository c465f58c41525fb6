"""The time stamps among the records, and whether each of them holds: its note, its token, its place, its time."""

from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from contracts.envelope import NotAnEvent, read
from contracts.evidence import CheckpointStamped
from evidence.domain.examining import Examined, examine
from evidence.domain.notes import Checkpoint, NotANote, Verifier, Verify, parse_checkpoint, parse_note, parse_vkey
from evidence.domain.published import Published
from evidence.domain.stamping import NOT_EVIDENTIAL, Token, taken_in
from evidence.domain.tiles import WIDTH, Bundle, NotATile, nodes_in
from evidence.domain.tree import NotInTree, frontier_of
from evidence.domain.verifying import Finding

WHAT = "stamp"
LENIENCE = timedelta(minutes=5)
"""So far may our clock be from an authority's before somebody has to explain it."""
SOUGHT = b'"type":"%s"' % CheckpointStamped.TYPE.encode()


class NotAToken(ValueError):
    """Bytes that are no answer of RFC 3161 with a token over a SHA-256."""


@dataclass(frozen=True)
class Judged:
    """What a token says; and whether it is signed by an authority under the given roots, None where none were given."""

    token: Token
    imprint: bytes
    held: bool | None
    why: str = ""


Judge = Callable[[bytes], Judged]
"""Reads a token. Refuses with NotAToken."""


@dataclass(frozen=True)
class StampRecord:
    """A time stamp in its place in the ledger: record `seq`, taken in at `ingested`."""

    seq: int
    ingested: datetime
    fact: CheckpointStamped

    @property
    def note(self) -> bytes:
        return self.fact.note.encode()

    @property
    def der(self) -> bytes:
        return b64decode(self.fact.token)


def is_stamp(examined: Examined) -> bool:
    """Whether a record is a time stamp that evidence said, and not one that somebody else put on its topic."""
    event = examined.reading.event if examined.reading else None
    flags = examined.envelope.get("flags")
    return event is not None and event.type == CheckpointStamped.TYPE and flags in ([], ["out-of-order"])


def stamps_in(published: Published, size: int) -> Iterator[StampRecord]:
    """The time stamps of a ledger of `size` records, in order. Refuses with NotAnEvent what is malformed."""
    for leaf in published.leaves(size):
        if SOUGHT in leaf and is_stamp(examined := examine(leaf)):
            yield _stamp(examined)


def _stamp(examined: Examined) -> StampRecord:
    seq, body = examined.envelope["seq"], examined.leaf.partition(b"\n")[2]
    event = read(body, {CheckpointStamped.TYPE: CheckpointStamped})
    if not isinstance(event.fact, CheckpointStamped) or not isinstance(seq, int):
        raise NotAnEvent("no time stamp")
    return StampRecord(seq, taken_in(examined.leaf), event.fact)


# Judging


@dataclass
class Tally:
    """What was found about the time stamps of a ledger: how many there are, and which of them nothing was held against."""

    stamps: int = 0
    vouched: int = 0
    unasked: int = 0
    not_evidential: int = 0

    @property
    def says(self) -> str:
        """In words, where nothing is broken."""
        if not self.stamps:
            return "not checked: there are no time stamps"
        warning = f"; {self.not_evidential} of {self.stamps} not evidential / 无证据效力" if self.not_evidential else ""
        if self.vouched == self.stamps:
            return f"holds{warning}"
        whose = "no roots were given" if self.unasked else "the given roots are not theirs"
        doubtful = self.stamps - self.vouched
        return (
            f"not checked: the signatures of {doubtful} of {self.stamps} tokens, since {whose}; all else holds{warning}"
        )


def look_at(
    published: Published, size: int, places: Iterable[int], verify: Verify, judge: Judge, tally: Tally
) -> Iterator[Finding]:
    """Checks the time stamps at these places of a ledger of `size` records; what it finds is counted in the tally."""
    for seq in places:
        tally.stamps += 1
        try:
            key = parse_vkey(published.vkey() or "")
            stamp = _stamp(examine(_leaf(published, size, seq)))
            judged = judge(stamp.der)
            faults = [*_note_faults(stamp, published, size, key, verify), *_token_faults(stamp, judged)]
            faults += _time_faults(stamp, judged, published, size)
        except (NotAnEvent, NotANote, NotAToken, NotATile, NotInTree, OSError, ValueError) as fault:
            yield Finding(seq, WHAT, str(fault) or type(fault).__name__)
            continue
        tally.vouched += judged.held is True
        tally.unasked += judged.held is None
        tally.not_evidential += not stamp.fact.evidential
        yield from (Finding(seq, WHAT, each) for each in faults)


def _note_faults(stamp: StampRecord, published: Published, size: int, key: Verifier, verify: Verify) -> Iterator[str]:
    note = parse_note(stamp.note)
    stated = parse_checkpoint(note.text)
    if not note.signed_by(key, verify) or stated.origin != key.name:
        yield f"{key.name} did not sign the stamped note"
    if stated != Checkpoint(stated.origin, stamp.fact.size, bytes.fromhex(stamp.fact.root), stated.extensions):
        yield "the stamped note is of another size or root than its record says"
    if stated.size > stamp.seq:
        yield f"a checkpoint of {stated.size} records was stamped before there were so many"
    elif frontier_of(stated.size, nodes_in(published.tile, size)).root() != stated.root:
        yield f"the first {stated.size} records are not those that were stamped"


def _token_faults(stamp: StampRecord, judged: Judged) -> Iterator[str]:
    fact, token = stamp.fact, judged.token
    if judged.imprint != sha256(stamp.note).digest():
        yield "the token is over something else than the note"
    if (token.stamped, token.policy) != (fact.stamped, fact.policy):
        yield f"the token is of {token.stamped} by {token.policy}, not as its record says"
    if fact.evidential and fact.policy == NOT_EVIDENTIAL:
        yield "called evidential, though its authority is good for development only"
    # What calls itself not evidential is not held against roots that are not its own: it proves nothing either way.
    if judged.held is False and fact.evidential:
        yield f"not signed by an authority under the given roots: {judged.why}"


def _time_faults(stamp: StampRecord, judged: Judged, published: Published, size: int) -> Iterator[str]:
    """Earlier records existed before the token, later ones after; our own clock must agree with that."""
    stamped = judged.token.stamped
    if stamp.ingested < stamped - LENIENCE:
        yield f"stamped at {stamped}, but by our clock taken in before, at {stamp.ingested}"
    last = stamp.fact.size - 1
    if 0 <= last < stamp.seq and (ingested := taken_in(_leaf(published, size, last))) > stamped + LENIENCE:
        yield f"stamped at {stamped}, but record {last} under it was by our clock taken in later, at {ingested}"


def _leaf(published: Published, size: int, seq: int) -> bytes:
    index, place = divmod(seq, WIDTH)
    return published.bundle(Bundle(index, min(WIDTH, size - index * WIDTH)))[place]
