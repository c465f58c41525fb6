"""An outsider: reads the topics and the published ledger as a stranger would, and says what breaks the written rules.

It imports nothing of ours, so it can be wrong only on its own account. Run it alone:

    python tests/outsider.py --kafka 127.0.0.1:9092 --ledger var/ledger
    python tests/outsider.py --ledger http://127.0.0.1:8005/ledger

or ask its functions: `look_at_ledger`, `look_at_topics`, `look_at_both` yield one `Breach` for each rule broken.
It exits 0 where nothing is broken, 1 where something is, 2 where it found nothing but could not look at everything.
"""

import argparse
import asyncio
import base64
import hashlib
import itertools
import json
import re
import sys
import time
import urllib.request
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

SUFFIX = ".events.v1"
MUST = {"specversion", "id", "source", "type", "subject", "time", "streamid", "streamversion", "correlationid"} | {
    "actor",
    "data",
}
MAY = {"datacontenttype", "dataschema", "causationid"}
ENVELOPE = {"v", "seq", "prev", "epoch", "ingested", "incarnation", "topic", "partition", "offset", "key", "headers"} | {
    "flags", "event", "stream", "stream_version", "prev_stream",
}  # fmt: skip
WHOLE_EVENT, WHOLE_LEAF, PER_TILE = 60_000, 65_535, 256
SHOWN = 20


class Breach(NamedTuple):
    rule: str
    where: str


class Message(NamedTuple):
    """A record of a topic."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes | None], ...]

    @property
    def place(self) -> tuple[str, int, int]:
        return self.topic, self.partition, self.offset


# What an event is


def strictly(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`; ValueError where there is a shorter, sorted or otherwise more proper way to write it."""

    def whole(digits: str) -> int:
        if abs(number := int(digits)) > 9_007_199_254_740_991:
            raise ValueError(f"{number} does not fit a double")
        return number

    def refuse(number: str) -> None:
        raise ValueError(f"{number} is a float")

    def once(members: list[tuple[str, Any]]) -> dict[str, Any]:
        if repeated := [name for name, times in Counter(name for name, _ in members).items() if times > 1]:
            raise ValueError(f"{repeated} said twice")
        return dict(members)

    try:
        read = json.loads(
            str(raw, "utf-8"), parse_int=whole, parse_float=refuse, parse_constant=refuse, object_pairs_hook=once
        )
        again = json.dumps(read, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    except RecursionError as depth:
        raise ValueError("nested too deeply") from depth
    if again != raw or not isinstance(read, dict):
        raise ValueError("not an object in canonical form")
    return read


def is_instant(value: object) -> bool:
    return isinstance(value, str) and bool(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$", value))


def wrongs(event: dict[str, Any], service: str) -> list[str]:
    """What keeps this object from being an event that `service` may say."""
    if names := (MUST - event.keys()) | (event.keys() - MUST - MAY):
        return [f"attributes {sorted(names)}"]
    named = re.match(r"([a-z][a-z-]*)\.[A-Z][A-Za-z0-9]*\.v[1-9]\d*$", str(event["type"]))
    version = event["streamversion"]
    try:
        follows = str(uuid.uuid5(uuid.UUID(str(event["streamid"])), str(version)))
    except ValueError:
        follows = None
    holds = {
        "specversion": event["specversion"] == "1.0",
        "type": bool(named) and named[1] == service,
        "source": event["source"] == f"urn:qizheng:{service}",
        "time": is_instant(event["time"]),
        "streamversion": isinstance(version, int) and version >= 1,
        "id": isinstance(event["streamid"], str) and event["id"] == follows,
        "actor": bool(re.match(r"(user|service):.", str(event["actor"]))),
    }
    return [f"{name} {event[name]!r}" for name, good in holds.items() if not good]


def signature_flag(header: bytes | None, value: bytes, service: str, keys: dict[str, bytes]) -> str | None:
    """The flag that this signature deserves; None if it is good."""
    if not header:
        return "unsigned"
    parts = header.decode("utf-8", "replace").split(" ")
    if len(parts) != 2 or parts[0].split("/")[0] != service:
        return "bad-signature"
    if parts[0] not in keys:
        return "unknown-key"
    try:
        Ed25519PublicKey.from_public_bytes(keys[parts[0]]).verify(base64.b64decode(parts[1], validate=True), value)
    except (InvalidSignature, ValueError):
        return "bad-signature"
    return None


# The ledger as it is published

Fetch = Callable[[str], bytes]


def source_of(where: str) -> Fetch:
    """How to get a published file, from a folder or over HTTP; what is not there is an OSError."""
    if not where.startswith(("http://", "https://")):
        return lambda path: Path(where, path).read_bytes()

    def over_http(path: str) -> bytes:
        with urllib.request.urlopen(f"{where.rstrip('/')}/{path}", timeout=20) as answer:
            return answer.read()

    return over_http


def tile_name(kind: str, number: int, width: int) -> str:
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03d}")
    return "/".join(["tile", kind, *groups]) + (f".p/{width}" if width < PER_TILE else "")


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def merkle(hashes: list[bytes]) -> bytes:
    """The tree hash of RFC 6962 section 2.1, as that section defines it."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha()
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return sha(b"\1", merkle(hashes[:half]), merkle(hashes[half:]))


@dataclass
class Ledger:
    """What was published, and what looking at it has told."""

    fetch: Fetch
    origin: str = ""
    size: int = 0
    root: bytes = b""
    leaves: list[bytes] = field(default_factory=list)
    keys: dict[str, bytes] = field(default_factory=dict)
    at: dict[tuple[int, str, int, int], int] = field(default_factory=dict)
    flags: Counter = field(default_factory=Counter)
    tiles: int = 0


def look_at_ledger(ledger: Ledger) -> Iterator[Breach]:
    """Every rule that the ledger can be held to by itself. OSError where a file cannot be had."""
    yield from look_at_checkpoint(ledger)
    yield from look_at_bundles(ledger)
    hashes = [sha(b"\0", leaf) for leaf in ledger.leaves]
    if merkle(hashes) != ledger.root:
        yield Breach("the root is the tree's", f"at {ledger.size}")
    yield from look_at_tiles(ledger, hashes)
    yield from look_at_records(ledger, hashes)


def look_at_checkpoint(ledger: Ledger) -> Iterator[Breach]:
    name, hint, encoded = ledger.fetch("vkey").decode().strip().split("+", 2)
    key = base64.b64decode(encoded)
    if key[:1] != b"\1" or sha(name.encode(), b"\n", key)[:4].hex() != hint:
        yield Breach("a verifier key carries its own hash", name)
    note = ledger.fetch("checkpoint").decode()
    cut = note.rindex("\n\n") + 1
    ledger.origin, size, root = note[:cut].split("\n")[:3]
    ledger.size, ledger.root = int(size), base64.b64decode(root)
    if ledger.origin != name:
        yield Breach("the origin is the key's name", ledger.origin)
    own = 0
    for line in note[cut + 1 :].splitlines():
        mark, signer, blob = line.split(" ")
        raw = base64.b64decode(blob)
        if (mark, signer, raw[:4].hex()) != ("\u2014", name, hint):
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(raw[4:], note[:cut].encode())
            own += 1
        except InvalidSignature:
            yield Breach("the checkpoint's signature holds", line)
    if not own:
        yield Breach("the ledger signs its checkpoint", ledger.origin)


def look_at_bundles(ledger: Ledger) -> Iterator[Breach]:
    ledger.leaves = []
    for number in range(-(-ledger.size // PER_TILE)):
        width = min(PER_TILE, ledger.size - number * PER_TILE)
        rest = ledger.fetch(tile_name("entries", number, width))
        for _ in range(width):
            length = int.from_bytes(rest[:2], "big")
            if len(rest) < 2 + length:
                yield Breach("a bundle holds its entries", tile_name("entries", number, width))
            ledger.leaves.append(rest[2 : 2 + length])
            rest = rest[2 + length :]
        if rest:
            yield Breach("a bundle holds nothing else", tile_name("entries", number, width))


def look_at_tiles(ledger: Ledger, hashes: list[bytes]) -> Iterator[Breach]:
    for level in itertools.count():
        if not hashes:
            return
        rows = [hashes[i : i + PER_TILE] for i in range(0, len(hashes), PER_TILE)]
        for number, row in enumerate(rows):
            ledger.tiles += 1
            name = tile_name(str(level), number, len(row))
            try:
                if ledger.fetch(name) != b"".join(row):
                    yield Breach("a tile holds the tree's hashes", name)
            except OSError as missing:
                yield Breach("every tile is published", f"{name}: {missing}")
        hashes = [merkle(row) for row in rows if len(row) == PER_TILE]


# The records


@dataclass
class Past:
    """What the records so far have established."""

    previous: str | None = None
    ids: set[str] = field(default_factory=set)
    ends: dict[str, tuple[str, int]] = field(default_factory=dict)


def look_at_records(ledger: Ledger, hashes: list[bytes]) -> Iterator[Breach]:
    past = Past()
    for seq, leaf in enumerate(ledger.leaves):
        head, newline, body = leaf.partition(b"\n")
        try:
            envelope = strictly(head)
            whole = {"sha256", "length"} if "oversize" in envelope.get("flags", ()) else set()
            if envelope.keys() != ENVELOPE | whole or not newline:
                raise ValueError(f"fields {sorted(envelope)}")
            for rule in one_record(ledger, past, envelope, body, seq):
                yield Breach(rule, f"record {seq}")
        except (ValueError, TypeError, KeyError, AttributeError) as fault:
            yield Breach("an envelope is in the written form", f"record {seq}: {fault}")
        else:
            if not whole and "not-an-event" not in envelope["flags"]:
                top = past.ends.get(envelope["stream"], ("", 0))[1]
                past.ends[envelope["stream"]] = hashes[seq].hex(), max(top, envelope["stream_version"])
        past.previous = hashes[seq].hex()
        if len(leaf) > WHOLE_LEAF:
            yield Breach("a leaf fits its length field", f"record {seq}")


def one_record(ledger: Ledger, past: Past, envelope: dict[str, Any], body: bytes, seq: int) -> Iterator[str]:
    """The rules that this record breaks in its place."""
    said = envelope["flags"]
    place = envelope["incarnation"], envelope["topic"], envelope["partition"], envelope["offset"]
    if (envelope["v"], envelope["seq"]) != (1, seq):
        yield "a record stands in its place"
    if envelope["prev"] != past.previous:
        yield "each record names the one before"
    if place in ledger.at:
        yield "a message is sealed once"
    if not is_instant(envelope["ingested"]):
        yield "the time of ingestion is an instant"
    ledger.at[place] = seq
    ledger.flags.update(said)
    names = [envelope[name] for name in ("event", "stream", "stream_version")]
    if "oversize" in said:
        rest = [flag for flag in said if flag != "oversize"]
        if body or any(name is not None for name in [*names, envelope["prev_stream"]]):
            yield "an oversize record has no body and no place in a stream"
        if said != sorted(set(said)) or rest not in ([], ["unsigned"], ["unknown-key"], ["bad-signature"]):
            yield "the flags are the truth"
        return
    truth, event = true_flags(ledger, past, envelope, body)
    if names != ([event["id"], event["streamid"], event["streamversion"]] if event else [None] * 3):
        yield "an envelope repeats its event"
    end = past.ends.get(event["streamid"], (None, 0))[0] if event else None
    if envelope["prev_stream"] != end:
        yield "each record names the one before in its stream"
    if said != truth:
        yield f"the flags are the truth (says {said}, is {truth})"
    if event:
        past.ids.add(event["id"])
        if event["type"] == "evidence.ServiceKeyRegistered.v1":
            name, _ = registered(event)
            if name != event["data"]["key_id"]:
                yield "a key's id follows from the key"


def registered(event: dict[str, Any]) -> tuple[str, bytes]:
    key = base64.b64decode(event["data"]["public_key"])
    return f"{event['data']['service']}/{sha(key)[:4].hex()}", key


def true_flags(
    ledger: Ledger, past: Past, envelope: dict[str, Any], body: bytes
) -> tuple[list[str], dict[str, Any] | None]:
    """The flags that this record deserves, and its event if it is one; a key registered here is known from here on."""
    service = envelope["topic"].removesuffix(SUFFIX)
    header = next((value for name, value in envelope["headers"] if name == "signature"), None)
    header = header.encode() if isinstance(header, str) else None
    try:
        event = strictly(body)
        event = None if wrongs(event, service) else event
    except ValueError:
        event = None
    flag = signature_flag(header, body, service, ledger.keys)
    if event and event["type"] == "evidence.ServiceKeyRegistered.v1":
        name, key = registered(event)
        ledger.keys[name] = key
        if flag == "unknown-key":
            flag = signature_flag(header, body, service, ledger.keys)
    flags = [flag] if flag else []
    if event is None:
        flags.append("not-an-event")
    elif event["id"] in past.ids:
        flags.append("duplicate")
    elif event["streamversion"] != past.ends.get(event["streamid"], ("", 0))[1] + 1:
        flags.append("out-of-order")
    return sorted(flags), event


# The topics


async def messages_of(servers: str) -> list[Message]:
    """Every committed record of every topic of events, up to the ends as they are now."""
    from aiokafka import AIOKafkaConsumer, TopicPartition
    from aiokafka.admin import AIOKafkaAdminClient

    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        topics = [topic for topic in sorted(await admin.list_topics()) if topic.endswith(SUFFIX)]
        described = await admin.describe_topics(topics) if topics else []
    finally:
        await admin.close()
    parts = [TopicPartition(each["topic"], part["partition"]) for each in described for part in each["partitions"]]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=servers,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        if not parts:
            raise OSError(f"no topic *{SUFFIX} at {servers}")
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        await consumer.seek_to_beginning(*parts)
        found: list[Message] = []
        patience = 20
        while patience and any([await consumer.position(part) < end for part, end in ends.items()]):
            batch = await consumer.getmany(timeout_ms=500, max_records=5_000)
            patience = 20 if batch else patience - 1
            for part, records in batch.items():
                found += [
                    Message(part.topic, part.partition, r.offset, r.key, r.value or b"", tuple(r.headers))
                    for r in records
                ]
        if not patience:
            raise OSError("the topics stopped before their ends")
        return found
    finally:
        await consumer.stop()


def look_at_topics(messages: list[Message], keys: dict[str, bytes]) -> Iterator[Breach]:
    """Every rule that a record on a topic can be held to; `keys` are those that the ledger says were registered."""
    first: dict[str, bytes] = {}
    versions: dict[str, set[int]] = {}
    for message in sorted(messages, key=lambda m: m.place):
        try:
            event = strictly(message.value)
        except ValueError as fault:
            yield Breach("a record is a canonical CloudEvent", f"{message.place}: {fault}")
            continue
        for rule in one_message(message, event, keys):
            yield Breach(rule, str(message.place))
        if event.keys() >= MUST:
            if first.setdefault(event["id"], message.value) != message.value:
                yield Breach("one id has one content", str(message.place))
            versions.setdefault(event["streamid"], set()).add(event["streamversion"])
    for stream, held in versions.items():
        if held != set(range(1, len(held) + 1)):
            yield Breach("a stream has no gap", f"{stream}: {sorted(held)[-1]} in {len(held)}")


def one_message(message: Message, event: dict[str, Any], keys: dict[str, bytes]) -> Iterator[str]:
    service = message.topic.removesuffix(SUFFIX)
    faults = wrongs(event, service)
    yield from (f"an event is of its form: {fault}" for fault in faults)
    if not event.keys() >= MUST:
        return
    if len(message.value) > WHOLE_EVENT:
        yield "an event has at most 60,000 bytes"
    if message.key is None or message.key != str(event["subject"]).encode():
        yield "the key is the subject"
    headers = dict(message.headers)
    if (headers.get("content-type") or b"").split(b";")[0] != b"application/cloudevents+json":
        yield "a record says that it is a CloudEvent"
    for name in ("type", "id", "source", "time", "subject"):
        if headers.get(f"ce_{name}") != str(event[name]).encode():
            yield f"header ce_{name} repeats the event"
    if "traceparent" not in headers:
        yield "a record has a traceparent"
    if flag := signature_flag(headers.get("signature"), message.value, service, keys):
        yield f"a record's signature holds: {flag}"


# Both


def as_sealed(raw: bytes | None) -> object:
    """How an envelope writes a key or a header."""
    try:
        return raw if raw is None else raw.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw or b"").decode()}


def look_at_both(messages: list[Message], ledger: Ledger) -> Iterator[Breach]:
    """That the newest incarnation of each topic is in the ledger, byte for byte, and nothing else is."""
    newest: dict[str, int] = {}
    for incarnation, topic, *_ in ledger.at:
        newest[topic] = max(incarnation, newest.get(topic, 0))
    sealed = {place[1:]: seq for place, seq in ledger.at.items() if place[0] == newest[place[1]]}
    there = {message.place: message for message in messages}
    for place in there.keys() - sealed.keys():
        yield Breach("every message is sealed", str(place))
    for place in sealed.keys() - there.keys():
        yield Breach("every sealed message was on its topic", str(place))
    for place in there.keys() & sealed.keys():
        message, (head, _, body) = there[place], ledger.leaves[sealed[place]].partition(b"\n")
        envelope = json.loads(head)
        same = sha(message.value).hex() == envelope["sha256"] if "sha256" in envelope else message.value == body
        if not same:
            yield Breach("the sealed bytes are the message's", str(place))
        if envelope["key"] != as_sealed(message.key):
            yield Breach("the sealed key is the message's", str(place))
        if envelope["headers"] != [[name, as_sealed(value)] for name, value in message.headers]:
            yield Breach("the sealed headers are the message's", str(place))


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--ledger", required=True, help="folder or address of the published ledger")
    options.add_argument("--kafka", help="bootstrap servers; without them the ledger is looked at alone")
    options.add_argument("--wait", type=float, default=30, help="seconds that the ledger may lag behind the topics")
    given = options.parse_args()
    patient_until = time.monotonic() + given.wait
    breaches: list[Breach] = []
    try:
        messages = asyncio.run(messages_of(given.kafka)) if given.kafka else []
        while True:
            ledger = Ledger(source_of(given.ledger))
            breaches.clear()
            breaches.extend(look_at_ledger(ledger))  # one by one: what was found outlasts a file that is missing
            late = {m.place for m in messages} - {place[1:] for place in ledger.at}
            if not late or time.monotonic() > patient_until:
                break
            time.sleep(1)
    except (OSError, ValueError) as fault:
        print(f"could not look further: {type(fault).__name__}: {fault}")
        return report(breaches) or 2
    if given.kafka:
        breaches += [*look_at_topics(messages, ledger.keys), *look_at_both(messages, ledger)]
        print(f"topics: {dict(Counter(message.topic for message in messages))}")
    print(
        f"ledger: {ledger.origin}, {ledger.size} records, {ledger.tiles} tiles, {len(ledger.keys)} keys, {dict(ledger.flags)}"
    )
    status = report(breaches)
    print("no breach" if status == 0 else f"{len(breaches)} breaches")
    return status


def report(breaches: list[Breach]) -> int:
    for rule, times in Counter(breach.rule for breach in breaches).items():
        print(f"BROKEN {rule}: {times}")
        for breach in itertools.islice((b for b in breaches if b.rule == rule), SHOWN):
            print(f"    {breach.where}")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
