"""`evidence prove` and `evidence consistency`, typed by someone who has a copy of the ledger and no more."""

import json
import shutil
from pathlib import Path
from uuid import UUID, uuid5

import pytest
from typer.testing import CliRunner

from evidence.adapters.files import TileFolder
from evidence.adapters.signatures import holds
from evidence.domain.notes import parse_vkey
from evidence.domain.proofs import parse_proof
from evidence.domain.tree import leaf_hash
from evidence.main import cli

pytestmark = pytest.mark.postgres
STREAM = "0190a1b2-0000-4000-8000-00000000ada0"


def types(*words: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(cli, [str(word) for word in words])
    return done.exit_code, done.output


@pytest.fixture
def copies(office, desk, tmp_path) -> tuple[Path, Path]:
    """The ledger as it was after 102 records, and as it is after 402."""
    office.seal(*desk.opening(), *(desk.hears(desk.event(STREAM, n)) for n in range(1, 101)))
    shutil.copytree(office.ledger.root, tmp_path / "earlier")
    office.seal(*(desk.hears(desk.event(STREAM, n)) for n in range(101, 401)))
    shutil.copytree(office.ledger.root, tmp_path / "now")
    return tmp_path / "earlier", tmp_path / "now"


def test_an_event_is_taken_away_with_its_proof(copies, tmp_path):
    event = uuid5(UUID(STREAM), "77")
    status, said = types("prove", event, "--into", tmp_path, "--ledger", copies[1])
    assert (status, said) == (
        0,
        f"{tmp_path}/{event}.tlog-proof: record 78 of 402, under the key of qizheng.example/ledger\n",
    )
    proof = parse_proof((tmp_path / f"{event}.tlog-proof").read_text())
    leaf = (tmp_path / f"{event}.leaf").read_bytes()
    assert json.loads(leaf.split(b"\n")[1])["streamversion"] == 77
    key = parse_vkey(TileFolder(copies[1]).vkey() or "")
    assert proof.holds(leaf_hash(leaf), key, holds)


def test_an_event_that_the_ledger_does_not_hold_has_no_proof(copies, tmp_path):
    status, said = types("prove", UUID(int=7), "--into", tmp_path, "--ledger", copies[1])
    assert (status, said) == (1, f"evidence: the ledger at {copies[1]} holds no event {UUID(int=7)}\n")
    assert list(tmp_path.glob("*.leaf")) == []


def test_a_changed_record_cannot_be_proven(copies, tmp_path):
    bundle = copies[1] / "tile/entries/000"
    bundle.write_bytes(bundle.read_bytes().replace(b"36.5", b"63.5"))
    status, said = types("prove", uuid5(UUID(STREAM), "77"), "--into", tmp_path, "--ledger", copies[1])
    assert status == 1
    assert "does not hold together at record 78" in said


def test_an_older_checkpoint_is_shown_to_be_the_beginning(copies):
    earlier, now = copies
    holds = "holds: the first 102 of 402 records are those of the older checkpoint\n"
    assert types("consistency", earlier / "checkpoint", "--ledger", now) == (0, holds)
    assert types("consistency", "102", now / "checkpoint", "--ledger", now) == (0, holds)
    status, said = types("consistency", "102", "300", "--ledger", now, "--json")
    assert (status, json.loads(said)["holds"], json.loads(said)["new"]) == (0, True, 300)


def test_a_checkpoint_of_another_history_is_not_its_beginning(copies):
    """What a split view looks like to whoever kept a checkpoint: signed, and of no tree that ours grew from."""
    earlier, now = copies
    tile = now / "tile/0/000"
    tile.write_bytes(b"\0" * 32 + tile.read_bytes()[32:])
    status, said = types("consistency", earlier / "checkpoint", "--ledger", now)
    assert status == 1
    assert said.startswith("evidence: broken: the 402 records do not begin with the 102 of the older checkpoint")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("403", "403 records are more than the 402 that it holds"),
        ("no-such-file", "No such file"),
        ("tile/0/000", "a note is"),
    ],
)
def test_what_is_no_checkpoint_of_this_ledger_is_said_to_be_none(copies, asked, why):
    given = copies[1] / asked if "/" in asked else asked
    status, said = types("consistency", given, "--ledger", copies[1])
    assert status == 2 or "no proof" in said
    assert why in said


def test_a_checkpoint_that_someone_else_signed_is_refused(copies, tmp_path):
    text = (copies[0] / "checkpoint").read_text()
    (tmp_path / "forged").write_text(text[:-12] + "AAAAAAAAAA=\n")
    status, said = types("consistency", tmp_path / "forged", "--ledger", copies[1])
    assert status == 2
    assert "qizheng.example/ledger did not sign" in said
