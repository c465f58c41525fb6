"""A small ledger as files, looked at by the outsider, who shares no code with us."""

import subprocess
import sys
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from evidence.adapters.files import TileFolder
from evidence.domain.notes import Checkpoint, Verifier, signed
from evidence.domain.records import Sealed
from evidence.domain.tiles import Bundle, Tile, bundles_changed, encode_bundle, grow
from evidence.domain.tree import Frontier

OUTSIDER = Path(__file__).parents[4] / "tests" / "outsider"
KEY = SigningKey(b"\7" * 32)
LEDGER = Verifier("qizheng.example/ledger", bytes(KEY.verify_key))


def publish(root: Path, records: list[Sealed], batch: int) -> None:
    """Publish these records as a sequencer would, a batch at a time."""
    folder, edge = TileFolder(root), Frontier()
    folder.publish_vkey(str(LEDGER))
    while edge.size < len(records):
        before = edge.size
        edge, tiles = grow(edge, [r.leaf_hash for r in records[before : before + batch]], folder.tile)
        pieces: dict[Tile | Bundle, bytes] = dict(tiles)
        for bundle in bundles_changed(before, edge.size):
            leaves = records[bundle.index * 256 : bundle.index * 256 + bundle.width]
            pieces[bundle] = encode_bundle([record.leaf for record in leaves])
        folder.publish(pieces)
        stated = Checkpoint(LEDGER.name, edge.size, edge.root())
        folder.publish_checkpoint(str(signed(stated.text, LEDGER, lambda text: KEY.sign(text).signature)))


def looked_at(root: Path) -> tuple[int, str]:
    done = subprocess.run([sys.executable, OUTSIDER, "--ledger", root], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def ledger(desk, tmp_path) -> Path:
    more = [desk.message(desk.event(version=version)) for version in range(9, 709)]
    publish(tmp_path, [*desk.sample(), *desk.seal(*more)], batch=300)
    return tmp_path


def test_the_outsider_finds_nothing_wrong_with_a_ledger_that_holds_every_flag(ledger):
    status, said = looked_at(ledger)
    assert status == 0, said
    assert "714 records" in said


def test_the_outsider_finds_one_changed_byte(ledger):
    bundle = ledger / "tile/entries/001"
    bundle.write_bytes(bundle.read_bytes().replace(b"E1001", b"E1002", 1))
    status, said = looked_at(ledger)
    assert status == 1
    assert "the root is the tree's" in said


def test_the_outsider_finds_a_tile_that_is_gone(ledger):
    (ledger / "tile/1/000.p/2").unlink()
    status, said = looked_at(ledger)
    assert status == 1
    assert "every tile is published" in said


def test_the_outsider_finds_a_checkpoint_that_someone_else_signed(ledger):
    note = (ledger / "checkpoint").read_text()
    (ledger / "checkpoint").write_text(note.replace("\n714\n", "\n713\n"))
    status, said = looked_at(ledger)
    assert status == 1
    assert "the checkpoint's signature holds" in said


def test_the_outsider_says_when_there_is_nothing_to_look_at(tmp_path):
    assert looked_at(tmp_path)[0] == 2
