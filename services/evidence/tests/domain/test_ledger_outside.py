"""A small ledger as files, looked at by the outsider, who shares no code with us."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

OUTSIDER = Path(__file__).parents[4] / "tests" / "outsider"


def looked_at(root: Path) -> tuple[int, str]:
    done = subprocess.run([sys.executable, OUTSIDER, "--ledger", root], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def ledger(short_ledger, tmp_path) -> Path:
    return shutil.copytree(short_ledger, tmp_path / "ledger")


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
