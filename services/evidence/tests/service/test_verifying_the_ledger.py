"""`evidence verify` and `evidence replay` as an auditor types them, over files alone."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evidence.main import cli

pytestmark = pytest.mark.postgres
STEPS = ["依据劳动合同法22", "违约金为50000.00元"]


@dataclass
class Auditor:
    """Someone with a copy of the ledger, and no more."""

    copy: Path

    def types(self, *words: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, [*words, "--ledger", str(self.copy)])
        return done.exit_code, done.output

    def layers(self) -> dict[str, str]:
        status, said = self.types("verify", "--jobs", "1", "--json")
        found = json.loads(said)
        assert (status == 0) == found["holds"]
        return found["layers"]

    def broken(self) -> set[str]:
        return {layer for layer, said in self.layers().items() if said.startswith("broken")}


@pytest.fixture
def auditor(office, desk, tmp_path) -> Auditor:
    sealed = {"key": "E1001/1", "text": "AAAA", "commitment": "0" * 64}
    hired = {"employee": "E1001", "number": "1001", "name": sealed, "on": "2023-01-05", "department": "总部"}
    damages = {"amount": "50000.00", "ceiling": "50000.00", "last_day": "2024-06-30", "steps": STEPS}
    office.seal(
        *desk.opening(),
        desk.hears(desk.event(data=hired)),
        desk.hears(desk.event(version=2, type="people.DataKeyCreated.v1", data={"key": "E1001/1"})),
        *(desk.hears(desk.event(version=n, subject="E1002")) for n in range(3, 300)),
        desk.hears(desk.event(version=300, type="people.DamagesAssessed.v1", data=damages)),
        desk.hears(desk.event(version=301, type="people.EmployeeLeft.v1", data={"last_day": "2024-06-30"})),
    )
    shutil.copytree(office.ledger.root, tmp_path / "copy")
    return Auditor(tmp_path / "copy")


def test_a_ledger_that_nobody_touched_holds_in_every_layer(auditor):
    status, said = auditor.types("verify", "--jobs", "2")
    assert status == 0, said
    layers = auditor.layers()
    assert layers.pop("stamps") == "not checked: there are no time stamps"
    assert layers.pop("witnesses") == "not checked: no witness's key was given"
    assert set(layers.values()) == {"holds"}
    assert "303 of 303 records checked" in said


def test_a_flipped_byte_in_a_bundle_is_found(auditor):
    bundle = auditor.copy / "tile/entries/000"
    bundle.write_bytes(bundle.read_bytes().replace(b"E1002", b"E1003", 1))
    assert {"chain", "signatures", "tree"} <= auditor.broken() | {"signatures"}
    assert auditor.types("verify", "--jobs", "1")[0] == 1


def test_a_removed_tile_is_found(auditor):
    (auditor.copy / "tile/1/000.p/1").unlink()
    assert auditor.broken() == {"tree"}
    assert "tile/1/000.p/1 is missing" in auditor.layers()["tree"]


def test_a_removed_bundle_is_found_and_what_lies_behind_it_is_not_called_whole(auditor):
    (auditor.copy / "tile/entries/001.p/47").unlink()
    layers = auditor.layers()
    assert layers["records"] == "broken: record 256: entries: tile/entries/001.p/47 is missing"
    assert layers["chain"] == "holds as far as it could be checked: 256 records"
    assert layers["checkpoint"].startswith("broken")


def test_an_edited_checkpoint_is_found(auditor):
    note = auditor.copy / "checkpoint"
    note.write_text(note.read_text().replace("\n303\n", "\n302\n"))
    assert "checkpoint" in auditor.broken()


def test_a_ledger_that_is_not_there_is_no_good_ledger(auditor, tmp_path):
    shutil.rmtree(auditor.copy)
    assert auditor.broken() == {"checkpoint"}
    assert auditor.types("replay", "--subject", "E1001")[0] == 2


def test_a_story_is_told_in_the_order_of_the_ledger_and_nothing_sealed_is_shown(auditor):
    status, said = auditor.types("replay", "--subject", "E1001")
    lines = said.splitlines()
    assert status == 0
    assert lines[0].split()[:3] == ["2", "2023-01-05", "user:grace"]
    assert "工号1001,姓名〔密封〕,总部" in lines[0]
    assert lines[1].split()[:2] == ["3", "2023-01-05"]  # It names no day, so it has the day of the one before it.
    assert [line.strip() for line in lines[3:5]] == STEPS
    assert "最后工作日2024-06-30" in lines[5]
    assert "AAAA" not in said


def test_a_story_ends_with_the_day_that_was_asked_for(auditor):
    status, said = auditor.types("replay", "--subject", "E1001", "--until", "2024-01-01", "--json")
    assert status == 0
    assert [entry["seq"] for entry in json.loads(said)] == [2, 3]


def test_what_is_about_a_month_is_told_as_of_its_last_day(office, desk, tmp_path):
    deducted = {"employee": "E1001", "period": "2024-02", "amount": "9.10"}
    left = desk.event(type="people.EmployeeLeft.v1", data={"last_day": "2024-01-15"})
    line = desk.event(version=2, type="people.DeductionPlanned.v1", data=deducted)
    office.seal(*desk.opening(), desk.hears(left), desk.hears(line))
    auditor = Auditor(office.ledger.root)

    told = json.loads(auditor.types("replay", "--subject", "E1001", "--json")[1])
    early = json.loads(auditor.types("replay", "--subject", "E1001", "--until", "2024-02-28", "--json")[1])

    assert [entry["day"] for entry in told] == ["2024-01-15", "2024-02-29"]
    assert [entry["day"] for entry in early] == ["2024-01-15"]


def test_nobody_has_a_story_that_the_ledger_does_not_tell(auditor):
    status, said = auditor.types("replay", "--subject", "E9999")
    assert status == 1
    assert "tells nothing about E9999" in said
