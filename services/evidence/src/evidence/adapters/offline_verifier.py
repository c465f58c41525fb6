"""The offline verifier: one file, Python's standard library only, for whoever must judge a ledger without trusting us.

    python3 offline_verifier.py WHERE [--vkey KEY] [--witness KEY ...] [--root FILE ...] [--jobs N] [--json]

WHERE is a folder or a ZIP. It holds either a whole ledger (`checkpoint`, `vkey`, `tile/...` as C2SP tlog-tiles says), or
an excerpt: `vkey` and, for each record, NAME.leaf with NAME.tlog-proof (C2SP tlog-proof), in any folder inside; or a
dossier, which is an excerpt with `manifest.json` and what its `format.md` describes.

For each layer it says "holds", "broken: where", or "not checked: why". It never says more than it has looked at:

    checkpoint   the ledger's key signed the size and the root (Ed25519, RFC 8032)
    witnesses    others signed the same checkpoint, each with the time at which they saw it (C2SP tlog-cosignature)
    tree         the records are those under that root (RFC 6962)
    chain        each record names the hash of the one before it: nothing was put in, taken out or moved
    streams      each record names the hash of its stream's last one, and versions have no gap: nothing was left out
    flags        what the ledger says about a record's own faults is the truth
    signatures   the service that said it signed it, with a key that the ledger registered earlier

and for a dossier:

    manifest     every file is the one that is listed; none is missing, none is strange
    stamps       authorities of time signed the checkpoint (RFC 3161; by `openssl`, under the roots that --root gives)
    openings     the opened fields are what was sealed: salt and value give the commitment in the proven record
    custody      the custody log says what the records say, and the documents are those that were filed
    report       the report is signed as a whole (by `openssl`, likewise), and attaches the very list of files that is here

It exits with 0 if nothing is broken and every layer was looked at, 1 if something is broken, 2 if nothing is broken but
not all could be looked at. What `vkey` beside the ledger says is only as good as where it came from: compare it with
the key that was printed, published or handed over elsewhere, or give that one with --vkey.
"""

import argparse
import base64
import binascii
import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import uuid
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LAYERS = ("checkpoint", "witnesses", "tree", "chain", "streams", "flags", "signatures")
IN_DOSSIER = ("manifest", "stamps", "openings", "custody", "report")
FILED, OPENED = ("filings", "DocumentFiled"), ("openings", "FieldOpened")
CUSTODY = (FILED, OPENED, ("requests", "DossierRequested"), ("hand_overs", "DossierHandedOver"))
REPORT, MANIFEST, EXHIBITS, SM2 = "报告.pdf", "manifest.json", "exhibits.json", "exhibits.sm2"
PER_TILE = 256
LARGEST_INTEGER = 2**53 - 1
Point = tuple[int, int, int, int]
Read = Callable[[str], bytes]
Keys = dict[str, tuple[int, bytes]]
Json = dict[str, Any]
Names = Sequence[str]
Asked = argparse.Namespace  # what the one who looks has asked for: witnesses, roots (PEM), jobs, with_signatures
REGISTERED = "evidence.ServiceKeyRegistered.v1"


class Unreadable(Exception):
    """A file that is not there, or is not in the form that it should have."""


# Ed25519, as RFC 8032 section 5.1 says. A point is (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)


def add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def double(p: Point) -> Point:
    a, b, c = p[0] * p[0] % P, p[1] * p[1] % P, 2 * p[2] * p[2] % P
    h = a + b
    e, g = h - (p[0] + p[1]) ** 2 % P, a - b
    f = c + g
    return e * f % P, g * h % P, f * g % P, e * h % P


def decompress(raw: bytes) -> Point | None:
    """The point that 32 bytes stand for; None if they stand for none, or are not its only way to be written."""
    y, odd = int.from_bytes(raw, "little") & (1 << 255) - 1, raw[31] >> 7
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P != u:
        x = x * ROOT_OF_MINUS_ONE % P
    if v * x * x % P != u or (x == 0 and odd):
        return None
    x = P - x if x & 1 != odd else x
    return x, y, 1, x * y % P


def compress(p: Point) -> bytes:
    inverse = pow(p[2], P - 2, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE: Point = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or NEUTRAL


def multiples(point: Point) -> list[Point]:
    """0 to 15 times a point."""
    found = [NEUTRAL, point]
    while len(found) < 16:
        found.append(add(found[-1], point))
    return found


OF_BASE = multiples(BASE)


def signature_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature (64 bytes) over a message holds under a public key (32 bytes)."""
    if len(public) != 32 or len(signature) != 64 or (key := decompress(public)) is None:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    of_key = multiples((P - key[0], key[1], 1, P - key[3]))
    sum_ = NEUTRAL  # becomes s times the base point, less h times the key: four bits of both at a time
    for shift in range(252, -1, -4):
        sum_ = double(double(double(double(sum_))))
        sum_ = add(add(sum_, OF_BASE[s >> shift & 15]), of_key[h >> shift & 15])
    return compress(sum_) == signature[:32]


# The tree, as RFC 6962 section 2 and RFC 9162 section 2.1.3.2 say


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def leaf_hash(leaf: bytes) -> bytes:
    return sha(b"\0", leaf)


def root_of(hashes: list[bytes]) -> bytes:
    if not hashes:
        return sha()
    row = hashes
    while len(row) > 1:
        pairs = [sha(b"\1", row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)]
        row = pairs + row[len(pairs) * 2 :]
    return row[0]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof leads from this leaf hash at this index to the root of a tree of this size."""
    at, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = sha(b"\1", step, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = sha(b"\1", found, step)
        at, last = at >> 1, last >> 1
    return len(leaf) == 32 and index < size and last == 0 and found == root


# Notes: a text and signatures under it, as C2SP signed-note, tlog-checkpoint and tlog-cosignature say


def unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable(f"{text[:60]!r} is not base64") from None


@dataclass(frozen=True)
class Key:
    """A name and the Ed25519 key that signs under it; `kind` is 1 for a ledger and 4 for a witness."""

    name: str
    hint: bytes
    kind: int
    public: bytes


def key_of(text: str) -> Key:
    name, hint, encoded = [*text.strip().split("+", 2), "", ""][:3]
    raw = unbase64(encoded)
    if len(raw) != 33 or raw[0] not in (1, 4) or sha(name.encode(), b"\n", raw)[:4].hex() != hint:
        raise Unreadable(f"{text.strip()!r} is no key of a ledger or witness")
    return Key(name, bytes.fromhex(hint), raw[0], raw[1:])


@dataclass(frozen=True)
class Note:
    """A checkpoint and who signed it: (name, key hint, signature)."""

    text: str
    origin: str
    size: int
    root: bytes
    signatures: tuple[tuple[str, bytes, bytes], ...]

    def signed_by(self, key: Key) -> int | None:
        """When this key signed, in seconds since 1970 (0 for a ledger, which says no time); None if it did not."""
        for name, hint, value in self.signatures:
            if (name, hint) != (key.name, key.hint):
                continue
            if key.kind == 1 and signature_holds(key.public, self.text.encode(), value):
                return 0
            seen = int.from_bytes(value[:8], "big")
            said = f"cosignature/v1\ntime {seen}\n{self.text}".encode()
            if key.kind == 4 and signature_holds(key.public, said, value[8:]):
                return seen
        return None


def note_of(raw: bytes) -> Note:
    text, _, below = raw.decode().rpartition("\n\n")
    lines = text.split("\n")
    if len(lines) < 3 or not lines[1].isdecimal():
        raise Unreadable("a checkpoint has an origin, a size and a root")
    signatures: list[tuple[str, bytes, bytes]] = []
    for line in below.splitlines():
        dash, name, blob = [*line.split(" "), "", ""][:3]
        if dash != "\u2014":
            raise Unreadable(f"{line[:60]!r} is no signature of a note")
        signatures.append((name, unbase64(blob)[:4], unbase64(blob)[4:]))
    return Note(text + "\n", lines[0], int(lines[1]), unbase64(lines[2]), tuple(signatures))


# One record: a leaf is an envelope in one line, and the event's bytes as they were sent in the next


def whole(digits: str) -> int:
    if abs(int(digits)) > LARGEST_INTEGER:
        raise ValueError("an integer that does not fit")
    return int(digits)


def refuse(_: str) -> None:
    raise ValueError("a float")


DECODER = json.JSONDecoder(parse_int=whole, parse_float=refuse, parse_constant=refuse)
ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False, sort_keys=True, separators=(",", ":"))


def strictly(raw: bytes) -> dict[str, Any]:
    """The JSON object in these bytes; ValueError unless they are its one canonical form (sorted, without floats)."""
    try:
        read: object = DECODER.decode(raw.decode())
        again = ENCODER.encode(read).encode()
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if again != raw or not isinstance(read, dict):
        raise ValueError("not in canonical form")
    return {**read}


NAMES = {"id", "source", "type", "subject", "actor", "streamid", "streamversion", "correlationid"}
MUST = NAMES | {"specversion", "time", "data"}
MAY = {"datacontenttype", "dataschema", "causationid"}
TEXTS = MUST - {"streamversion", "data"} | MAY
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
TYPE = re.compile(r"([a-z][a-z-]*)\.[A-Z][A-Za-z0-9]*\.v[1-9][0-9]*", re.ASCII)


def event_in(body: bytes, service: str) -> dict[str, Any] | None:
    """The event in these bytes; None if they are no canonical CloudEvent that this service may say."""
    try:
        event = strictly(body)
        if not (event.keys() >= MUST and event.keys() <= MUST | MAY):
            return None
        if not all(isinstance(event[name], str) for name in TEXTS & event.keys()):
            return None
        version = event["streamversion"]
        holds = (
            event["specversion"] == "1.0"
            and event["source"] == f"urn:qizheng:{service}"
            and (named := TYPE.fullmatch(event["type"]))
            and named[1] == service
            and INSTANT.fullmatch(event["time"])
            and re.match(r"(user|service):.", event["actor"])
            and type(version) is int
            and version >= 1
            and event["id"] == str(uuid.uuid5(uuid.UUID(event["streamid"]), str(version)))
        )
    except ValueError:
        return None
    return event if holds else None


@dataclass
class Record:
    """A leaf, read: its hash, its envelope, its event (None if it is none), and the signature that it came with."""

    hash: bytes
    size: int
    envelope: dict[str, Any]
    body: bytes
    event: dict[str, Any] | None
    signature: str | None

    @property
    def service(self) -> str:
        return str(self.envelope["topic"]).removesuffix(".events.v1")


def record_of(leaf: bytes) -> Record:
    """A leaf, read. Raises Unreadable where it is no record."""
    head, _, body = leaf.partition(b"\n")
    try:
        envelope = strictly(head)
        signatures = [value for name, value in envelope["headers"] if name == "signature"]
        flags, topic = envelope["flags"], envelope["topic"]
    except (ValueError, KeyError, TypeError) as fault:
        raise Unreadable(f"an envelope that is none ({fault})") from None
    if not isinstance(flags, list) or not isinstance(topic, str) or not isinstance(envelope.get("seq"), int):
        raise Unreadable("an envelope that is none")
    event = None if "oversize" in flags else event_in(body, topic.removesuffix(".events.v1"))
    signature = signatures[0] if signatures and isinstance(signatures[0], str) else None
    return Record(leaf_hash(leaf), len(leaf), envelope, body, event, signature)


def judged(record: Record, keys: dict[str, bytes]) -> str | None:
    """What is wrong with a record's signature under these keys: a flag, or None."""
    if not record.signature:
        return "unsigned"
    name, _, value = record.signature.partition(" ")
    if name.partition("/")[0] != record.service or " " in value:
        return "bad-signature"
    if name not in keys:
        return "unknown-key"
    try:
        return None if signature_holds(keys[name], record.body, unbase64(value)) else "bad-signature"
    except Unreadable:
        return "bad-signature"


# What was found

Found = list[tuple[int, str, Record]]
"""Single records, each with its place in the ledger and the name of its file."""


@dataclass
class Report:
    """By layer: what is broken, how much was looked at, and why something was not."""

    layers: tuple[str, ...] = LAYERS
    broken: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    looked: dict[str, str] = field(default_factory=dict[str, str])
    unchecked: dict[str, str] = field(default_factory=dict[str, str])

    def holds(self, layer: str, what: str) -> None:
        self.looked[layer] = what

    def breaks(self, layer: str, where: str) -> None:
        self.broken.setdefault(layer, []).append(where)

    def skip(self, layer: str, why: str) -> None:
        self.unchecked[layer] = why

    def said(self, layer: str) -> str:
        if where := self.broken.get(layer):
            return f"broken: {where[0]}" + (f", and {len(where) - 1} more" if len(where) > 1 else "")
        if layer in self.looked and layer not in self.unchecked:
            return f"holds: {self.looked[layer]}"
        return f"not checked: {self.unchecked.get(layer, 'what it needs could not be read')}"

    @property
    def status(self) -> int:
        if self.broken:
            return 1
        return 0 if all(self.said(layer).startswith("holds") for layer in self.layers) else 2


# Looking


def files_in(where: Path) -> tuple[list[str], Read]:
    """How to read the files of a folder or ZIP, and their names."""
    if where.is_dir():
        names = sorted(str(path.relative_to(where)) for path in where.rglob("*") if path.is_file())
        return names, lambda name: (where / name).read_bytes()
    try:
        archive = zipfile.ZipFile(where)
    except (OSError, zipfile.BadZipFile) as fault:
        raise Unreadable(f"{where} is neither a folder nor a ZIP ({fault})") from None

    def read(name: str) -> bytes:
        try:
            return archive.read(name)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as fault:
            raise Unreadable(f"{name} cannot be read ({fault})") from None

    return sorted(archive.namelist()), read


def look(where: Path, vkey: str | None, given: Asked) -> Report:
    """Everything that can be said about what lies there."""
    report = Report()
    names, read = files_in(where)
    there = frozenset(names)

    def fetch(name: str) -> bytes:
        if name not in there:
            raise Unreadable(f"{name} is missing")
        return read(name)

    try:
        key = key_of(vkey or fetch("vkey").decode())
    except (Unreadable, UnicodeDecodeError) as fault:
        report.breaks("checkpoint", str(fault))
        return report
    if MANIFEST in names:
        report.layers += IN_DOSSIER
        look_at_dossier(report, names, fetch, key, given)
    elif "checkpoint" in names:
        look_at_ledger(report, fetch, key, given.witnesses, given.jobs, given.with_signatures)
    else:
        look_at_excerpt(report, names, fetch, key, given)
    return report


def look_at_note(report: Report, note: Note, key: Key, witnesses: Sequence[Key]) -> None:
    """The signatures of the ledger and of its witnesses under a checkpoint."""
    if note.origin != key.name:
        report.breaks("checkpoint", f"it is of {note.origin}, but the key is of {key.name}")
    elif note.signed_by(key) is None:
        report.breaks("checkpoint", f"{key.name} did not sign it")
    else:
        report.holds("checkpoint", f"{note.size} records, signed by {key.name} ({key.hint.hex()})")
    seen = {witness.name: note.signed_by(witness) for witness in witnesses}
    for name, when in seen.items():
        if when is None:
            report.breaks("witnesses", f"{name} did not sign this checkpoint")
    if not witnesses:
        report.skip("witnesses", "no witness's key was given")
    elif None not in seen.values():
        report.holds("witnesses", ", ".join(f"{name} saw it at {when} s" for name, when in seen.items()))


def look_at_ledger(
    report: Report, fetch: Read, key: Key, witnesses: Sequence[Key], jobs: int, with_signatures: bool
) -> None:
    """A whole ledger: every record, in order."""
    try:
        note = note_of(fetch("checkpoint"))
        bundles = [leaves_in(fetch, number, note.size) for number in range(-(-note.size // PER_TILE))]
    except (Unreadable, UnicodeDecodeError) as fault:
        report.breaks("checkpoint" if "checkpoint" in str(fault) else "tree", str(fault))
        return
    look_at_note(report, note, key, witnesses)
    with ProcessPoolExecutor(jobs) as pool:
        bodies = [with_signatures] * len(bundles)
        records = [record for found in pool.map(read_all, bundles, bodies, chunksize=8) for record in found]
        if root_of([found.hash for found in records]) != note.root:
            report.breaks("tree", f"the {len(records)} records have another root than the checkpoint says")
        else:
            report.holds("tree", f"{len(records)} records under the root {note.root.hex()}")
        faults: list[str | None] = []
        if with_signatures:
            keys = registered_in(records)
            parts = [records[i : i + PER_TILE] for i in range(0, len(records), PER_TILE)]
            faults = [fault for found in pool.map(judge_all, parts, [keys] * len(parts)) for fault in found]
    look_at_links(report, records)
    look_at_flags(report, records, faults)
    look_at_signatures(report, records, faults, with_signatures)


def leaves_in(fetch: Read, number: int, size: int) -> list[bytes]:
    width = min(PER_TILE, size - number * PER_TILE)
    groups = [f"{number % 1000:03d}"]
    rest = number
    while rest := rest // 1000:
        groups.insert(0, f"x{rest % 1000:03d}")
    name = "/".join(["tile", "entries", *groups])
    try:
        data = fetch(name)
    except Unreadable:
        data = fetch(name if width == PER_TILE else f"{name}.p/{width}")
    leaves: list[bytes] = []
    at = 0
    while len(leaves) < width and at + 2 <= len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        leaves.append(data[at + 2 : end])
        at = end
    if len(leaves) < width or at > len(data):
        raise Unreadable(f"{name} breaks off")
    return leaves


def read_all(leaves: Sequence[bytes], with_bodies: bool) -> list[Record]:
    """Leaves, read; of each only what the walk needs, for it goes from one process to another."""
    found: list[Record] = []
    for leaf in leaves:
        try:
            record = record_of(leaf)
        except Unreadable as fault:
            found.append(Record(leaf_hash(leaf), len(leaf), {"fault": str(fault)}, b"", None, None))
            continue
        record.envelope = {name: record.envelope.get(name) for name in IN_WALK}
        if record.event and record.event["type"] != REGISTERED:
            record.event = {name: record.event[name] for name in IN_STREAM}
        if not with_bodies:
            record.body, record.signature = b"", None
        found.append(record)
    return found


IN_WALK = ("seq", "prev", "prev_stream", "flags", "topic")
IN_STREAM = ("id", "streamid", "streamversion", "type")


def registered_in(records: Sequence[Record]) -> Keys:
    """The keys of the services, by their id, each with the place from which on it counts."""
    keys: Keys = {}
    for place, record in enumerate(records):
        if record.event and record.event["type"] == REGISTERED:
            try:
                data = record.event["data"]
                public = unbase64(data["public_key"])
                keys.setdefault(f"{data['service']}/{sha(public)[:4].hex()}", (place, public))
            except (Unreadable, KeyError, TypeError):
                continue
    return keys


def judge_all(records: Sequence[Record], keys: Keys) -> list[str | None]:
    """The signature's flag of each record."""
    found: list[str | None] = []
    for record in records:
        if "fault" in record.envelope or "oversize" in record.envelope["flags"]:
            found.append(None)
            continue
        place = record.envelope["seq"]
        known = {name: public for name, (since, public) in keys.items() if since <= place}
        found.append(judged(record, known))
    return found


def look_at_links(report: Report, records: Sequence[Record]) -> None:
    """That each record stands in its place, and names the one before it, in the ledger and in its stream."""
    previous: str | None = None
    ends: dict[str, tuple[str, int]] = {}
    for place, record in enumerate(records):
        envelope = record.envelope
        if "fault" in envelope:
            report.breaks("chain", f"record {place}: {envelope['fault']}")
        elif (envelope.get("seq"), envelope.get("prev")) != (place, previous):
            report.breaks(
                "chain", f"record {place} says that it is {envelope.get('seq')} and follows {envelope.get('prev')}"
            )
        end = ends.get(record.event["streamid"], (None, 0)) if record.event else (None, 0)
        if envelope.get("prev_stream") != end[0]:
            report.breaks(
                "streams", f"record {place} follows {envelope.get('prev_stream')} in its stream, not {end[0]}"
            )
        if record.event:
            ends[record.event["streamid"]] = record.hash.hex(), max(end[1], record.event["streamversion"])
        previous = record.hash.hex()
    report.holds("chain", f"{len(records)} records, each naming the one before")
    report.holds("streams", f"{len(ends)} streams, each without a gap but those that are flagged")


def look_at_flags(report: Report, records: Sequence[Record], faults: Sequence[str | None]) -> None:
    """That each record carries just the flags that it deserves; those about signatures only if these were checked."""
    known = ("unsigned", "bad-signature", "unknown-key")
    ids: set[str] = set()
    tops: dict[str, int] = {}
    for place, record in enumerate(records):
        if "fault" in record.envelope or "oversize" in record.envelope["flags"]:
            continue
        said = [flag for flag in record.envelope["flags"] if faults or flag not in known]
        event, fault = record.event, faults[place] if faults else None
        truth = [fault] if fault else []
        if event is None:
            truth.append("not-an-event")
        elif event["id"] in ids:
            truth.append("duplicate")
        elif event["streamversion"] != tops.get(event["streamid"], 0) + 1:
            truth.append("out-of-order")
        if said != sorted(truth):
            report.breaks("flags", f"record {place} says {said}, is {sorted(truth)}")
        if event:
            ids.add(event["id"])
            tops[event["streamid"]] = max(tops.get(event["streamid"], 0), event["streamversion"])
    flagged = sum(1 for record in records if record.envelope.get("flags"))
    report.holds("flags", f"{flagged} records are flagged, each with what is true of it")


def look_at_signatures(
    report: Report, records: Sequence[Record], faults: Sequence[str | None], with_signatures: bool
) -> None:
    """Signatures that fail are recorded by the ledger as such, so only one that it calls good is a break."""
    if not with_signatures:
        report.skip("signatures", "it was asked not to")
        return
    for place, (record, fault) in enumerate(zip(records, faults, strict=True)):
        if fault and fault not in record.envelope.get("flags", ()):
            report.breaks("signatures", f"record {place} of {record.service}: {fault}")
    report.holds("signatures", f"{sum(fault is None for fault in faults)} of {len(records)} records")


# An excerpt: single records, each with its own proof


def look_at_excerpt(
    report: Report, names: Names, read: Read, key: Key, given: Asked, streams: Any = None, note: Note | None = None
) -> list[Record]:
    """Records with their proofs. That none is left out can be said of a stream only as far as its links reach, or as far
    as the list `streams` says where it ends. A `note` is the checkpoint that all proofs must be under.
    """
    if not (leaves := [name for name in names if name.endswith(".leaf")]):
        report.breaks("tree", "there is neither a checkpoint nor a record here")
        return []
    records: Found = []
    notes: dict[str, Note] = {note.text: note} if note else {}
    for name in leaves:
        try:
            record, index, under = proven(read(name), read, name.removesuffix(".leaf") + ".tlog-proof", names)
        except (Unreadable, UnicodeDecodeError) as fault:
            report.breaks("tree", f"{name}: {fault}")
            continue
        records.append((index, name, record))
        if note and under.text not in notes:
            report.breaks("tree", f"{name}: its proof is under another checkpoint")
        notes.setdefault(under.text, under)
    for each in notes.values():
        look_at_note(report, each, key, given.witnesses)
    report.holds("tree", f"{len(records)} records, each proven to be in the tree of its checkpoint")
    report.skip("chain", "these are single records, not the whole ledger")
    records.sort(key=lambda found: found[0])
    look_at_streams_of(report, records, streams)
    report.skip("flags", "these are single records, not the whole ledger")
    if given.with_signatures:
        look_at_excerpts_signatures(report, records)
    else:
        report.skip("signatures", "it was asked not to")
    return [record for *_, record in records]


def proven(leaf: bytes, read: Read, proof_name: str, names: Sequence[str]) -> tuple[Record, int, Note]:
    """A record, its index, and the checkpoint under which its proof puts it."""
    if proof_name not in names:
        raise Unreadable(f"{proof_name} is missing")
    head, _, below = read(proof_name).decode().partition("\n\n")
    first, *lines = [line for line in head.split("\n") if not line.startswith("extra ")]
    if first != "c2sp.org/tlog-proof@v1" or not lines or not re.fullmatch(r"index [0-9]{1,18}", lines[0], re.ASCII):
        raise Unreadable(f"{proof_name} is no tlog-proof")
    index, note = int(lines[0].removeprefix("index ")), note_of(below.encode())
    record = record_of(leaf)
    if not is_included(record.hash, index, note.size, [unbase64(line) for line in lines[1:]], note.root):
        raise Unreadable("its proof does not lead to the root of the checkpoint")
    if record.envelope.get("seq") != index:
        raise Unreadable(f"it says that it is record {record.envelope.get('seq')}, but stands at {index}")
    return record, index, note


def look_at_streams_of(report: Report, records: Found, listed: Json | None) -> None:
    """That of each stream, from its first version to the last one here, every record is here: just as it is listed."""
    here: dict[str, dict[str, Any]] = {}
    breaks = report.skip if listed is None else report.breaks
    for _, name, record in records:
        if record.event is None:
            continue
        stream, version = record.event["streamid"], record.event["streamversion"]
        before = record.envelope["prev_stream"]
        first = before if listed else None  # one that is listed as shown in part begins where it begins
        at = here.setdefault(stream, {"first": version, "records": 0, "head": first, "whole": before is None})
        if before != at["head"]:
            breaks("streams", f"{name}: the record before version {version} of its stream is not here")
        at.update(records=at["records"] + 1, last=version, head=record.hash.hex())
    for stream in sorted(here.keys() ^ here.keys() if listed is None else here.keys() | listed.keys()):
        if listed and here.get(stream) != listed.get(stream):
            report.breaks("streams", f"{stream} is listed as {listed.get(stream)}, and here is {here.get(stream)}")
    whole = sum(bool(each["whole"]) for each in here.values())
    said = f"{whole} streams, each complete from its first record to the last one {'listed' if listed else 'here'}"
    report.holds("streams", said + (f"; {len(here) - whole} are shown in part" if whole < len(here) else ""))


def look_at_excerpts_signatures(report: Report, records: Found) -> None:
    keys = {
        name: (records[place][0], public) for name, (place, public) in registered_in([r for *_, r in records]).items()
    }
    missing = 0
    for (_, name, record), fault in zip(records, judge_all([r for *_, r in records], keys), strict=True):
        if fault == "unknown-key":
            missing += 1
        elif fault and fault not in record.envelope["flags"]:
            report.breaks("signatures", f"{name}: {fault}")
    if missing:
        report.skip("signatures", f"of {missing} records the registration of the key is not among them")
    report.holds("signatures", f"{len(records)} records")


# A dossier: an excerpt with a report, time stamps, opened fields, documents, and a list of all of it


def look_at_dossier(report: Report, names: Names, fetch: Read, key: Key, given: Asked) -> None:
    try:
        manifest, exhibits, note = strictly(fetch(MANIFEST)), strictly(fetch(EXHIBITS)), note_of(fetch("checkpoint"))
        listed, streams, case = (
            {str(file["name"]): file for file in manifest["files"]},
            exhibits["streams"],
            manifest["case"],
        )
    except (Unreadable, ValueError, KeyError, TypeError) as fault:
        report.breaks("manifest", f"{MANIFEST}, {EXHIBITS} or checkpoint is not what it should be ({fault})")
        return
    records = look_at_excerpt(report, names, fetch, key, given, streams, note)
    events: Json = {record.event["id"]: record.event for record in records if record.event}
    looks: dict[str, Callable[[], None]] = {
        "manifest": lambda: look_at_files(report, names, fetch, listed, exhibits),
        "stamps": lambda: look_at_stamps(report, names, fetch, given.roots),
        "openings": lambda: look_at_openings(report, strictly(fetch("openings.json"))["openings"], events),
        "custody": lambda: look_at_custody(report, fetch, case, events),
        "report": lambda: look_at_report(report, fetch, given.roots),
    }
    for layer, look_at in looks.items():
        try:
            look_at()
        except (Unreadable, ValueError, KeyError, TypeError, IndexError, AttributeError) as fault:
            report.breaks(layer, f"something is not in the form that it should have ({fault})")


def look_at_files(report: Report, names: Names, fetch: Read, listed: Json, exhibits: Json) -> None:
    """Every file against the list; and that list against the one that the report attaches."""
    here, hashes = set(names) - {MANIFEST}, {"sha256", "sm3"} & hashlib.algorithms_available
    for name in sorted(listed.keys() ^ here):
        report.breaks("manifest", f"{name} is {'listed and not here' if name in listed else 'here and not listed'}")
    if len(set(names)) < len(names):
        report.breaks("manifest", "a name stands twice in the ZIP")
    for name in sorted(listed.keys() & here):
        data, said = fetch(name), listed[name]
        if len(data) != said["length"] or any(hashlib.new(kind, data).hexdigest() != said[kind] for kind in hashes):
            report.breaks("manifest", f"{name} is not the file that is listed")
    if exhibits["files"] != [file for name, file in listed.items() if name not in (REPORT, EXHIBITS, SM2)]:
        report.breaks("manifest", f"{EXHIBITS} lists other files")
    report.holds("manifest", f"{len(listed)} files, each as it is listed by {' and '.join(sorted(hashes))}")


def der(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The elements that stand in these bytes one after the other (X.690): content, and the whole with its head."""
    at = 0
    while at < len(data):
        begin, length, at = at, data[at + 1], at + 2
        if length & 0x80:
            width = length & 0x7F
            length, at = int.from_bytes(data[at : at + width], "big"), at + width
        yield data[at : at + length], data[begin : at + length]
        at += length


def inside(data: bytes, *way: int) -> bytes:
    """The content of the element that this way leads to, each step the number of an element in the one before."""
    for step in way:
        data = [content for content, _ in der(data)][step]
    return data


def ask_openssl(report: Report, layer: str, roots: bytes, *words: str, **files: bytes) -> None:
    """What openssl finds of a signature. Without a root it holds or does not, and nobody knows whose it is."""
    if not shutil.which("openssl"):
        report.skip(layer, "there is no openssl here to check the signature")
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, data in {**files, "roots": roots}.items():
            (Path(folder) / name).write_bytes(data)
        ran = subprocess.run(["openssl", *words], cwd=folder, capture_output=True)
    if ran.returncode:
        report.breaks(layer, f"openssl says: {[*ran.stderr.decode(errors='replace').split(chr(10)), ''][0]}")
    elif not roots:
        report.skip(layer, "the signature holds, but no --root was given that says whose it is")


def look_at_stamps(report: Report, names: Names, fetch: Read, roots: bytes) -> None:
    """Each time stamp: that it is over the checkpoint beside it, and signed."""
    when: list[str] = []
    for name in [name[:-4] for name in names if name.endswith(".tsr")]:
        token, note, held = fetch(f"{name}.tsr"), fetch(f"{name}.note"), fetch(f"{name}.pem")
        info = inside(token, 0, 1, 1, 0, 2, 1, 0, 0)  # TSTInfo (RFC 3161 2.4.2) in SignedData in the answer
        if inside(info, 2, 1) != sha(note):
            report.breaks("stamps", f"{name}.tsr is not over {name}.note")
        when.append(f"{note_of(note).size} records at {inside(info, 4).decode()}")
        words = ("ts", "-verify", "-data", "note", "-in", "token", "-CAfile", "roots", "-untrusted", "held")
        if not roots:
            words = ("cms", "-verify", "-noverify", "-inform", "DER", "-in", "cms", "-out", "none")
        cms = [whole for _, whole in der(inside(token, 0))][1]
        ask_openssl(report, "stamps", roots, *words, token=token, note=note, held=held, cms=cms)
    if not when:
        report.skip("stamps", "there are none")
    report.holds("stamps", f"{', '.join(when)}, signed under the roots that were given")


def look_at_openings(report: Report, openings: list[Json], events: Json) -> None:
    """That what is shown is what was sealed."""
    for shown in openings:
        at, event = f"{shown['field']} of {shown['event']}", events.get(shown["event"])
        if event is None or event["data"][shown["field"]]["commitment"] != shown["commitment"]:
            report.breaks("openings", f"{at}: no record here has that commitment")
        elif shown["value"] is None:
            report.skip("openings", f"{at} is not shown: {shown['why']}")
        elif sha(bytes.fromhex(shown["salt"]), shown["value"].encode()).hex() != shown["commitment"]:
            report.breaks("openings", f"{at} is not what was sealed")
    report.holds("openings", f"{len(openings)} fields")


def look_at_custody(report: Report, fetch: Read, case: str | None, events: Json) -> None:
    """That the custody log tells just what the records tell, and that the documents are those that were filed."""
    log = strictly(fetch("custody.json"))
    for part, kind in CUSTODY:
        those = [event for event in events.values() if event["type"] == f"evidence.{kind}.v1"]
        recorded = {event["id"]: event["data"] for event in those if event["data"].get("case") == case}
        for name in sorted(recorded.keys() ^ {entry["id"] for entry in log[part]}):
            report.breaks("custody", f"{part}: {name} is not in both the log and the records")
        for entry in log[part]:
            data = recorded.get(entry["id"], {})
            if any(entry.get(name) != said for name, said in data.items() if name not in ("case", "name")):
                report.breaks("custody", f"{part}: {entry['id']} is told otherwise than it is recorded")
            if part == "filings" and entry["file"] is None:
                report.skip("custody", f"the document {entry['sha256']} is not here: {entry['why']}")
            elif part == "filings" and sha(fetch(entry["file"])).hex() != data.get("sha256"):
                report.breaks("custody", f"{entry['file']} is not the document that was filed")
    report.holds("custody", ", ".join(f"{len(log[part])} {part}" for part, _ in CUSTODY))


def look_at_report(report: Report, fetch: Read, roots: bytes) -> None:
    """That one signature covers the whole report, and that it attaches the list of files that is here."""
    pdf = fetch(REPORT)
    ranges = re.findall(rb"/ByteRange ?\[ ?(\d+) (\d+) (\d+) (\d+) ?\]", pdf)
    start, first, second, rest = [int(number) for number in ranges[-1]] if ranges else (0, 0, 0, 0)
    if len(ranges) != 1 or start != 0 or not first < second or second + rest != len(pdf):
        report.breaks("report", "there is not one signature over the whole of it")
    elif fetch(EXHIBITS) not in streams_of(pdf[:first]):
        report.breaks("report", f"{EXHIBITS} is not the list that it attaches")
    else:
        cms = next(whole for _, whole in der(bytes.fromhex(pdf[first + 1 : second - 1].decode())))
        trust = ("-CAfile", "roots", "-purpose", "any") if roots else ("-noverify",)
        words = ("-binary", "-inform", "DER", "-in", "cms", "-content", "signed", "-out", "none", *trust)
        ask_openssl(report, "report", roots, "cms", "-verify", *words, cms=cms, signed=pdf[:first] + pdf[second:])
        report.holds("report", f"all {len(pdf)} bytes and the list of files, signed under the roots that were given")


def streams_of(pdf: bytes) -> Iterator[bytes]:
    """What is attached to a PDF, or shown by it, unpacked."""
    for begin in re.finditer(rb"stream\r?\n", pdf):
        with contextlib.suppress(zlib.error):
            yield zlib.decompressobj().decompress(pdf[begin.end() :])


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("where", type=Path, help="folder or ZIP with a ledger or an excerpt of one")
    options.add_argument("--vkey", help="the ledger's key (name+hash+key), from a source that you trust")
    options.add_argument("--witness", action="append", default=[], help="the key of a witness; may be given again")
    options.add_argument("--root", action="append", default=[], type=Path, help="PEM of whom to trust; again for more")
    options.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes to use; all cores if not given")
    options.add_argument("--skip-signatures", action="store_true", help="leave out the services' signatures")
    options.add_argument("--json", action="store_true", help="for machines")
    asked = options.parse_args()
    try:
        asked.jobs, asked.with_signatures = max(1, asked.jobs), not asked.skip_signatures
        asked.witnesses = [key_of(text) for text in asked.witness]
        asked.roots = b"".join(root.read_bytes() for root in asked.root)
        report = look(asked.where, asked.vkey, asked)
    except (Unreadable, OSError) as fault:
        print(f"{asked.where} cannot be looked at: {fault}", file=sys.stderr)
        return 2
    if asked.json:
        print(json.dumps({layer: report.said(layer) for layer in report.layers}, ensure_ascii=False))
    else:
        for layer in report.layers:
            print(f"{layer:11} {report.said(layer)}")
    return report.status


if __name__ == "__main__":
    sys.exit(main())
