"""The ledger by itself: its checkpoint, its bundles, its tiles, its records."""

import base64
import itertools
from collections.abc import Iterator

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from outsider.events import Breach
from outsider.published import PER_TILE, Ledger, merkle, sha, tile_name
from outsider.records import look_at_records


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
