"""Our folder in the hands of programs that we did not write: Tessera's fsck, and pymerkle over the same leaves."""

import shutil
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from fsck import complaint
from nacl.signing import SigningKey
from pymerkle import InmemoryTree, verify_consistency, verify_inclusion

from evidence.adapters.files import TileFolder
from evidence.domain.notes import Checkpoint, Verifier, signed
from evidence.domain.proofs import prove, prove_growth, root_at, stated_by
from evidence.domain.tiles import Tile, split_tile
from evidence.domain.tree import extends

SMALL = 714


@pytest.fixture
def ledger(short_ledger, tmp_path) -> Path:
    return shutil.copytree(short_ledger, tmp_path / "ledger")


def change(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


# Tessera's fsck


@pytest.mark.timeout(660)
def test_fsck_accepts_a_ledger_that_holds_every_flag(ledger):
    assert complaint(ledger, ledger / "vkey") is None


def test_fsck_accepts_a_ledger_of_more_than_one_full_level_of_tiles(long_ledger):
    assert stated_by(TileFolder(long_ledger)).size == 66_000
    assert (long_ledger / "tile/1/000").exists()
    assert (long_ledger / "tile/2/000.p/1").exists()
    assert complaint(long_ledger, long_ledger / "vkey") is None


@pytest.mark.parametrize(
    ("piece", "at"),
    [
        ("tile/entries/000", 300),
        ("tile/entries/002.p/202", -1),
        ("tile/0/001", 0),
        ("tile/0/002.p/202", -1),
        ("tile/1/000.p/2", 40),
    ],
)
def test_fsck_refuses_one_changed_byte_of_any_piece(ledger, piece, at):
    change(ledger / piece, at)
    assert "fsck failed" in (complaint(ledger, ledger / "vkey") or "")


def test_fsck_refuses_one_changed_byte_of_a_long_ledger(long_ledger, tmp_path):
    shutil.copytree(long_ledger, tmp_path / "ledger")
    change(tmp_path / "ledger/tile/entries/200", 5_000)
    assert "fsck failed" in (complaint(tmp_path / "ledger", long_ledger / "vkey") or "")


@pytest.mark.parametrize("piece", ["tile/entries/001", "tile/0/001", "tile/1/000.p/2", "checkpoint"])
def test_fsck_refuses_a_ledger_of_which_a_piece_is_gone(ledger, piece):
    (ledger / piece).unlink()
    assert complaint(ledger, ledger / "vkey") is not None


def test_fsck_refuses_a_checkpoint_of_another_root_although_the_ledgers_key_signed_it(ledger):
    key, secret = Verifier("qizheng.example/other", bytes(SigningKey(b"\1" * 32).verify_key)), SigningKey(b"\1" * 32)
    (ledger / "vkey").write_text(f"{key}\n")
    for root, refused in ((stated_by(TileFolder(ledger)).root, False), (bytes(32), True)):
        note = signed(Checkpoint(key.name, SMALL, root).text, key, lambda text: secret.sign(text).signature)
        (ledger / "checkpoint").write_text(str(note))
        assert ("fsck failed" in (complaint(ledger, ledger / "vkey") or "")) == refused


def test_fsck_refuses_a_checkpoint_that_the_ledgers_key_did_not_sign(ledger):
    note = (ledger / "checkpoint").read_text()
    root = note.split("\n")[2]
    (ledger / "checkpoint").write_text(note.replace(root, b64encode(b64decode(root)[::-1]).decode()))
    assert "fsck failed" in (complaint(ledger, ledger / "vkey") or "")


# pymerkle


def second_opinion(folder: TileFolder, size: int) -> InmemoryTree:
    return InmemoryTree.init_from_entries(list(folder.leaves(size)), algorithm="sha256")


def test_pymerkle_finds_the_same_root_over_the_published_leaves(ledger):
    folder = TileFolder(ledger)
    assert second_opinion(folder, SMALL).get_root() == stated_by(folder).root


def test_pymerkle_finds_the_same_leaf_hashes_as_the_tiles_hold(ledger):
    folder = TileFolder(ledger)
    tree = second_opinion(folder, SMALL)
    hashes = [
        each
        for index, width in ((0, 256), (1, 256), (2, 202))
        for each in split_tile(folder.tile(Tile(0, index, width)))
    ]
    assert [tree.get_leaf(at) for at in range(1, SMALL + 1)] == hashes


@pytest.mark.parametrize("index", [0, 1, 255, 256, 511, 512, 700, 713])
def test_pymerkle_proves_what_we_prove(ledger, index):
    folder = TileFolder(ledger)
    tree, ours = second_opinion(folder, SMALL), prove(folder, index)
    theirs = tree.prove_inclusion(index + 1, SMALL)
    verify_inclusion(tree.get_leaf(index + 1), stated_by(folder).root, theirs)
    assert ours is not None
    assert ours.hashes == tuple(theirs.path[1:])


@pytest.mark.parametrize("old", [1, 2, 255, 256, 300, 512, 600, 713])
def test_pymerkle_proves_the_same_growth_and_ours_holds_between_its_roots(ledger, old):
    """Its proofs are no RFC 6962 paths, so each side's proof is held against the roots of the other."""
    folder = TileFolder(ledger)
    tree = second_opinion(folder, SMALL)
    verify_consistency(
        root_at(folder, old),
        stated_by(folder).root,
        tree.prove_consistency(old, SMALL),
        prior_size=old,
        later_size=SMALL,
    )
    ours = prove_growth(folder, old, SMALL)
    assert extends(old, SMALL, tree.get_root(old), tree.get_root(SMALL), ours)
