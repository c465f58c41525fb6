"""Cases and dossiers as an operator types them, without HTTP: yes, no, and not like this."""

import hashlib
import json
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from typer.testing import CliRunner

from chassis.keeping.work import clock
from evidence.cli import exporting
from evidence.main import cli
from evidence.views import cases

pytestmark = pytest.mark.postgres
ADA = "E1001"
OPEN = ("--number", "第12号", "--dispute", "TRAINING_AGREEMENT", "--since", "2024-01-01", "--until", "2026-12-31")
ABOUT_ADA = (*OPEN, "--subject", ADA, "--claim", "违约金", "--amount", "50000.00", "--operator", "ada")
FOR_A_COURT = ("--recipient", "法院", "--purpose", "一审", "--operator", "ada")
Types = Callable[..., tuple[int, str]]


@pytest.fixture
def types(room: Any, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Types:
    """Types `evidence …` beside the service, whose settings are those of the room."""
    settings = {"DATABASE_URL": database, "KEYS": room.keys, "LEDGER": room.office.ledger.root, "FOLDER": tmp_path}
    for name, value in {**settings, "SETTINGS": tmp_path / "none", "EMPLOYER": "启正制造有限公司"}.items():
        monkeypatch.setenv(f"QIZHENG_{name}", str(value))

    def typed(*words: str | Path) -> tuple[int, str]:
        done = CliRunner().invoke(cli, [str(word) for word in words])
        room.settle()
        return done.exit_code, done.output

    return typed


@pytest.fixture
def case(types: Types, life: Any) -> str:
    status, said = types("cases", "open", *ABOUT_ADA)
    assert status == 0, said
    return said.strip()


def stamps_what_is_asked_for(room: Any, case: str) -> threading.Thread:
    """What the service does meanwhile: it seals the request and has its checkpoint stamped."""

    def wait() -> None:
        began = clock()
        while not (found := cases.requests(room.office.store, case)) and (clock() - began).seconds < 30:
            time.sleep(0.05)
        room.settle()
        room.stamp(str(found[0]["request"]))

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def test_a_case_is_opened_shown_listed_and_closed(types, case):
    shown = json.loads(types("cases", "show", case)[1])
    assert (shown["subjects"], shown["amount"], shown["opened_by"]) == ([ADA], "50000.00", "user:ada")
    assert "第12号" in types("cases", "list", "--subject", ADA)[1]
    assert "there are no cases" in types("cases", "list", "--subject", "E1002")[1]
    assert types("cases", "close", case, "--outcome", "调解结案") == (0, f"{case} is closed\n")
    assert json.loads(types("cases", "show", case)[1])["outcome"] == "调解结案"


def test_a_dossier_is_written_once_its_checkpoint_is_stamped_and_can_be_exported_again(room, types, case, tmp_path):
    stamping = stamps_what_is_asked_for(room, case)
    status, said = types("dossier", case, "--into", tmp_path / "one.zip", *FOR_A_COURT, "--json")
    stamping.join()
    assert status == 0, said
    told = json.loads(said)
    assert told["sha256"] == hashlib.sha256((tmp_path / "one.zip").read_bytes()).hexdigest()
    status, said = types(
        "dossier", case, "--into", tmp_path / "two.zip", "--request", told["request"], "--operator", "ada"
    )
    assert (status, f"asked for as {told['request']}" in said) == (0, True)
    one, two = (ZipFile(tmp_path / name) for name in ("one.zip", "two.zip"))
    with one, two:
        assert [name for name in one.namelist() if one.read(name) != two.read(name)] == [
            "exhibits.sm2",
            "报告.pdf",
            "manifest.json",
        ]
    handed = cases.hand_overs(room.office.store, case)
    assert [(each["handed_by"], each["recipient"]) for each in handed] == [("user:ada", "法院")] * 2
    (tmp_path / "one").mkdir()
    ZipFile(tmp_path / "one.zip").extractall(tmp_path / "one")
    ran = subprocess.run(["python3", "-I", "verifier.py", "."], cwd=tmp_path / "one", capture_output=True, text=True)
    assert (ran.returncode, "broken" in ran.stdout) == (2, False), ran.stdout


def test_a_checkpoint_that_nobody_stamps_is_said_to_be_unstamped(types, case, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "STAMPED_WITHIN", 0.1)
    status, said = types("dossier", case, "--into", tmp_path / "one.zip", *FOR_A_COURT)
    assert status == 1
    assert "its checkpoint was not stamped" in said
    assert "--request" in said
    assert not (tmp_path / "one.zip").exists()


@pytest.mark.parametrize(
    ("words", "status", "why"),
    [
        (("cases", "open", *OPEN, "--claim", "x", "--subject", "E9999"), 1, "SubjectsUnknown"),
        (("cases", "open", "--number", "1", "--dispute", "LOVE", *OPEN[4:], "--subject", ADA, "--claim", "x"), 2, "LOVE is no kind of dispute"),
        (("cases", "open", *OPEN, "--claim", "x", "--subject", ADA, "--amount", "much"), 2, "much is no amount"),
        (("cases", "show", "0190a1b2-0000-4000-8000-00000000dead"), 1, "there is no case"),
        (("cases", "close", "0190a1b2-0000-4000-8000-00000000dead", "--outcome", "x"), 1, "NoSuchCase"),
        (("dossier", "0190a1b2-0000-4000-8000-00000000dead", "--into", "x.zip"), 2, "a dossier has --recipient and --purpose"),
        (("dossier", "0190a1b2-0000-4000-8000-00000000dead", "--into", "x.zip", *FOR_A_COURT), 1, "NoSuchCase"),
        (("dossier", "0190a1b2-0000-4000-8000-00000000dead", "--into", "x.zip", "--request", "0190a1b2-0000-4000-8000-00000000dead"), 1, "no dossier of the case"),
    ],
    ids=lambda words: " ".join(words[:3]) if isinstance(words, tuple) else "",
)  # fmt: skip
def test_what_cannot_be_is_said_in_one_sentence(types, life, words, status, why):
    found, said = types(*words)
    assert (found, why in " ".join(said.split())) == (status, True), said
