"""`evidence verify` of a part, and of what has come since the last time, as an auditor or a clock types it."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evidence.main import cli

pytestmark = pytest.mark.postgres


@dataclass
class Auditor:
    """Someone who comes by now and then, with what they kept of the last time."""

    ledger: Path
    folder: Path

    def types(self, *words: str) -> tuple[int, dict, str]:
        done = CliRunner().invoke(cli, ["verify", *words, "--ledger", str(self.ledger), "--json", "--jobs", "2"])
        return done.exit_code, json.loads(done.stdout) if done.stdout else {}, done.stderr

    @property
    def kept(self) -> list[Path]:
        return sorted((self.folder / "verified").glob("*"))


@pytest.fixture
def auditor(office, desk, tmp_path, monkeypatch) -> Auditor:
    monkeypatch.setenv("QIZHENG_FOLDER", str(tmp_path / "evidence"))
    office.seal(*desk.opening(), *(desk.hears(desk.event(version=n)) for n in range(1, 300)))
    return Auditor(office.ledger.root, tmp_path / "evidence")


def test_a_part_is_verified_by_its_first_and_last_record(auditor):
    status, said, _ = auditor.types("--from", "100", "--to", "280")
    assert (status, said["holds"], said["since"], said["checked"], said["size"]) == (0, True, 100, 181, 301)
    assert said["layers"]["tree"] == "holds for records 100 to 280; their tiles lead to the signed root"
    assert auditor.kept == []


def test_a_part_that_is_damaged_breaks_and_one_beside_it_does_not(auditor, tmp_path):
    shutil.copytree(auditor.ledger, tmp_path / "copy")
    auditor.ledger = tmp_path / "copy"
    bundle = auditor.ledger / "tile/entries/000"
    bundle.write_bytes(bundle.read_bytes().replace(b'"streamversion":150', b'"streamversion":151', 1))
    status, said, _ = auditor.types("--from", "100", "--to", "200")
    assert (status, said["holds"]) == (1, False)
    assert {151, 152} <= {finding["seq"] for finding in said["findings"]}
    assert auditor.types("--from", "160", "--to", "200")[0] == 0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--from", "9", "--to", "3"), "no records are from 9 to 3"),
        (("--from", "301"), "the ledger has 301 records, so none from 301 on"),
        (("--from", "3", "--since-last"), "not both"),
    ],
    ids=" ".join,
)
def test_a_part_that_there_is_not_is_said_to_be_none(auditor, words, why):
    status, said, wrong = auditor.types(*words)
    assert (status, said) == (2, {})
    assert why in wrong


def test_the_next_verification_goes_on_where_the_last_one_ended(auditor, office, desk):
    status, first, _ = auditor.types("--since-last")
    assert (status, first["since"], first["checked"]) == (0, 0, 301)
    office.seal(*(desk.hears(desk.event(version=n)) for n in range(300, 320)))
    status, second, _ = auditor.types("--since-last")
    assert (status, second["since"], second["checked"], second["size"]) == (0, 301, 20, 321)
    assert second["layers"]["streams"] == "holds, going on from record 301"
    assert auditor.types("--since-last")[1]["checked"] == 0


def test_verifying_without_saying_since_last_keeps_nothing(auditor):
    assert auditor.types()[0] == 0
    assert auditor.kept == []


def test_a_verification_without_signatures_is_not_kept_as_a_whole_one(auditor):
    status, said, _ = auditor.types("--since-last", "--skip-signatures")
    assert (status, said["layers"]["signatures"]) == (0, "not checked: it was asked not to")
    assert auditor.kept == []


def test_a_ledger_that_was_rewound_since_the_last_time_fails_and_what_was_kept_stays(auditor, office, desk, tmp_path):
    shutil.copytree(auditor.ledger, tmp_path / "old")
    office.seal(*(desk.hears(desk.event(version=n)) for n in range(300, 320)))
    place = auditor.ledger
    assert auditor.types("--since-last")[0] == 0
    kept = auditor.kept[0].read_bytes()
    shutil.move(place, tmp_path / "new")
    shutil.copytree(tmp_path / "old", place)
    status, said, _ = auditor.types("--since-last")
    assert (status, [finding["what"] for finding in said["findings"]]) == (1, ["rewound"])
    assert auditor.kept[0].read_bytes() == kept
    shutil.rmtree(place)
    shutil.move(tmp_path / "new", place)


def test_what_was_kept_and_is_damaged_is_said_so_and_all_is_verified(auditor):
    assert auditor.types("--since-last")[0] == 0
    (kept,) = auditor.kept
    kept.write_bytes(kept.read_bytes().replace(b'"size":301', b'"size":300'))
    status, said, wrong = auditor.types("--since-last")
    assert (status, said["since"], said["checked"]) == (0, 0, 301)
    assert "what was kept of the last verification cannot be used" in wrong
    assert auditor.types("--since-last")[1]["since"] == 301


def test_another_ledger_in_the_place_of_the_one_that_was_verified_fails(auditor):
    assert auditor.types("--since-last")[0] == 0
    vkey = auditor.ledger / "vkey"
    before = vkey.read_text()
    vkey.write_text("other.example/ledger" + before[before.index("+") :])
    status, said, _ = auditor.types("--since-last")
    vkey.write_text(before)
    assert status == 1
    assert any("the ledger verified here before was of" in finding["detail"] for finding in said["findings"])
