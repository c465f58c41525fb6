"""A walk over the ledger that believes nothing it can recompute, and says where the ledger is broken.

From the leaves' bytes alone it recomputes hashes, the chain, every stream's chain, flags and the tree. What a walk
cannot know: the bytes of an oversize record, unless it is handed the document store; and that no record was cut off
the end, which only a checkpoint tells (`compare`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import islice
from typing import cast

from evidence.domain.canonical import Event
from evidence.domain.examining import Examined, examine, headers_are_away
from evidence.domain.notes import Checkpoint
from evidence.domain.records import (
    LARGEST_LEAF,
    VERSION,
    Chain,
    Check,
    Claim,
    Reading,
    Received,
    Verify,
    checks,
    judge,
    judge_signature,
    plain,
    plain_headers,
    read,
    seal,
)
from evidence.domain.tree import Frontier

CHUNK = 1_000
SIGNATURE_FLAGS = ("bad-signature", "unknown-key", "unsigned")

Answer = Callable[[Sequence[Check]], Iterable[bool]]
"""Whether each of these signatures holds, in order; a caller may use all its cores."""
Documents = Callable[[str], bytes | None]
"""The bytes with this SHA-256 in the document store."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Where the ledger is broken (at which record; None: as a whole), in what, and how."""

    seq: int | None
    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class Progress:
    checked: int


@dataclass(slots=True)
class Standing:
    """How far a walk has come, and what it knows there. A later walk can go on from it."""

    chain: Chain = field(default_factory=Chain)
    frontier: Frontier = field(default_factory=Frontier)
    offsets: dict[tuple[str, int, int], int] = field(default_factory=dict[tuple[str, int, int], int])
    """The last offset sealed, by topic, incarnation and partition."""


def walk(
    leaves: Iterable[bytes], standing: Standing, answer: Answer, documents: Documents | None = None
) -> Iterator[Finding | Progress]:
    """Check every leaf in order, from where `standing` stands, which moves along. After a break it goes on."""
    return follow(map(examine, leaves), standing, answer, documents)


def follow(
    examined: Iterable[Examined], standing: Standing, answer: Answer, documents: Documents | None = None
) -> Iterator[Finding | Progress]:
    """The walk over leaves that were examined already, wherever that was done."""
    remaining = iter(examined)
    while chunk := list(islice(remaining, CHUNK)):
        asked = checks((e.reading for e in chunk if e.reading and not e.oversize), standing.chain.keys)
        answers = dict(zip(asked, answer(asked), strict=True))

        def verify(check: Check, answers: dict[Check, bool] = answers) -> bool:
            return answers[check] if check in answers else all(answer([check]))

        for each in chunk:
            seq = standing.chain.size
            for what, detail in _breaks(each, standing, verify, documents):
                yield Finding(seq, what, detail)
            standing.chain.follow(each.leaf_hash, _taking_part(each))
        standing.frontier, _ = standing.frontier.grown([each.leaf_hash for each in chunk])
        yield Progress(standing.chain.size)


def compare(standing: Standing, checkpoint: Checkpoint) -> Iterator[Finding]:
    """What is wrong between the records walked and a checkpoint that was published over them."""
    size = standing.frontier.size
    if size != checkpoint.size:
        yield Finding(None, "size", f"{size} records, but the checkpoint says {checkpoint.size}")
    elif standing.frontier.root() != checkpoint.root:
        yield Finding(None, "root", f"the {size} records are not those of the checkpoint")


# One leaf in its place


def _breaks(
    examined: Examined, standing: Standing, verify: Verify, documents: Documents | None
) -> Iterator[tuple[str, str]]:
    envelope, reading, chain = examined.envelope, examined.reading, standing.chain
    if len(examined.leaf) > LARGEST_LEAF:
        yield "leaf", f"{len(examined.leaf)} bytes"
    if reading is None:
        yield "envelope", str(examined.fault)
        return
    if envelope["seq"] != chain.size or envelope["v"] != VERSION:
        yield "place", f"says {envelope['seq']}, version {envelope['v']}"
    if envelope["prev"] != (chain.last.hex() if chain.last else None):
        yield "chain", f"follows {envelope['prev']}"
    yield from _offset_breaks(reading.received, standing)
    if examined.oversize:
        yield from _oversize_breaks(examined, reading, chain, verify, documents)
    else:
        yield from _event_breaks(envelope, reading, chain, verify)


def _offset_breaks(received: Received, standing: Standing) -> Iterator[tuple[str, str]]:
    """One sequencer reads each partition in order, so its offsets only rise."""
    partition = received.topic, received.incarnation, received.partition
    last = standing.offsets.get(partition, -1)
    if received.offset <= last:
        yield "offset", f"{received.topic}[{received.partition}] {received.offset} after {last}"
    standing.offsets[partition] = max(last, received.offset)


def _event_breaks(
    envelope: dict[str, object], reading: Reading, chain: Chain, verify: Verify
) -> Iterator[tuple[str, str]]:
    event, received = reading.event, reading.received
    if plain(received.key) != envelope["key"] or plain_headers(received.headers) != envelope["headers"]:
        yield "envelope", "a key or header in another form than its own"
    repeated = (event.id, event.stream, event.version) if event else (None, None, None)
    if (envelope["event"], envelope["stream"], envelope["stream_version"]) != repeated:
        yield "event", f"says {envelope['event']}, is {repeated[0]}"
    head = chain.heads.get(event.stream) if event else None
    if envelope["prev_stream"] != (head.leaf_hash.hex() if head else None):
        yield "stream", f"follows {envelope['prev_stream']}"
    truth = list(judge(reading, chain, verify))
    if envelope["flags"] != truth:
        yield _in_doubt(envelope["flags"], truth), f"says {envelope['flags']}, is {truth}"
    if event and event.registers and event.registers.id != event.registers.claimed:
        yield "key", f"{event.registers.id} registered as {event.registers.claimed}"


def _oversize_breaks(
    examined: Examined,
    reading: Reading,
    chain: Chain,
    verify: Verify,
    documents: Documents | None,
) -> Iterator[tuple[str, str]]:
    envelope = examined.envelope
    if reading.received.body:
        yield "oversize", "a body where there should be none"
    if any(envelope[name] is not None for name in ("event", "stream", "stream_version", "prev_stream")):
        yield "event", "an oversize record takes no part in a stream"
    body = documents(str(envelope["sha256"])) if documents else None
    if documents and (body is None or not _is(body, envelope)):
        yield "document", f"{envelope['sha256']} is missing or another"
    elif body is not None and not headers_are_away(envelope):
        found = replace(reading.received, body=body)
        if seal(read(found), chain, verify).leaf != examined.leaf:
            yield "oversize", "another record than its document makes"
    elif envelope["flags"] not in _possible_flags(examined, reading, chain):
        yield "flags", f"says {envelope['flags']}"


def _in_doubt(said: object, truth: list[str]) -> str:
    """Whether it is only the signature about which a record says something else than is true."""
    others = [flag for flag in truth if flag not in SIGNATURE_FLAGS]
    kept = isinstance(said, list) and [flag for flag in cast(list[object], said) if flag not in SIGNATURE_FLAGS]
    return "signature" if kept == others else "flags"


def _is(body: bytes, envelope: dict[str, object]) -> bool:
    return sha256(body).hexdigest() == envelope["sha256"] and len(body) == envelope["length"]


def _possible_flags(examined: Examined, reading: Reading, chain: Chain) -> list[list[str]]:
    """The flags that an oversize record may carry, as far as one can tell without its bytes."""
    if headers_are_away(examined.envelope):
        verdicts = [None, "unsigned", "unknown-key", "bad-signature"]
    else:
        decided = judge_signature(Reading(reading.received, None, reading.claim), chain, lambda _: True)
        undecided = decided is None and isinstance(reading.claim, Claim)
        verdicts = [None, "bad-signature"] if undecided else [decided]
    return [sorted(["oversize", *filter(None, [verdict])]) for verdict in verdicts]


def _taking_part(examined: Examined) -> Event | None:
    """The event by which a stream moves on. Where envelope and bytes differ it is the envelope's, so that one
    altered record does not make all later ones of its stream look altered."""
    if examined.reading is None or examined.oversize:
        return None
    event = examined.reading.event
    match examined.envelope:
        case {"event": str(name), "stream": str(stream), "stream_version": int(version)}:
            if event and (event.id, event.stream, event.version) == (name, stream, version):
                return event
            return Event(name, stream, version, "", "", None, None)
        case _:
            return None
