"""Runs of records about which there is nothing to say, told quickly: the common case of a walk.

A run is plain if every record in it is an event in canonical form, without any flag, in a stream that goes on without a
gap, with a proper envelope that names the record before, and (if asked) a good signature. All this needs nothing that
stood before the run, so runs are looked at on all cores; whether a run goes on from where a walk stands is then told
from its ends. Of whatever is not plain, or does not go on, the exact walk decides: here nothing is ever found broken.
"""

import re
from base64 import b64decode
from binascii import unhexlify
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha1
from itertools import count

from contracts.canonical import certainly
from contracts.evidence import CheckpointStamped
from evidence.domain.canonical import KEY_REGISTERED, may_say, publisher_of
from evidence.domain.examining import Examined, examine
from evidence.domain.notes import Verify
from evidence.domain.records import LARGEST_EVENT
from evidence.domain.streams import VERSION_LENGTH, Name, packed, version_in

Place = tuple[str, int, int]
"""A topic, its incarnation, a partition."""

TEXT = rb"[ !#-\[\]-~]*"
"""What needs no escape in JSON, of ASCII."""
NUMBER = rb"(0|[1-9][0-9]{0,14})"
UUID = rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
LEAF = re.compile(
    rb'\{"epoch":%(number)b,"event":"(?P<event>%(uuid)b)","flags":\[\],"headers":\[(%(header)b(?:,%(header)b)*)\],'
    rb'"incarnation":%(number)b,"ingested":"([^"]{27})","key":(?:null|"%(text)b"),"offset":%(number)b,'
    rb'"partition":%(number)b,"prev":(null|"[0-9a-f]{64}"),"prev_stream":(null|"[0-9a-f]{64}"),"seq":%(number)b,'
    rb'"stream":"(?P<stream>%(uuid)b)","stream_version":(?P<version>[1-9][0-9]{0,14}),"topic":"(%(text)b)","v":1\}\n'
    rb'\{"actor":"(?:user|service):[ !#-\[\]-~]%(text)b",(?:"causationid":"%(text)b",)?"correlationid":"%(text)b",'
    rb'"data":(\{.*\}),(?:"datacontenttype":"%(text)b",)?(?:"dataschema":"%(text)b",)?"id":"(?P=event)",'
    rb'"source":"(%(text)b)","specversion":"1\.0","streamid":"(?P=stream)","streamversion":(?P=version),'
    rb'"subject":"%(text)b","time":"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z",'
    rb'"type":"(%(text)b)"\}'
    % {b"number": NUMBER, b"uuid": UUID, b"text": TEXT, b"header": rb'\["%b","%b"\]' % (TEXT, TEXT)}
)
"""A leaf as most are. Whatever this takes for the data is looked at as JSON, so nothing can hide in it."""
INSTANT = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
MUST_READ = frozenset([KEY_REGISTERED, CheckpointStamped.TYPE])
SIGNATURE = b'["signature","'


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
    expected = b""
    for seq, leaf, digest in zip(count(first), leaves, hashes):
        match = LEAF.fullmatch(leaf)
        if match is None or len(leaf) > LARGEST_EVENT:
            break
        (_, event, headers, incarnation, ingested, offset, partition, prev, before, place, stream, version, topic,
         data, source, kind) = match.groups()  # fmt: skip
        if run is None:
            run, expected = Plain(seq, _hash(prev)), prev
        where, at = (topic.decode(), int(incarnation), int(partition)), int(offset)
        begun, last = run.offsets.get(where, (at, -1))
        if (
            prev != expected
            or int(place) != seq
            or not _may_say(topic, source, kind)
            or not _is_instant(ingested)
            or certainly(data) is None
            or not _is_of(event, stream, version)
            or at <= last
            or (verify and not _is_signed(run, where[0], headers, leaf, known, verify))
            or not _goes_on(run, unhexlify(stream.replace(b"-", b"")), int(version), before, digest)
        ):
            break
        run.offsets[where] = begun, at
        run.count, run.last, expected = run.count + 1, digest, b'"%b"' % digest.hex().encode()
    return run if run and run.count else None


def _hash(text: bytes) -> bytes | None:
    return None if text == b"null" else unhexlify(text[1:-1])


@lru_cache(1_000)
def _may_say(topic: bytes, source: bytes, kind: bytes) -> bool:
    """Whether the publisher of this topic may say such events, and they are none that the walk itself must read."""
    publisher = publisher_of(topic.decode())
    return may_say(publisher, source.decode(), kind.decode()) and kind.decode() not in MUST_READ


@lru_cache(1_000)
def _is_instant(text: bytes) -> bool:
    """Whether this is a time as an envelope says it. A batch has one, so it is asked over and over."""
    if not INSTANT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text.decode())
    except ValueError:
        return False
    return True


def _is_of(event: bytes, stream: bytes, version: bytes) -> bool:
    """Whether an event's id follows from its stream and version (uuid5, RFC 9562)."""
    digest = int.from_bytes(sha1(unhexlify(stream.replace(b"-", b"")) + version).digest()[:16], "big")
    return digest & FREE_BITS | VERSION_5 == int(event.replace(b"-", b""), 16)


FREE_BITS = ~(0xF000 << 64 | 0xC000 << 48) & (1 << 128) - 1
VERSION_5 = 0x5000 << 64 | 0x8000 << 48


def _is_signed(run: Plain, topic: str, headers: bytes, leaf: bytes, known: Mapping[str, bytes], verify: Verify) -> bool:
    """Whether a known key of the topic's publisher signed, whose use the run then notes."""
    _, found, rest = headers.partition(SIGNATURE)
    said, _, text = rest.partition(b'"')[0].partition(b" ")
    key_id = said.decode()
    public = known.get(key_id)
    if not found or public is None or key_id.partition("/")[0] != publisher_of(topic) or b" " in text:
        return False
    if run.keys.setdefault(key_id, public) != public:
        return False
    try:
        return verify(public, leaf.partition(b"\n")[2], b64decode(text, validate=True))
    except ValueError:
        return False


def _goes_on(run: Plain, stream: bytes, version: int, before: bytes, digest: bytes) -> bool:
    """Whether a record goes on with its stream, which then ends with it."""
    if (end := run.ends.get(stream)) is not None:
        if version != version_in(end) + 1 or _hash(before) != end[:-VERSION_LENGTH]:
            return False
    elif (before == b"null") != (version == 1):
        return False
    elif hash_ := _hash(before):
        run.begins[stream] = packed(hash_, version - 1)
    run.ends[stream] = packed(digest, version)
    return True
