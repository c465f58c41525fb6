"""What an event and its signature must be, wherever they are found."""

import base64
import json
import re
import uuid
from collections import Counter
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

SUFFIX = ".events.v1"
MUST = {
    *("specversion", "id", "source", "type", "subject", "time"),
    *("streamid", "streamversion", "correlationid", "actor", "data"),
}
MAY = {"datacontenttype", "dataschema", "causationid"}
WHOLE_EVENT = 60_000


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
