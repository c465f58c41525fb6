"""The tree over the records: its hashes, its growing edge and its proofs, as RFC 6962 section 2 says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
LEVELS_PER_TILE = 8

Node = Callable[[int, int], bytes]
"""The hash of the perfect subtree at (level, index): the leaves from index * 2**level to (index + 1) * 2**level."""


class NotInTree(ValueError):
    """Something was asked of the tree that a tree of this size does not have."""


def leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over `hashes`, taken as neighbours of one level."""
    if not hashes:
        return EMPTY_ROOT
    row, pair = b"".join(hashes), 2 * len(EMPTY_ROOT)
    while len(row) > len(EMPTY_ROOT):
        whole = len(row) // pair * pair
        row = b"".join([sha256(b"\1" + row[at : at + pair]).digest() for at in range(0, whole, pair)]) + row[whole:]
    return row


@dataclass(frozen=True)
class Frontier:
    """The right edge of the tree: the roots of its perfect subtrees, largest first, one for each bit of `size`."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.peaks) != self.size.bit_count():
            raise NotInTree(f"{len(self.peaks)} peaks cannot be the edge of {self.size} leaves")

    def root(self) -> bytes:
        if not self.peaks:
            return EMPTY_ROOT
        *others, root = self.peaks
        for peak in reversed(others):
            root = node_hash(peak, root)
        return root

    def joined(self, level: int, root: bytes) -> "Frontier":
        """The edge after the perfect subtree of 2**level leaves with this root, where such a one can stand next."""
        if self.size % (1 << level):
            raise NotInTree(f"no subtree of level {level} begins at {self.size}")
        peaks, row = list(self.peaks), self.size >> level
        while row & 1:
            root, row = node_hash(peaks.pop(), root), row >> 1
        return Frontier(self.size + (1 << level), (*peaks, root))

    def grown(self, leaf_hashes: Sequence[bytes]) -> tuple["Frontier", dict[int, tuple[bytes, ...]]]:
        """The edge after more leaves, and by tile level the hashes that its tiles gain.

        The first new hash of tile level L has the index `self.size >> 8 * L` there; a level that gains none is absent.
        """
        gained: dict[int, tuple[bytes, ...]] = {}
        waiting, peaks = list(self.peaks), list[bytes]()
        row, level = list(leaf_hashes), 0
        while row or waiting:
            if row and level % LEVELS_PER_TILE == 0:
                gained[level // LEVELS_PER_TILE] = tuple(row)
            if self.size >> level & 1:
                row.insert(0, waiting.pop())
            if len(row) % 2:
                peaks.append(row.pop())
            row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)]
            level += 1
        return Frontier(self.size + len(leaf_hashes), tuple(reversed(peaks))), gained


def frontier_of(size: int, node: Node) -> Frontier:
    """The right edge of a tree whose nodes are already kept."""
    return Frontier(size, tuple(_peaks(0, size, node)))


def _peaks(begin: int, end: int, node: Node) -> list[bytes]:
    peaks: list[bytes] = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        peaks.append(node(level, begin >> level))
        begin += 1 << level
    return peaks


def _span(begin: int, end: int, node: Node) -> bytes:
    """The root over leaves begin to end, where `begin` is where a subtree at least as large starts."""
    *others, root = _peaks(begin, end, node)
    for peak in reversed(others):
        root = node_hash(peak, root)
    return root


def _middle(begin: int, end: int) -> int:
    """Where RFC 6962 splits these leaves: after the largest power of two below their number."""
    return begin + (1 << ((end - begin - 1).bit_length() - 1))


def inclusion_proof(index: int, size: int, node: Node) -> tuple[bytes, ...]:
    """PATH(index, D[size]) of RFC 6962 section 2.1.1."""
    if not 0 <= index < size:
        raise NotInTree(f"leaf {index} of {size}")
    begin, end, proof = 0, size, list[bytes]()
    while end - begin > 1:
        middle = _middle(begin, end)
        if index < middle:
            proof.append(_span(middle, end, node))
            end = middle
        else:
            proof.append(_span(begin, middle, node))
            begin = middle
    return tuple(reversed(proof))


def consistency_proof(old: int, new: int, node: Node) -> tuple[bytes, ...]:
    """PROOF(old, D[new]) of RFC 6962 section 2.1.2; empty where `old` is nothing or everything."""
    if not 0 <= old <= new:
        raise NotInTree(f"size {old} before {new}")
    if old == 0:
        return ()
    begin, end, proof = 0, new, list[bytes]()
    while end != old:
        middle = _middle(begin, end)
        if old <= middle:
            proof.append(_span(middle, end, node))
            end = middle
        else:
            proof.append(_span(begin, middle, node))
            begin = middle
    if begin:
        proof.append(_span(begin, end, node))
    return tuple(reversed(proof))


def includes(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows that this leaf hash stands at `index` in the tree (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size or len(leaf) != len(EMPTY_ROOT):
        return False
    at, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(step, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, step)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def extends(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the new tree begins with the old one (RFC 9162 section 2.1.4.2).

    Of an empty tree nothing can be shown.
    """
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    steps = list(proof) if old & (old - 1) else [old_root, *proof]
    if not steps:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, step)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root
