"""The folder of published files: whole files only, never changed, read back as they were."""

import pytest

from evidence.adapters.files import AlreadyPublished, TileFolder
from evidence.domain.tiles import Bundle, NotATile, Tile, encode_bundle


@pytest.fixture
def folder(tmp_path) -> TileFolder:
    return TileFolder(tmp_path / "ledger")


def row(width: int) -> bytes:
    return b"".join(number.to_bytes(32, "big") for number in range(width))


def test_what_was_published_is_read_back(folder):
    folder.publish({Tile(0, 1234, 3): row(3), Bundle(1234, 2): encode_bundle([b"a", b"b"])})
    assert folder.tile(Tile(0, 1234, 3)) == row(3)
    assert folder.bundle(Bundle(1234, 2)) == (b"a", b"b")
    assert (folder.root / "tile/0/x001/234.p/3").read_bytes() == row(3)


def test_a_full_tile_answers_for_partial_ones_which_stay(folder):
    folder.publish({Tile(0, 0, 3): row(3)})
    folder.publish({Tile(0, 0): row(256)})
    assert folder.tile(Tile(0, 0, 200)) == row(200)
    assert folder.read("tile/0/000.p/3") == row(3)


def test_a_ledger_is_read_leaf_by_leaf(folder):
    leaves = [b"%d" % number for number in range(300)]
    folder.publish({Bundle(0): encode_bundle(leaves[:256]), Bundle(1, 44): encode_bundle(leaves[256:])})
    assert list(folder.leaves(300)) == leaves
    assert list(folder.leaves(10)) == leaves[:10]


def test_publishing_the_same_again_changes_nothing(folder):
    folder.publish({Tile(0, 0, 3): row(3)})
    written = (folder.root / "tile/0/000.p/3").stat().st_mtime_ns
    folder.publish({Tile(0, 0, 3): row(3), Tile(0, 0, 4): row(4)})
    assert (folder.root / "tile/0/000.p/3").stat().st_mtime_ns == written


def test_what_was_published_is_never_changed(folder):
    folder.publish({Tile(0, 0, 1): row(1)})
    with pytest.raises(AlreadyPublished):
        folder.publish({Tile(0, 0, 1): bytes(31) + b"\1", Tile(0, 0, 2): row(2)})
    assert folder.read("tile/0/000.p/2") is None


def test_no_half_file_is_left_beside_the_whole_ones(folder):
    folder.publish({Tile(0, 0, 1): row(1), Bundle(0, 1): encode_bundle([b"a"])})
    folder.publish_checkpoint("one\n")
    assert [path.name for path in folder.root.rglob("*") if path.is_file() and path.suffix == ".new"] == []


def test_a_file_left_half_by_a_crash_is_not_taken_for_the_tile(folder):
    left = folder.root / "tile/0/000.p/3.new"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    assert folder.read("tile/0/000.p/3") is None
    folder.publish({Tile(0, 0, 3): row(3)})
    assert folder.tile(Tile(0, 0, 3)) == row(3)
    assert not left.exists()


def test_the_checkpoint_and_the_key_are_read_back_and_the_newest_checkpoint_counts(folder):
    assert folder.checkpoint() is None
    assert folder.vkey() is None
    folder.publish_vkey("name+00000000+AAAA")
    folder.publish_checkpoint("one\n")
    folder.publish_checkpoint("two\n")
    assert folder.checkpoint() == b"two\n"
    assert folder.vkey() == "name+00000000+AAAA"


def test_a_piece_that_is_missing_or_too_short_is_not_made_up(folder):
    with pytest.raises(FileNotFoundError):
        folder.tile(Tile(0, 0, 3))
    folder.publish({Tile(0, 0, 3): row(2), Bundle(0, 2): encode_bundle([b"a"])})
    with pytest.raises(NotATile):
        folder.tile(Tile(0, 0, 3))
    with pytest.raises(NotATile):
        folder.bundle(Bundle(0, 2))
