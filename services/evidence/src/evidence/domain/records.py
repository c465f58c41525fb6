"""A record: one message as it came from a topic, judged, chained to what stood before it, and written as a leaf.

A leaf is a canonical JSON envelope, a line feed, and the message's bytes. What does not fit stands in the document
store, named by its SHA-256: the bytes of a message over 60,000 bytes, or of one whose leaf would pass 65,535; and if
the envelope is still too long, then also the headers, and a key over 1,000 bytes, as their canonical JSON. Such a
record carries `oversize`, takes no part in its stream, and of the other flags only what its signature earns it.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple, Protocol

from evidence.domain.canonical import Event, canonical, publisher_of, read_event
from evidence.domain.tree import leaf_hash

LARGEST_EVENT = 60_000
LARGEST_LEAF = 65_535
LONGEST_KEY = 1_000
VERSION = 1

Headers = tuple[tuple[str, bytes | None], ...]


class Check(NamedTuple):
    """A question about a signature."""

    public: bytes
    message: bytes
    signature: bytes


Verify = Callable[[Check], bool]
"""Whether a signature holds. It does not if the key or the signature is malformed; it never raises."""


class Received(NamedTuple):
    """A message, where it stood, and when (aware) and by whom (the sequencer's epoch) it was taken in."""

    epoch: int
    ingested: datetime
    topic: str
    incarnation: int
    partition: int
    offset: int
    key: bytes | None
    headers: Headers
    body: bytes


class Claim(NamedTuple):
    """Whose signature a message says it carries; the signature is None if it is not base64."""

    key_id: str
    signature: bytes | None


class Reading(NamedTuple):
    """A message with what its bytes alone say. `claim` is a flag where no known key could make the signature good."""

    received: Received
    event: Event | None
    claim: Claim | str


class Head(NamedTuple):
    """The end of a stream: the hash of its last record, and the highest version that it had."""

    leaf_hash: bytes
    version: int


class Sealed(NamedTuple):
    """A record in its place. `documents` are the bytes that did not fit and belong in the document store."""

    seq: int
    leaf: bytes
    leaf_hash: bytes
    flags: tuple[str, ...]
    received: Received
    event: Event | None
    documents: tuple[bytes, ...] = ()


class Heads(Protocol):
    """The ends of streams, as a dict holds them."""

    def get(self, stream: str, /) -> Head | None: ...
    def __setitem__(self, stream: str, head: Head, /) -> None: ...


class Seen(Protocol):
    """Which events were there before."""

    def holds(self, event: Event) -> bool: ...
    def add(self, event: Event) -> None: ...


@dataclass(slots=True)
class SeenIds:
    """Events that were there before, by their ids."""

    ids: set[str] = field(default_factory=set[str])

    def holds(self, event: Event) -> bool:
        return event.id in self.ids

    def add(self, event: Event) -> None:
        self.ids.add(event.id)


@dataclass(slots=True)
class Chain:
    """What a sequencer knows while it seals: the end of the ledger, of its streams, and whose keys have spoken.

    For a batch, `heads` and `seen` need hold only the streams and event ids that the batch names. A chain belongs to
    one transaction: if that fails, the chain is thrown away and loaded anew.
    """

    size: int = 0
    last: bytes | None = None
    heads: Heads = field(default_factory=dict[str, Head])
    seen: Seen = field(default_factory=SeenIds)
    keys: dict[str, bytes] = field(default_factory=dict[str, bytes])

    def follow(self, leaf_hash: bytes, event: Event | None) -> None:
        """Take in a record that now stands at the end; `event` is None where it takes no part in a stream."""
        self.size += 1
        self.last = leaf_hash
        if event is None:
            return
        self.seen.add(event)
        before = self.heads.get(event.stream)
        self.heads[event.stream] = Head(leaf_hash, max(before.version if before else 0, event.version))
        if event.registers is not None:
            self.keys[event.registers.id] = event.registers.public


# Reading


def read(received: Received) -> Reading:
    publisher = publisher_of(received.topic)
    fits = len(received.body) <= LARGEST_EVENT
    return Reading(received, read_event(received.body, publisher) if fits else None, _claim(received, publisher))


def _claim(received: Received, publisher: str) -> Claim | str:
    header = next((value for name, value in received.headers if name == "signature"), None)
    try:
        text = (header or b"").decode()
    except UnicodeDecodeError:
        return "unsigned"
    if not text:
        return "unsigned"
    key_id, space, signature = text.partition(" ")
    if not space or " " in signature or key_id.partition("/")[0] != publisher:
        return "bad-signature"
    try:
        return Claim(key_id, b64decode(signature, validate=True))
    except ValueError:
        return Claim(key_id, None)


def checks(batch: Iterable[Reading], keys: dict[str, bytes]) -> list[Check]:
    """The questions that sealing this batch will ask, so that they can be answered together beforehand.

    A key that is registered twice under one id within a batch may leave a question out; sealing then asks it itself.
    """
    batch = tuple(batch)
    known = keys | {r.event.registers.id: r.event.registers.public for r in batch if r.event and r.event.registers}
    return [
        Check(public, reading.received.body, signature)
        for reading in batch
        if isinstance(claim := reading.claim, Claim)
        and (public := known.get(claim.key_id)) is not None
        and (signature := claim.signature) is not None
    ]


# Judging


def judge(reading: Reading, chain: Chain, verify: Verify) -> tuple[str, ...]:
    """The flags that a record earns at the end of this chain, sorted; the record itself fits a leaf."""
    event = reading.event
    if event is None:
        flags = ["not-an-event"]
    elif chain.seen.holds(event):
        flags = ["duplicate"]
    else:
        head = chain.heads.get(event.stream)
        flags = [] if event.version == (head.version if head else 0) + 1 else ["out-of-order"]
    verdict = judge_signature(reading, chain, verify)
    return tuple(sorted([*flags, verdict])) if verdict else tuple(flags)


def judge_signature(reading: Reading, chain: Chain, verify: Verify) -> str | None:
    """The flag that a record's signature earns; a key that is being registered vouches for itself."""
    claim = reading.claim
    if isinstance(claim, str):
        return claim
    key = reading.event.registers if reading.event else None
    if key is not None and key.id == claim.key_id and claim.key_id not in chain.keys:
        public = key.public
    else:
        public = chain.keys.get(claim.key_id)
    if public is None:
        return "unknown-key"
    good = claim.signature is not None and verify(Check(public, reading.received.body, claim.signature))
    return None if good else "bad-signature"


# Sealing


def seal(reading: Reading, chain: Chain, verify: Verify) -> Sealed:
    """The record at the end of `chain`, which is left as it was: `chain.follow` it, or throw it away."""
    received, event = reading.received, reading.event
    if len(received.body) <= LARGEST_EVENT:
        flags = judge(reading, chain, verify)
        envelope = _envelope(received, chain, flags) | {"headers": plain_headers(received.headers)}
        if event is not None:
            head = chain.heads.get(event.stream)
            envelope["event"], envelope["stream"] = event.id, event.stream
            envelope["stream_version"] = event.version
            envelope["prev_stream"] = head.leaf_hash.hex() if head else None
        leaf = canonical(envelope) + b"\n" + received.body
        if len(leaf) <= LARGEST_LEAF:
            return Sealed(chain.size, leaf, leaf_hash(leaf), flags, received, event)
    return _seal_oversize(Reading(received, None, reading.claim), chain, verify)


def seal_batch(batch: Iterable[Reading], chain: Chain, verify: Verify) -> list[Sealed]:
    """Seal in order; `chain` has followed when this returns."""
    records: list[Sealed] = []
    for reading in batch:
        record = seal(reading, chain, verify)
        chain.follow(record.leaf_hash, record.event)
        records.append(record)
    return records


def _seal_oversize(reading: Reading, chain: Chain, verify: Verify) -> Sealed:
    received = reading.received
    verdict = judge_signature(reading, chain, verify)
    flags = tuple(sorted(["oversize", verdict])) if verdict else ("oversize",)
    envelope = _envelope(received, chain, flags) | away(received.body) | {"headers": plain_headers(received.headers)}
    documents = [received.body]
    leaf = canonical(envelope) + b"\n"
    if len(leaf) > LARGEST_LEAF:
        documents.append(canonical(envelope["headers"]))
        envelope["headers"] = [["headers", away(documents[-1])]]
        if len(key := canonical(envelope["key"])) > LONGEST_KEY:
            documents.append(key)
            envelope["key"] = away(key)
        leaf = canonical(envelope) + b"\n"
    return Sealed(chain.size, leaf, leaf_hash(leaf), flags, received, None, tuple(documents))


def _envelope(received: Received, chain: Chain, flags: tuple[str, ...]) -> dict[str, object]:
    return {
        "epoch": received.epoch,
        "event": None,
        "flags": flags,
        "incarnation": received.incarnation,
        "ingested": instant(received.ingested),
        "key": plain(received.key),
        "offset": received.offset,
        "partition": received.partition,
        "prev": chain.last.hex() if chain.last else None,
        "prev_stream": None,
        "seq": chain.size,
        "stream": None,
        "stream_version": None,
        "topic": received.topic,
        "v": VERSION,
    }


def away(document: bytes) -> dict[str, object]:
    """What stands in an envelope for bytes that are in the document store."""
    return {"length": len(document), "sha256": sha256(document).hexdigest()}


def instant(moment: datetime) -> str:
    if moment.utcoffset() is None:
        raise ValueError(f"{moment} has no zone")
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def plain(value: bytes | None) -> str | dict[str, str] | None:
    """Bytes of a key or header as JSON holds them: text where they are UTF-8, else base64."""
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(value).decode()}


def plain_headers(headers: Headers) -> list[list[object]]:
    return [[name, plain(value)] for name, value in headers]
