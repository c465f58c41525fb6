"""Proofs for whoever has one record, or one old checkpoint, and no ledger: inclusion as C2SP tlog-proof, consistency."""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evidence.domain.notes import Checkpoint, NotANote, Verifier, Verify, parse_checkpoint, parse_note
from evidence.domain.published import Published
from evidence.domain.tiles import nodes_in
from evidence.domain.tree import (
    EMPTY_ROOT,
    Node,
    NotInTree,
    consistency_proof,
    extends,
    frontier_of,
    includes,
    inclusion_proof,
)

FIRST_LINE = "c2sp.org/tlog-proof@v1"


class NotAProof(ValueError):
    """A text that is no C2SP tlog-proof."""


@dataclass(frozen=True)
class Proof:
    """That a leaf stands at `index` in the tree of the checkpoint `note`, which stands whole inside. `str` writes it."""

    index: int
    hashes: tuple[bytes, ...]
    note: bytes

    def __str__(self) -> str:
        hashes = [b64encode(each).decode() for each in self.hashes]
        return "\n".join([FIRST_LINE, f"index {self.index}", *hashes, "", self.note.decode()])

    @property
    def checkpoint(self) -> Checkpoint:
        return parse_checkpoint(parse_note(self.note).text)

    def holds(self, leaf_hash: bytes, key: Verifier, verify: Verify) -> bool:
        """Whether the ledger of this key signed a tree in which this leaf stands there."""
        stated = self.checkpoint
        signed = stated.origin == key.name and parse_note(self.note).signed_by(key, verify)
        return signed and includes(leaf_hash, self.index, stated.size, self.hashes, stated.root)


def parse_proof(text: str) -> Proof:
    """A proof as it was written; an `extra` line, which proves nothing, is passed over. Refuses with NotAProof."""
    head, _, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    if lines and lines[0].startswith("extra "):
        lines = lines[1:]
    index = re.fullmatch(r"index (0|[1-9][0-9]*)", lines[0] if lines else "", re.ASCII)
    if first != FIRST_LINE or index is None:
        raise NotAProof("a proof names its format, then the index")
    try:
        hashes = tuple(b64decode(line, validate=True) for line in lines[1:])
        parse_checkpoint(parse_note(note.encode()).text)
    except (ValueError, NotANote) as fault:
        raise NotAProof(str(fault)) from fault
    return Proof(int(index[1]), hashes, note.encode())


def stated_by(published: Published) -> Checkpoint:
    """The newest checkpoint; refuses with NotANote where there is none."""
    return parse_checkpoint(parse_note(published.checkpoint() or b"").text)


def prove(published: Published, index: int) -> Proof | None:
    """The proof of the record at `index`; None in the moment before the newest checkpoint covers it."""
    note = published.checkpoint()
    size = stated_by(published).size if note else 0
    if note is None or index >= size:
        return None
    return Proof(index, inclusion_proof(index, size, nodes_in(published.tile, size)), note)


def prover(published: Published, note: bytes) -> Callable[[int], Proof]:
    """Proofs of many records under one checkpoint, which may be older than the newest. Each refuses with NotInTree."""
    size = parse_checkpoint(parse_note(note).text).size
    node = _nodes(published, size)
    return lambda index: Proof(index, inclusion_proof(index, size, node), note)


def root_at(published: Published, size: int) -> bytes:
    """The root that the published tiles give for the first `size` records. Refuses with NotInTree beyond their end."""
    return frontier_of(size, _nodes(published, size)).root()


def prove_growth(published: Published, old: int, new: int) -> tuple[bytes, ...]:
    """That the tree of `new` records begins with that of `old` (RFC 6962 2.1.2). Refuses with NotInTree."""
    return consistency_proof(old, new, _nodes(published, new))


def _nodes(published: Published, size: int) -> Node:
    """The nodes of an earlier tree are all in the newest one, whose tiles are there for certain."""
    held = stated_by(published).size
    if size > held:
        raise NotInTree(f"{size} records are more than the {held} that it holds")
    return nodes_in(published.tile, held)


def grew(old: Checkpoint, new: Checkpoint, proof: Sequence[bytes]) -> bool:
    """Whether the new checkpoint's tree begins with the old one's; every tree begins with the empty one."""
    if old.size == 0:
        return old.origin == new.origin and old.root == EMPTY_ROOT
    return old.origin == new.origin and extends(old.size, new.size, old.root, new.root, proof)
