"""The tree: the same root and proofs as others compute, however the leaves arrive."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pymerkle import InmemoryTree

from evidence.domain.tree import (
    EMPTY_ROOT,
    Frontier,
    Node,
    NotInTree,
    consistency_proof,
    extends,
    fold,
    frontier_of,
    includes,
    inclusion_proof,
    leaf_hash,
)

sizes = some.integers(min_value=0, max_value=70)


def leaves(count: int) -> list[bytes]:
    return [b"leaf %d" % i for i in range(count)]


def hashes(count: int) -> list[bytes]:
    return [leaf_hash(leaf) for leaf in leaves(count)]


def nodes(count: int) -> Node:
    kept = hashes(count)
    return lambda level, index: fold(kept[index << level : (index + 1) << level])


def second_opinion(count: int) -> InmemoryTree:
    return InmemoryTree.init_from_entries(leaves(count), algorithm="sha256")


def test_nothing_has_the_hash_of_nothing_as_its_root():
    assert Frontier().root() == EMPTY_ROOT == fold([])


@given(some.integers(min_value=1, max_value=600))
def test_the_root_is_the_one_that_another_library_computes(count: int):
    assert Frontier().grown(hashes(count))[0].root() == second_opinion(count).get_root()


@given(some.lists(some.integers(min_value=0, max_value=300), max_size=6))
def test_however_leaves_are_batched_the_edge_is_the_same(batches: list[int]):
    edge, at = Frontier(), 0
    every = hashes(sum(batches))
    for batch in batches:
        edge, _ = edge.grown(every[at : at + batch])
        at += batch
    assert edge == Frontier().grown(every)[0]
    assert edge == frontier_of(at, nodes(at))


def test_the_edge_hands_out_each_tile_hash_once_and_in_order():
    every = hashes(1_000)
    rows: dict[int, list[bytes]] = {}
    edge = Frontier()
    for begin, end in pairwise([0, 1, 255, 256, 257, 700, 1_000]):
        before, (edge, gained) = edge, edge.grown(every[begin:end])
        for level, row in gained.items():
            assert len(rows.get(level, [])) == before.size >> 8 * level
            rows.setdefault(level, []).extend(row)
    assert rows == {0: every, 1: [fold(every[i : i + 256]) for i in (0, 256, 512)]}


def test_an_edge_must_have_a_peak_for_each_bit_of_its_size():
    with pytest.raises(NotInTree):
        Frontier(3, (EMPTY_ROOT,))


@given(some.integers(min_value=1, max_value=70).flatmap(lambda n: some.tuples(some.integers(0, n - 1), some.just(n))))
def test_an_inclusion_proof_is_the_one_that_another_library_gives(case: tuple[int, int]):
    index, size = case
    proof = inclusion_proof(index, size, nodes(size))
    theirs = second_opinion(size).prove_inclusion(index + 1, size).path
    assert list(proof) == list(theirs)[1:]
    assert includes(hashes(size)[index], index, size, proof, Frontier().grown(hashes(size))[0].root())


@given(some.integers(1, 70), some.integers(1, 70))
def test_a_consistency_proof_holds_for_every_pair_of_sizes(one: int, other: int):
    old, new = sorted((one, other))
    proof = consistency_proof(old, new, nodes(new))
    assert extends(old, new, fold(hashes(old)), fold(hashes(new)), proof)


@given(some.integers(1, 70), some.integers(1, 70))
def test_a_consistency_proof_does_not_hold_for_another_past_or_future(one: int, other: int):
    old, new = sorted((one, other))
    proof = consistency_proof(old, new, nodes(new))
    rewritten = fold([leaf_hash(b"rewritten"), *hashes(old)[1:]])
    assert not extends(old, new, rewritten, fold(hashes(new)), proof)
    assert not extends(old, new, fold(hashes(old)), leaf_hash(b"other"), proof)
    assert not extends(old, new, fold(hashes(old)), fold(hashes(new)), (*proof, EMPTY_ROOT))
    if proof:
        assert not extends(old, new, fold(hashes(old)), fold(hashes(new)), proof[:-1])


def test_an_inclusion_proof_does_not_hold_for_another_leaf_place_or_length():
    proof, root = inclusion_proof(5, 11, nodes(11)), fold(hashes(11))
    leaf = hashes(11)[5]
    assert includes(leaf, 5, 11, proof, root)
    assert not includes(hashes(11)[6], 5, 11, proof, root)
    assert not includes(leaf, 4, 11, proof, root)
    assert not includes(leaf, 11, 11, proof, root)
    assert not includes(leaf, 5, 11, proof[:-1], root)
    assert not includes(leaf, 5, 11, (*proof, root), root)


def test_what_a_tree_does_not_have_cannot_be_proved():
    with pytest.raises(NotInTree):
        inclusion_proof(3, 3, nodes(3))
    with pytest.raises(NotInTree):
        consistency_proof(4, 3, nodes(3))
