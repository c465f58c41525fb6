"""An event as it came from a topic: whether its bytes are the one canonical form of a CloudEvent, and what it says."""

import json
import re
from base64 import b64decode
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import sha1, sha256
from itertools import chain, combinations
from operator import itemgetter
from typing import Any, NamedTuple, NoReturn, cast
from uuid import UUID, uuid5

from contracts.canonical import certainly, written

ATTRIBUTES = frozenset(["specversion", "id", "source", "type", "subject", "time"])
EXTENSIONS = frozenset(["streamid", "streamversion", "correlationid", "actor"])
REQUIRED = ATTRIBUTES | EXTENSIONS | {"data"}
OPTIONAL = ("causationid", "datacontenttype", "dataschema")
SHAPES = frozenset(
    tuple(sorted(REQUIRED.union(more)))
    for more in chain.from_iterable(combinations(OPTIONAL, n) for n in range(len(OPTIONAL) + 1))
)
"""The names that an event may have, in the order in which canonical JSON has them."""
OTHERS = itemgetter(*sorted(REQUIRED - {"data", "streamversion"}))
TEXT = {str}
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
TYPE = re.compile(r"([a-z][a-z-]*)\.([A-Z][A-Za-z0-9]*)\.v([1-9]\d*)", re.ASCII)
ACTOR = re.compile(r"(user|service):.")
KEY_REGISTERED = "evidence.ServiceKeyRegistered.v1"
OWN_DAYS = ("on", "day", "training_end", "last_day")
PAST_INTEGERS = 2**53


class NotCanonical(ValueError):
    """Bytes that are not the one way to write what they say."""


def _no_float(text: str) -> NoReturn:
    raise NotCanonical(f"float {text}")


def _integer(text: str) -> int:
    value = int(text)
    if not -PAST_INTEGERS < value < PAST_INTEGERS:
        raise NotCanonical(f"integer {text} is past 2^53")
    return value


_decode = json.JSONDecoder(parse_float=_no_float, parse_int=_integer, parse_constant=_no_float).decode
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, sort_keys=True, separators=(",", ":")).encode


def canonical(value: object) -> bytes:
    """UTF-8 JSON with sorted names and no white space. Nothing here holds floats or integers past 2^53."""
    return written(value) or _encode(value).encode()


def parse(raw: bytes) -> dict[str, object]:
    """The object in `raw`, its names in order. Most are certain at once; of the others the exact rules decide."""
    return certainly(raw) or parse_exactly(raw)


def parse_exactly(raw: bytes) -> dict[str, object]:
    """The object in `raw`. A name said twice is lost on decoding, so it too makes the bytes differ."""
    try:
        value: object = _decode(raw.decode())
        if not isinstance(value, dict):
            raise NotCanonical("not an object")
        if canonical(cast(object, value)) != raw:
            raise NotCanonical("unsorted or repeated names, white space or needless escapes")
    except RecursionError:
        raise NotCanonical("nested too deeply") from None
    except NotCanonical:
        raise
    except ValueError as fault:
        raise NotCanonical(str(fault)) from None
    return cast(dict[str, object], value)


@dataclass(frozen=True, slots=True)
class Key:
    """A public key of a service, under the id that signatures name it by."""

    id: str
    public: bytes
    claimed: str
    """The id that the registration says; it should be `id`, which follows from the key."""


class Event(NamedTuple):
    """What the ledger must know of a CloudEvent. `stream` stands as written, never normalised."""

    id: str
    stream: str
    version: int
    type: str
    time: str
    subject: str | None
    registers: Key | None
    day: date | None = None
    """The fact's own day, else the day on which it was recorded; only an index for finding it."""


def publisher_of(topic: str) -> str:
    return topic.removesuffix(".events.v1")


def read_event(raw: bytes, publisher: str) -> Event | None:
    """The event in `raw`, or None if it is no canonical CloudEvent that this publisher may say."""
    try:
        said = parse(raw)
    except NotCanonical:
        return None
    return event_of(said) if is_event(said, publisher) else None


def is_event(said: Mapping[str, Any], publisher: str) -> bool:
    """Whether a canonical object is a CloudEvent that this publisher may say."""
    return is_formed(said, publisher) and said["id"] == id_of(said["streamid"], said["streamversion"])


def is_formed(said: Mapping[str, Any], publisher: str) -> bool:
    """Whether an object is such an event, but for its id."""
    version: object = said.get("streamversion")
    return (
        tuple(said) in SHAPES
        and set(map(type, OTHERS(said))) == TEXT
        and all(type(said.get(name, "")) is str for name in OPTIONAL)
        and type(version) is int
        and version >= 1
        and said["specversion"] == "1.0"
        and may_say(publisher, said["source"], said["type"])
        and INSTANT.fullmatch(said["time"]) is not None
        and ACTOR.match(said["actor"]) is not None
    )


@lru_cache(1_000)
def may_say(publisher: str, source: str, kind: str) -> bool:
    named = TYPE.fullmatch(kind)
    return named is not None and named[1] == publisher and source == f"urn:qizheng:{publisher}"


def event_of(said: Mapping[str, Any]) -> Event:
    """What the ledger must know of an object that is an event."""
    kind, time, data = said["type"], said["time"], said["data"]
    registers = _registered(data) if kind == KEY_REGISTERED else None
    day = own_day(data) or _day(time[:10])
    return Event(said["id"], said["streamid"], said["streamversion"], kind, time, said["subject"], registers, day)


def own_day(data: object) -> date | None:
    """The day on which a fact says that it happened, the last of a month that it is about; None where it names none."""
    if not isinstance(data, dict):
        return None
    said = cast(Mapping[str, object], data)
    return next((day for name in OWN_DAYS if (day := _day(said.get(name)))), _last_day_of(said.get("period")))


def _last_day_of(period: object) -> date | None:
    first = _day(f"{period}-01")
    return first and first.replace(day=monthrange(first.year, first.month)[1])


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def id_of(stream: str, version: int) -> str | None:
    """The id that follows from a stream and a version; None if the stream is no UUID."""
    raw = uuid_bytes(stream)
    if raw is not None:
        return id_in(raw, version)
    try:
        return str(uuid5(UUID(stream), str(version)))
    except ValueError:
        return None


def id_in(stream: bytes, version: int) -> str:
    """What uuid5 reckons, at a quarter of its cost."""
    digest = sha1(b"%b%d" % (stream, version)).hexdigest()
    variant = VARIANTS[digest[16]]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def uuid_bytes(text: str) -> bytes | None:
    """The 16 bytes of a UUID that is written the usual way, in lower case and with its four hyphens; else None."""
    try:
        raw = bytes.fromhex(text.replace("-", ""))
    except ValueError:
        return None
    digits = raw.hex()
    usual = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    return raw if usual == text and len(raw) == 16 else None


def _registered(data: object) -> Key | None:
    """The key that a registration's data hold; one that cannot be read registers nothing."""
    if not isinstance(data, dict):
        return None
    said = cast(Mapping[str, object], data)
    public, service, claimed = said.get("public_key"), said.get("service"), said.get("key_id")
    if not isinstance(public, str) or not isinstance(service, str) or not isinstance(claimed, str):
        return None
    try:
        raw = b64decode(public)
    except ValueError:
        return None
    return Key(f"{service}/{sha256(raw).hexdigest()[:8]}", raw, claimed)
