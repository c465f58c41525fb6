"""A walk over the ledger that believes nothing it can recompute, and says where the ledger is broken.

From the leaves' bytes alone it recomputes hashes, the chain, every stream's chain, flags and the tree. What a walk
cannot know: the bytes of an oversize record, unless it is handed the document store; and that no record was cut off
the end, which only a checkpoint tells (`compare`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from typing import cast

from evidence.domain.canonical import Event
from evidence.domain.examining import Examined, examine, headers_are_away
from evidence.domain.notes import Checkpoint
from evidence.domain.plain import Place, Plain
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
    judge_signature,
    plain,
    plain_headers,
    read,
    seal,
)
from evidence.domain.streams import Flag, Streams
from evidence.domain.tree import Frontier

CHUNK = 1_000
SIGNATURE_FLAGS = ("bad-signature", "unknown-key", "unsigned")

Answer = Callable[[Sequence[Check]], Iterable[bool]]
"""Whether each of these signatures holds, in order; a caller may use all its cores."""
Documents = Callable[[str], bytes | None]
"""The bytes with this SHA-256 in the document store."""
Again = Callable[[Plain], Iterable[Examined]]
"""The records of a plain run, examined."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Where the ledger is broken (at which record; None: as a whole), in what, and how."""

    seq: int | None
    what: str
    detail: str

    def __str__(self) -> str:
        return f"{f'record {self.seq}: ' if self.seq is not None else ''}{self.what}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Progress:
    checked: int


@dataclass(slots=True)
class Standing:
    """How far a walk has come, and what it knows there. A later walk can go on from it."""

    streams: Streams = field(default_factory=Streams)
    chain: Chain = field(init=False)
    frontier: Frontier = field(default_factory=Frontier)
    offsets: dict[Place, int] = field(default_factory=dict[Place, int])
    """The last offset sealed, by topic, incarnation and partition."""

    def __post_init__(self) -> None:
        self.chain = Chain(heads=self.streams, seen=self.streams)

    def takes(self, run: Plain) -> bool:
        """Whether a plain run goes on just from here, so that all of it holds. If so, it is taken in; else nothing is."""
        chain = self.chain
        if (
            (run.first, run.prev) != (chain.size, chain.last)
            or any(first <= self.offsets.get(place, -1) for place, (first, _) in run.offsets.items())
            or any(chain.keys.get(key_id) != public for key_id, public in run.keys.items())
            or not self.streams.goes_on(run.begins, run.ends)
        ):
            return False
        self.offsets.update({place: last for place, (_, last) in run.offsets.items()})
        chain.size, chain.last = run.first + run.count, run.last
        return True


def walk(
    leaves: Iterable[bytes], standing: Standing, answer: Answer, documents: Documents | None = None
) -> Iterator[Finding | Progress]:
    """Check every leaf in order, from where `standing` stands, which moves along. After a break it goes on."""
    remaining = iter(leaves)
    while chunk := list(islice(remaining, CHUNK)):
        examined = [examine(leaf) for leaf in chunk]
        yield from follow(examined, standing, answer, documents)
        standing.frontier, _ = standing.frontier.grown([each.leaf_hash for each in examined])
        yield Progress(standing.chain.size)


def follow(
    looked_at: Iterable[Plain | Examined],
    standing: Standing,
    answer: Answer | None,
    documents: Documents | None = None,
    again: Again = lambda _: (),
) -> Iterator[Finding]:
    """What is wrong with the chain of these records, wherever they were looked at; the tree is another's to grow.

    Plain runs that go on from here are taken as a whole. With no `answer`, signatures and their flags are left out.
    """
    waiting: list[Examined] = []
    for each in looked_at:
        if isinstance(each, Examined):
            waiting.append(each)
            continue
        yield from _followed(waiting, standing, answer, documents)
        waiting = []
        if not standing.takes(each):
            waiting.extend(again(each))
    yield from _followed(waiting, standing, answer, documents)


def _followed(
    examined: Sequence[Examined], standing: Standing, answer: Answer | None, documents: Documents | None
) -> Iterator[Finding]:
    answers: dict[Check, bool] = {}
    if answer is not None:
        asked = checks((e.reading for e in examined if e.reading and not e.oversize), standing.chain.keys)
        answers = dict(zip(asked, answer(asked), strict=True))

    def verify(check: Check) -> bool:
        return answers[check] if check in answers else answer is None or all(answer([check]))

    for each in examined:
        seq = standing.chain.size
        for what, detail in _breaks(each, standing, verify, documents):
            if answer is not None or what != "signature":
                yield Finding(seq, what, detail)
        event = _taking_part(each)
        if event is not None:
            standing.streams.settle(event, _said_of_its_place(each))
        standing.chain.follow(each.leaf_hash, event)


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
        yield from _event_breaks(envelope, reading, standing, verify)


def _offset_breaks(received: Received, standing: Standing) -> Iterator[tuple[str, str]]:
    """One sequencer reads each partition in order, so its offsets only rise."""
    partition = received.topic, received.incarnation, received.partition
    last = standing.offsets.get(partition, -1)
    if received.offset <= last:
        yield "offset", f"{received.topic}[{received.partition}] {received.offset} after {last}"
    standing.offsets[partition] = max(last, received.offset)


def _event_breaks(
    envelope: dict[str, object], reading: Reading, standing: Standing, verify: Verify
) -> Iterator[tuple[str, str]]:
    event, received = reading.event, reading.received
    if plain(received.key) != envelope["key"] or plain_headers(received.headers) != envelope["headers"]:
        yield "envelope", "a key or header in another form than its own"
    repeated = (event.id, event.stream, event.version) if event else (None, None, None)
    if (envelope["event"], envelope["stream"], envelope["stream_version"]) != repeated:
        yield "event", f"says {envelope['event']}, is {repeated[0]}"
    if event and not standing.streams.may_follow(event.stream, envelope["prev_stream"]):
        yield "stream", f"follows {envelope['prev_stream']}"
    if event is None and envelope["prev_stream"] is not None:
        yield "stream", f"follows {envelope['prev_stream']}"
    truths = _truths(reading, standing, verify)
    if envelope["flags"] not in truths:
        for what in _in_doubt(envelope["flags"], truths):
            yield what, f"says {envelope['flags']}, is {truths[0]}"
    if event and event.registers and event.registers.id != event.registers.claimed:
        yield "key", f"{event.registers.id} registered as {event.registers.claimed}"


def _truths(reading: Reading, standing: Standing, verify: Verify) -> list[list[str]]:
    """The flags that a record may carry here: just one list, where all that stood before is known."""
    verdict = judge_signature(reading, standing.chain, verify)
    places = standing.streams.possible(reading.event) if reading.event else ("not-an-event",)
    return [sorted(filter(None, (place, verdict))) for place in places]


def _said_of_its_place(examined: Examined) -> Flag:
    flags = cast(list[object], examined.envelope["flags"])
    return "duplicate" if "duplicate" in flags else "out-of-order" if "out-of-order" in flags else None


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
        found = reading.received._replace(body=body)
        if seal(read(found), chain, verify).leaf != examined.leaf:
            yield "oversize", "another record than its document makes"
    elif envelope["flags"] not in _possible_flags(examined, reading, chain):
        yield "flags", f"says {envelope['flags']}"


def _in_doubt(said: object, truths: list[list[str]]) -> Sequence[str]:
    """About what a record says something else than is true: its place, its signature, or both."""
    if not isinstance(said, list):
        return ("flags",)
    flags = cast(list[str], said)
    place, *_ = parts = [[f for f in each if f not in SIGNATURE_FLAGS] for each in (flags, *truths)]
    signature, true = ([f for f in each if f in SIGNATURE_FLAGS] for each in (flags, truths[0]))
    doubts = {"flags": place not in parts[1:], "signature": signature != true}
    return [what for what, doubted in doubts.items() if doubted] or ("flags",)


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
