"""What is kept of a verification, so that a later one can go on from it: a line of JSON, and the ends of the streams.

The line says the format, whose ledger it is, and everything but the even streams; these follow, sorted, each as the 16
bytes of its UUID, the hash of its last record and its highest version. The line ends with the SHA-256 of all the rest,
which tells damage. It tells no forger, who could write that too: what is kept is to be as safe as the verifier itself.
"""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, cast

from evidence.domain.canonical import canonical
from evidence.domain.streams import VERSION_LENGTH, Streams, Versions
from evidence.domain.tiles import HASH_LENGTH
from evidence.domain.tree import Frontier, NotInTree
from evidence.domain.verifying import Standing

FORMAT = "qizheng.example/verified/v1"
UUID_LENGTH = 16
ROW = UUID_LENGTH + HASH_LENGTH + VERSION_LENGTH


class NotKept(ValueError):
    """Bytes that are no verification that was kept, or that are damaged."""


@dataclass(frozen=True)
class Kept:
    """How far a ledger was verified; `vkey` says which ledger."""

    vkey: str
    standing: Standing


def encode(kept: Kept) -> bytes:
    standing = kept.standing
    chain, streams = standing.chain, standing.streams
    rows = b"".join(name + end for name, end in sorted(_even(streams)))
    said: dict[str, object] = {
        "format": FORMAT,
        "vkey": kept.vkey,
        "size": chain.size,
        "last": _text(chain.last or b""),
        "peaks": [_text(peak) for peak in standing.frontier.peaks],
        "keys": {key_id: _text(public) for key_id, public in chain.keys.items()},
        "offsets": [[*place, offset] for place, offset in standing.offsets.items()],
        "named": {name: _text(end) for name, end in streams.ends.items() if isinstance(name, str)},
        "uneven": {uuid.hex(): [v.bottom, v.top, sorted(v.beyond)] for uuid, v in streams.uneven.items()},
        "odd": sorted(streams.odd),
    }
    said["sha256"] = _digest(said, rows)
    return canonical(said) + b"\n" + rows


def decode(data: bytes) -> Kept:
    """Refuses with NotKept."""
    line, _, rows = data.partition(b"\n")
    try:
        said = cast(dict[str, Any], json.loads(line))
        if said.pop("sha256") != _digest(said, rows) or said["format"] != FORMAT or len(rows) % ROW:
            raise NotKept("it is damaged, or of another format")
        ends = {rows[at : at + UUID_LENGTH]: rows[at + UUID_LENGTH : at + ROW] for at in range(0, len(rows), ROW)}
        streams = Streams(
            ends=ends | {name: b64decode(end) for name, end in said["named"].items()},
            uneven={
                bytes.fromhex(uuid): Versions(b, top, set(more)) for uuid, (b, top, more) in said["uneven"].items()
            },
            odd=set(said["odd"]),
        )
        standing = Standing(streams, frontier=Frontier(said["size"], tuple(map(b64decode, said["peaks"]))))
        standing.offsets = {(topic, n, part): offset for topic, n, part, offset in said["offsets"]}
        chain = standing.chain
        chain.size, chain.last = said["size"], b64decode(said["last"]) or None
        chain.keys.update({key_id: b64decode(public) for key_id, public in said["keys"].items()})
        return Kept(said["vkey"], standing)
    except (ValueError, KeyError, TypeError, AttributeError, NotInTree) as fault:
        raise NotKept(str(fault)) from fault


def _even(streams: Streams) -> list[tuple[bytes, bytes]]:
    return [(name, end) for name, end in streams.ends.items() if isinstance(name, bytes)]


def _digest(said: dict[str, object], rows: bytes) -> str:
    return sha256(canonical(said) + rows).hexdigest()


def _text(raw: bytes) -> str:
    return b64encode(raw).decode()
