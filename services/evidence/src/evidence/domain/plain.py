"""Runs of records about which there is nothing to say, told quickly: the common case of a walk.

A run is plain if every record in it is an event in canonical form, without any flag, in a stream that goes on without a
gap, with a proper envelope that names the record before, and (if asked) a good signature. All this needs nothing that
stood before the run, so runs are looked at on all cores; whether a run goes on from where a walk stands is then told
from its ends. Of whatever is not plain, or does not go on, the exact walk decides: here nothing is ever found broken.
"""

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import count
from operator import itemgetter
from typing import Any, cast

from contracts.canonical import as_written, certainly
from evidence.domain.canonical import INSTANT, KEY_REGISTERED, id_in, is_formed, publisher_of, uuid_bytes
from evidence.domain.examining import FIELDS, Examined, examine
from evidence.domain.notes import Verify
from evidence.domain.records import LARGEST_EVENT, VERSION
from evidence.domain.streams import VERSION_LENGTH, Name, packed, version_in

Place = tuple[str, int, int]
"""A topic, its incarnation, a partition."""
NAMES = tuple(sorted(FIELDS))
INTEGERS = itemgetter("epoch", "incarnation", "offset", "partition", "seq", "stream_version", "v")
TEXTS = itemgetter("event", "ingested", "stream", "topic")
OF_ENVELOPE, OF_EVENT = itemgetter("event", "stream", "stream_version"), itemgetter("id", "streamid", "streamversion")
INTEGER, TEXT, LIST, TEXT_OR_NONE = {int}, {str}, {list}, {str, type(None)}
HASH = re.compile("[0-9a-f]{64}")


@dataclass(slots=True)
class Plain:
    """A plain run of records, by its ends."""

    first: int
    prev: bytes | None
    """The hash of the record before the first, as that says it."""
    count: int = 0
    last: bytes = b""
    begins: dict[Name, bytes] = field(default_factory=dict[Name, bytes])
    """By UUID, the streams that had records before: the hash of the last of these, and its version."""
    ends: dict[Name, bytes] = field(default_factory=dict[Name, bytes])
    """By UUID, the hash and the version with which each stream leaves the run."""
    offsets: dict[Place, tuple[int, int]] = field(default_factory=dict[Place, tuple[int, int]])
    """The first and the last offset of each partition."""
    keys: dict[str, bytes] = field(default_factory=dict[str, bytes])
    """The keys with which signatures were checked, by their ids."""


def look(
    leaves: Sequence[bytes], hashes: Sequence[bytes], first: int, keys: Mapping[str, bytes], verify: Verify | None
) -> Iterator[Plain | Examined]:
    """These leaves, of which the first is record `first`, as plain runs and, where they are not plain, one by one.

    `keys` are those that are known already. Signatures are left out where there is nobody to verify them.
    """
    known, at = dict(keys), 0
    while at < len(leaves):
        if run := _run(leaves[at:], hashes[at:], first + at, known, verify):
            yield run
            at += run.count
        if at < len(leaves):
            examined = examine(leaves[at])
            if examined.reading and examined.reading.event and (key := examined.reading.event.registers):
                known[key.id] = key.public
            yield examined
            at += 1


def _run(
    leaves: Sequence[bytes], hashes: Sequence[bytes], first: int, known: Mapping[str, bytes], verify: Verify | None
) -> Plain | None:
    """The longest plain run at the beginning of these leaves; None if the first is not plain."""
    run: Plain | None = None
    prev: str | None = None
    for seq, leaf, digest in zip(count(first), leaves, hashes):
        line, _, body = leaf.partition(b"\n")
        envelope, event = as_written(line), certainly(body)
        if envelope is None or event is None or len(leaf) > LARGEST_EVENT or not _is_proper(envelope):
            break
        if run is None:
            prev = envelope["prev"]
            if not _is_hash(prev):
                break
            run = Plain(seq, bytes.fromhex(prev) if prev else None)
        if (envelope["seq"], envelope["prev"]) != (seq, prev) or not _is_about(envelope, event):
            break
        if verify and not _is_signed(run, envelope, body, known, verify):
            break
        if not _goes_on(run, envelope, digest):
            break
        run.count, run.last, prev = run.count + 1, digest, digest.hex()
    return run if run and run.count else None


def _is_proper(envelope: Mapping[str, Any]) -> bool:
    """Whether an envelope has its fields, each of its kind, and no flag."""
    return (
        tuple(envelope) == NAMES
        and envelope["flags"] == []
        and envelope["v"] == VERSION
        and set(map(type, INTEGERS(envelope))) == INTEGER
        and set(map(type, TEXTS(envelope))) == TEXT
        and type(envelope["key"]) in TEXT_OR_NONE
        and _is_instant(envelope["ingested"])
        and _are_headers(envelope["headers"])
    )


@lru_cache(1_000)
def _is_instant(text: str) -> bool:
    """Whether this is a time as an envelope says it. A batch has one, so it is asked over and over."""
    if not INSTANT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _are_headers(headers: Any) -> bool:
    """Whether these are pairs of a name and a text or nothing, of different names, so that they make a dict."""
    if type(headers) is not list:
        return False
    pairs = cast(list[Any], headers)
    if not LIST.issuperset(map(type, pairs)):
        return False
    try:
        named: dict[Any, Any] = dict(pairs)
    except (ValueError, TypeError):
        return False
    return (
        len(named) == len(pairs)
        and TEXT.issuperset(map(type, named))
        and TEXT_OR_NONE.issuperset(map(type, named.values()))
    )


def _is_hash(text: object) -> bool:
    """Whether this is a hash in hex as an envelope says it, or none."""
    return text is None or (isinstance(text, str) and HASH.fullmatch(text) is not None)


def _is_about(envelope: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether the second line is the event that the envelope names, and one that its topic's publisher may say."""
    return (
        is_formed(event, publisher_of(envelope["topic"]))
        and OF_ENVELOPE(envelope) == OF_EVENT(event)
        and event["type"] != KEY_REGISTERED
    )


def _is_signed(
    run: Plain, envelope: Mapping[str, Any], body: bytes, known: Mapping[str, bytes], verify: Verify
) -> bool:
    """Whether a known key of the topic's publisher signed, whose use the run then notes."""
    key_id, _, text = (dict(envelope["headers"]).get("signature") or "").partition(" ")
    public = known.get(key_id)
    if public is None or key_id.partition("/")[0] != publisher_of(envelope["topic"]) or " " in text:
        return False
    try:
        signature = b64decode(text, validate=True)
    except ValueError:
        return False
    if run.keys.setdefault(key_id, public) != public:
        return False
    return verify(public, body, signature)


def _goes_on(run: Plain, envelope: Mapping[str, Any], digest: bytes) -> bool:
    """Whether a record goes on with its stream and its partition, which then end with it."""
    stream, version = uuid_bytes(envelope["stream"]), envelope["stream_version"]
    if stream is None or envelope["event"] != id_in(stream, version):
        return False
    place, offset = (envelope["topic"], envelope["incarnation"], envelope["partition"]), envelope["offset"]
    first, last = run.offsets.get(place, (offset, -1))
    if offset <= last:
        return False
    before = envelope["prev_stream"]
    if (end := run.ends.get(stream)) is not None:
        if (before, version) != (end[:-VERSION_LENGTH].hex(), version_in(end) + 1):
            return False
    elif (before is None) != (version == 1) or not _is_hash(before):
        return False
    elif before is not None:
        run.begins[stream] = packed(bytes.fromhex(before), version - 1)
    run.ends[stream] = packed(digest, version)
    run.offsets[place] = first, offset
    return True
