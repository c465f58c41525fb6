"""The records of the ledger, one after the other: each in its place, chained, and with the flags that it deserves."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from outsider.events import SUFFIX, Breach, is_instant, signature_flag, strictly, wrongs
from outsider.published import Ledger, sha

ENVELOPE = {"v", "seq", "prev", "epoch", "ingested", "incarnation", "topic", "partition", "offset", "key", "headers"} | {
    "flags", "event", "stream", "stream_version", "prev_stream",
}  # fmt: skip
WHOLE_LEAF = 65_535


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
