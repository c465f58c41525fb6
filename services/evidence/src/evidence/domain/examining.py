"""A leaf by itself: the envelope and the message that its bytes hold, or why they hold none."""

from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from evidence.domain.canonical import INSTANT, NotCanonical, parse
from evidence.domain.records import Headers, Reading, Received, read
from evidence.domain.tree import leaf_hash

ORIGIN = frozenset(["epoch", "headers", "incarnation", "ingested", "key", "offset", "partition", "topic"])
PLACE = frozenset(["event", "flags", "prev", "prev_stream", "seq", "stream", "stream_version", "v"])
FIELDS = ORIGIN | PLACE
AWAY = frozenset(["length", "sha256"])


@dataclass(frozen=True, slots=True)
class Examined:
    """A leaf with what its bytes alone say. `fault` says why there is no message to judge."""

    leaf: bytes
    leaf_hash: bytes
    envelope: dict[str, object]
    reading: Reading | None
    fault: str | None = None

    @property
    def oversize(self) -> bool:
        return "sha256" in self.envelope


def examine(leaf: bytes) -> Examined:
    """Read a leaf; this needs nothing that stands before it, so leaves can be examined on all cores."""
    line, found, body = leaf.partition(b"\n")
    digest = leaf_hash(leaf)
    try:
        envelope = parse(line)
    except NotCanonical as fault:
        return Examined(leaf, digest, {}, None, str(fault))
    expected = FIELDS | AWAY if "sha256" in envelope else FIELDS
    if not found or envelope.keys() != expected:
        return Examined(leaf, digest, {}, None, f"other fields: {sorted(envelope.keys() ^ expected)}")
    received = _received(envelope, body)
    if received is None:
        return Examined(leaf, digest, {}, None, "a field that is not of its kind")
    return Examined(leaf, digest, envelope, read(received))


def headers_are_away(envelope: dict[str, object]) -> bool:
    """Whether the headers of an oversize record stand in the document store too."""
    headers = cast(list[list[object]], envelope["headers"])
    return len(headers) == 1 and headers[0][0] == "headers" and _is_away(headers[0][1])


def _received(envelope: dict[str, object], body: bytes) -> Received | None:
    """The message that an envelope is about; None if the envelope is malformed."""
    match envelope:
        case {
            "epoch": int(epoch),
            "ingested": str(ingested),
            "topic": str(topic),
            "incarnation": int(incarnation),
            "partition": int(partition),
            "offset": int(offset),
            "seq": int(),
        } if INSTANT.fullmatch(ingested) and isinstance(envelope["flags"], list):
            try:
                key, headers = _bytes(envelope["key"]), _headers(envelope["headers"])
                moment = datetime.fromisoformat(ingested)
            except ValueError:
                return None
            return Received(epoch, moment, topic, incarnation, partition, offset, key, headers, body)
        case _:
            return None


def _headers(value: object) -> Headers:
    if not isinstance(value, list):
        raise ValueError("headers are a list")
    pairs: list[tuple[str, bytes | None]] = []
    for header in cast(list[object], value):
        pair = cast(list[object], header) if isinstance(header, list) else []
        if len(pair) != 2 or not isinstance(pair[0], str):
            raise ValueError("a header is a name and a value")
        pairs.append((pair[0], _bytes(pair[1])))
    return tuple(pairs)


def _bytes(value: object) -> bytes | None:
    """The bytes that a key or header value stands for. Of one in the document store nothing is known here."""
    if isinstance(value, str):
        return value.encode()
    if value is None or _is_away(value):
        return None
    if isinstance(value, dict) and value.keys() == {"base64"}:
        text = cast(dict[str, object], value)["base64"]
        if isinstance(text, str):
            return b64decode(text, validate=True)
    raise ValueError("neither text nor bytes")


def _is_away(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == AWAY
