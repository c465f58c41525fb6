"""Tiles and bundles: their names, what they hold, and that any way of growing publishes the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from evidence.domain.tiles import (
    Bundle,
    NotATile,
    Tile,
    at_path,
    bundles_changed,
    decode_bundle,
    encode_bundle,
    grow,
    nodes_in,
    tiles_changed,
)
from evidence.domain.tree import Frontier, NotInTree, fold, includes, inclusion_proof, leaf_hash

EVERY = [leaf_hash(b"%d" % i) for i in range(70_000)]


@pytest.mark.parametrize(
    ("piece", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(1, 5, 17), "tile/1/005.p/17"),
        (Tile(2, 1_234_067, 1), "tile/2/x001/x234/067.p/1"),
        (Bundle(1_000), "tile/entries/x001/000"),
        (Bundle(12, 255), "tile/entries/012.p/255"),
    ],
)
def test_a_piece_is_named_as_the_specification_names_it(piece: Tile | Bundle, path: str):
    assert piece.path == path
    assert at_path(path) == piece


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/00/000",
        "tile/64/000",
        "tile/0/x000/001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/300",
        "tile/0/../000",
        "tile/0/000\n",
        "tile/data/000",
        "checkpoint",
    ],
)
def test_a_path_in_any_other_form_names_nothing(path: str):
    with pytest.raises(NotATile):
        at_path(path)


def test_a_ledger_that_does_not_grow_changes_no_piece():
    assert tiles_changed(700, 700) == ()
    assert bundles_changed(256, 256) == ()


def test_growing_fills_the_partial_pieces_and_begins_the_next():
    assert bundles_changed(200, 600) == (Bundle(0), Bundle(1), Bundle(2, 88))
    assert tiles_changed(200, 600) == (Tile(0, 0), Tile(0, 1), Tile(0, 2, 88), Tile(1, 0, 2))
    assert tiles_changed(600, 601) == (Tile(0, 2, 89),)
    assert tiles_changed(65_535, 65_536) == (Tile(0, 255), Tile(1, 0), Tile(2, 0, 1))


@settings(max_examples=40, deadline=None)
@given(some.lists(some.integers(min_value=0, max_value=700), min_size=1, max_size=6))
def test_however_records_are_batched_the_tiles_are_the_same(batches: list[int]):
    edge, kept = Frontier(), dict[Tile, bytes]()
    for batch in batches:
        before = edge
        edge, tiles = grow(edge, EVERY[edge.size : edge.size + batch], kept.__getitem__)
        assert set(tiles) == set(tiles_changed(before.size, edge.size))
        kept |= tiles
    at_once, tiles = grow(Frontier(), EVERY[: edge.size], {}.__getitem__)
    assert edge == at_once
    assert tiles.items() <= kept.items()


def test_a_large_tree_is_the_same_in_batches_and_its_tiles_prove_every_leaf():
    edge, kept = Frontier(), dict[Tile, bytes]()
    while edge.size < len(EVERY):
        edge, tiles = grow(edge, EVERY[edge.size : edge.size + 4_999], kept.__getitem__)
        kept |= tiles
    assert edge.root() == fold(EVERY)
    node = nodes_in(kept.__getitem__, edge.size)
    for index in (0, 255, 256, 65_535, 65_536, 69_999):
        assert includes(EVERY[index], index, edge.size, inclusion_proof(index, edge.size, node), edge.root())
    with pytest.raises(NotInTree):
        node(0, 70_000)


@given(some.lists(some.binary(max_size=300), max_size=20))
def test_a_bundle_gives_back_its_leaves(leaves: list[bytes]):
    assert list(decode_bundle(encode_bundle(leaves))) == leaves


def test_a_leaf_too_long_for_its_length_field_is_refused():
    assert decode_bundle(encode_bundle([bytes(65_535)])) == (bytes(65_535),)
    with pytest.raises(NotATile):
        encode_bundle([bytes(65_536)])


@pytest.mark.parametrize("data", [b"\0", b"\0\2a", b"\0\1a\0"])
def test_a_bundle_that_breaks_off_is_refused(data: bytes):
    with pytest.raises(NotATile):
        decode_bundle(data)
