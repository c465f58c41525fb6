"""The ledger as it is published: its files, the names of its tiles, and the hashes of its tree."""

import hashlib
import urllib.request
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

PER_TILE = 256
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
