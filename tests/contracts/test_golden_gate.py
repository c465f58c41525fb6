"""The gate of `make golden`, gone through as its user does: in a copy of the house, with a change planted."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EVENT = "learning.ContributionMade.v1"
KINDS = 'Contribution = Literal["SHARING", "MENTORING", "TECH_PROJECT"]'
FIELDS = "    kind: Contribution\n    title: str\n    on: Day\n"
PLANTED = {
    "a value is added": (
        KINDS,
        KINDS.replace("]", ', "PATENT"]'),
        "data.kind gained the value 'PATENT', and no reader has `unknown`",
    ),
    "a required field is added": (FIELDS, FIELDS + "    room: str\n", "data.room is new and has no default"),
    "a field is removed": (FIELDS, FIELDS.replace("    title: str\n", ""), "data.title was removed"),
    "a type is changed": (FIELDS, FIELDS.replace("title: str", "title: int"), "data.title was retyped"),
}


@dataclass(frozen=True)
class Copy:
    """The contracts, their generator and their tests in a folder of their own; the services stay where they are."""

    root: Path

    def change(self, path: str, before: str, after: str) -> None:
        text = (self.root / path).read_text()
        assert text.count(before) == 1
        (self.root / path).write_text(text.replace(before, after))

    def runs(self, *command: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "PYTHONPATH": str(self.root / "contracts/src")}
        return subprocess.run(command, cwd=self.root, env=env, capture_output=True, text=True)

    def golden(self) -> subprocess.CompletedProcess[str]:
        return self.runs("make", "golden", f"PYTHON={sys.executable}")

    def tests(self, *modules: str) -> subprocess.CompletedProcess[str]:
        places = [f"tests/contracts/{module}.py" for module in modules]
        return self.runs(sys.executable, "-m", "pytest", "-q", "-m", "not kafka and not postgres", *places)

    def stands(self) -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in sorted((self.root / "contracts").rglob("*.json*"))}


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    for place in ("contracts", "tests/contracts"):
        shutil.copytree(ROOT / place, tmp_path / place, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "deploy").mkdir()
    for file in ("Makefile", "pyproject.toml", *(f"deploy/{path.name}" for path in ROOT.glob("deploy/*.py"))):
        shutil.copy(ROOT / file, tmp_path / file)
    return Copy(tmp_path)


@pytest.mark.parametrize("planted", PLANTED)
def test_golden_refuses_what_breaks_a_published_event_and_writes_nothing(copy: Copy, planted: str):
    before, after, why = PLANTED[planted]
    copy.change("contracts/src/contracts/learning.py", before, after)
    stood = copy.stands()

    ran = copy.golden()

    assert ran.returncode != 0
    assert ran.stderr.splitlines()[0] == f"{EVENT} was published and is broken: {why}."
    assert "Traceback" not in ran.stderr
    assert copy.stands() == stood


def test_a_break_that_was_smuggled_into_the_schema_too_is_caught(copy: Copy):
    before, after, why = PLANTED["a value is added"]
    copy.change("contracts/src/contracts/learning.py", before, after)
    copy.change(
        f"contracts/schemas/{EVENT}.json",
        '"MENTORING",\n        "TECH_PROJECT"',
        '"MENTORING",\n        "TECH_PROJECT",\n        "PATENT"',
    )

    gate, golden = copy.tests("test_published_record"), copy.golden()

    assert gate.returncode == 1
    assert "test_no_event_breaks_what_was_ever_published" in gate.stdout
    assert f"{EVENT} was published and is broken: {why}." in gate.stdout
    assert golden.returncode != 0


@pytest.mark.postgres
def test_a_field_with_a_default_may_come_and_is_added_to_the_record(copy: Copy):
    copy.change("contracts/src/contracts/learning.py", FIELDS, FIELDS + '    room: str = "A1"\n')
    record = copy.root / "contracts/published.jsonl"
    stood = record.read_text()

    first, again = copy.golden(), copy.golden()

    assert (first.returncode, again.returncode, again.stdout) == (0, 0, ""), first.stderr + again.stdout
    assert f"publishes {EVENT}\n" in first.stdout
    assert "room" in json.loads((copy.root / f"contracts/schemas/{EVENT}.json").read_text())["properties"]
    added = record.read_text().removeprefix(stood)
    assert json.loads(added)["type"] == EVENT
    tests = copy.tests("test_published_record", "test_golden_contracts")
    assert tests.returncode == 0, tests.stdout
