"""Time stamps as an auditor looks at them: what holds, what is not checked and why, and which lies are found."""

import json
import subprocess
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from chassis.keeping.work import clock
from contracts.evidence import CheckpointStamped
from evidence.adapters import development_authority, sequencer
from evidence.adapters.authorities import StampingAuthority, for_development
from evidence.adapters.development_authority import DevelopmentAuthority
from evidence.adapters.signatures import ledger_key
from evidence.adapters.timestamps import roots_in
from evidence.domain.notes import Checkpoint, parse_checkpoint, parse_note, signed
from evidence.domain.stamping import NOT_EVIDENTIAL
from evidence.main import cli

pytestmark = pytest.mark.postgres
REAL = "1.2.156.1.2.3"
HOUR = timedelta(hours=1)


def evidential(folder: Path, monkeypatch: pytest.MonkeyPatch) -> StampingAuthority:
    """An authority that stands for a real one: another policy than that which warns."""
    conf = development_authority.CONFIGURATION.replace(NOT_EVIDENTIAL, REAL)
    monkeypatch.setattr(development_authority, "CONFIGURATION", conf)
    own = DevelopmentAuthority(folder)
    return StampingAuthority(folder.name, True, REAL, own.answer, lambda: roots_in(own.root.read_bytes()))


@dataclass
class Audit:
    """Somebody with the published files and a file of roots."""

    registry: Any
    roots: Path

    def types(self, *words: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, [*words, "--ledger", str(self.registry.office.ledger.root)])
        return done.exit_code, done.output

    def verify(self, *words: str) -> str:
        """What the layer of time stamps says."""
        status, said = self.types("verify", "--jobs", "1", "--json", *words)
        found = json.loads(said)
        assert (status == 0) == found["holds"]
        assert {said for layer, said in found["layers"].items() if layer not in ("stamps", "witnesses")} == {"holds"}
        return found["layers"]["stamps"]

    def stamp(self) -> CheckpointStamped:
        """Seals something new, has it stamped, seals the stamp, and returns it."""
        desk = self.registry.desk
        self.registry.office.seal(desk.hears(desk.event(version=len(self.registry.stamped()) + 1)))
        self.registry.go_round(self.registry.rounds())
        self.registry.seal()
        return self.registry.stamped()[-1]

    def says(self, stamp: CheckpointStamped) -> str:
        """Whoever has the key of evidence seals this as a time stamp: what the auditor then says of it."""
        self.registry.say(stamp)
        self.registry.seal()
        return self.verify("--roots", str(self.roots))


@pytest.fixture
def audit(registry, tmp_path, monkeypatch) -> Audit:
    registry.authorities[0].inner = real = evidential(tmp_path / "real", monkeypatch)
    real.stamp(b"It settles in.")
    registry.authorities[0].evidential = True
    return Audit(registry, tmp_path / "real/root.pem")


# What holds, and what is not checked


def test_a_stamp_holds_under_its_roots(audit: Audit):
    audit.stamp()
    assert audit.verify("--roots", str(audit.roots)) == "holds"


def test_without_roots_a_stamp_is_not_called_good(audit: Audit):
    audit.stamp()
    assert audit.verify() == ("not checked: the signatures of 1 of 1 tokens, since no roots were given; all else holds")


def test_a_ledger_without_stamps_is_not_called_stamped(audit: Audit):
    assert audit.verify("--roots", str(audit.roots)) == "not checked: there are no time stamps"


def test_a_stamp_for_development_says_so_and_is_not_held_against_real_roots(audit: Audit, tmp_path, monkeypatch):
    audit.stamp()
    monkeypatch.undo()
    here = audit.registry.authorities[0]
    here.name, here.inner = "here", for_development(tmp_path / "authority")
    audit.stamp()
    assert audit.verify("--roots", str(audit.roots)) == (
        "not checked: the signatures of 1 of 2 tokens, since the given roots are not theirs; all else holds;"
        " 1 of 2 not evidential / 无证据效力"
    )


def test_roots_that_are_none_are_said_in_a_sentence(audit: Audit, tmp_path: Path):
    (tmp_path / "nothing.pem").write_text("nothing")
    for name in ("nothing.pem", "missing.pem"):
        status, said = audit.types("verify", "--roots", str(tmp_path / name))
        assert (status, said.count("\n")) == (2, 1)
        assert f"{name} cannot be read" in said


def test_what_somebody_else_put_on_the_topic_is_no_stamp_of_ours(audit: Audit):
    forged = audit.stamp().model_copy(update={"token": "AAAA"})
    audit.registry.say(forged)
    (one,) = audit.registry.store.recorder.select_notifications(audit.registry.sealed + 1, 10)
    desk = audit.registry.desk
    audit.registry.office.seal(desk.hears(bytes(one.state), "evidence", headers=desk.signed(b"other", "evidence")))
    assert audit.verify("--roots", str(audit.roots)) == "holds"


# Lies of somebody who has the key of evidence, and where told the ledger's own


def another_note(audit: Audit, stamp: CheckpointStamped) -> CheckpointStamped:
    note = audit.registry.office.ledger.checkpoint()
    stated = parse_checkpoint(parse_note(note).text)
    return stamp.model_copy(update={"note": note.decode(), "size": stated.size, "root": stated.root.hex()})


def another_instant(audit: Audit, stamp: CheckpointStamped) -> CheckpointStamped:
    return stamp.model_copy(update={"stamped": stamp.stamped - HOUR})


def another_policy(audit: Audit, stamp: CheckpointStamped) -> CheckpointStamped:
    return stamp.model_copy(update={"policy": "1.2.3"})


def no_token(audit: Audit, stamp: CheckpointStamped) -> CheckpointStamped:
    return stamp.model_copy(update={"token": b64encode(b"token").decode()})


def no_base64(audit: Audit, stamp: CheckpointStamped) -> CheckpointStamped:
    return stamp.model_copy(update={"token": "!"})


def another_root(audit: Audit, stamp: CheckpointStamped) -> CheckpointStamped:
    return stamp.model_copy(update={"root": "0" * 64})


def restamped(audit: Audit, stamp: CheckpointStamped, text: str, *, folder: str = "keys") -> CheckpointStamped:
    """A true token over a note of one's own."""
    key, sign = ledger_key("qizheng.example/ledger", audit.registry.office.folder / folder)
    note = str(signed(text, key, sign))
    token = audit.registry.authorities[0].inner.stamp(note.encode())
    said = {"note": note, "stamped": token.stamped, "token": b64encode(token.der).decode()}
    return stamp.model_copy(update=said)


def somebody_elses_key(audit: Audit, stamp: CheckpointStamped) -> CheckpointStamped:
    return restamped(audit, stamp, stamp.note.partition("\n\n")[0] + "\n", folder="other")


def another_ledger(audit: Audit, stamp: CheckpointStamped) -> CheckpointStamped:
    """The ledger's own key signed a tree that is not the published one: a split view."""
    text = Checkpoint("qizheng.example/ledger", stamp.size, b"\1" * 32).text
    return restamped(audit, stamp, text).model_copy(update={"root": "01" * 32})


def a_future_ledger(audit: Audit, stamp: CheckpointStamped) -> CheckpointStamped:
    text = Checkpoint("qizheng.example/ledger", 9, b"\1" * 32).text
    return restamped(audit, stamp, text).model_copy(update={"root": "01" * 32, "size": 9})


LIES: dict[Callable[[Audit, CheckpointStamped], CheckpointStamped], str] = {
    another_note: "the token is over something else than the note",
    another_instant: "not as its record says",
    another_policy: "not as its record says",
    no_token: "not an answer of RFC 3161",
    no_base64: "record 4: stamp: ",
    another_root: "of another size or root than its record says",
    somebody_elses_key: "qizheng.example/ledger did not sign the stamped note",
    another_ledger: "the first 3 records are not those that were stamped",
    a_future_ledger: "a checkpoint of 9 records was stamped before there were so many",
}


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_a_false_stamp_is_found(audit: Audit, lie: Callable[..., CheckpointStamped]):
    said = audit.says(lie(audit, audit.stamp()))
    assert said.startswith("broken: record 4: stamp: ")
    assert LIES[lie] in said


def test_a_token_of_a_stranger_is_found(audit: Audit, tmp_path: Path, monkeypatch):
    stamp = audit.stamp()
    token = evidential(tmp_path / "stranger", monkeypatch).stamp(stamp.note.encode())
    said = audit.says(stamp.model_copy(update={"stamped": token.stamped, "token": b64encode(token.der).decode()}))
    assert "not signed by an authority under the given roots" in said


def test_a_stamp_for_development_that_is_called_evidential_is_found(audit: Audit, tmp_path: Path, monkeypatch):
    monkeypatch.undo()
    registry = audit.registry
    registry.authorities[0].inner = for_development(tmp_path / "authority")
    stamp = audit.stamp()
    assert stamp.evidential is False, "whatever the settings say of it"
    audit = replace(audit, roots=tmp_path / "authority/root.pem")
    said = audit.says(stamp.model_copy(update={"evidential": True}))
    assert "called evidential, though its authority is good for development only" in said


def test_a_clock_that_was_set_back_is_found(audit: Audit, monkeypatch):
    with monkeypatch.context() as back:
        back.setattr(sequencer, "clock", lambda: clock() - HOUR)
        audit.stamp()
    assert "but by our clock taken in before" in audit.verify("--roots", str(audit.roots))


def test_a_clock_that_runs_ahead_is_found(audit: Audit, desk, monkeypatch):
    with monkeypatch.context() as ahead:
        ahead.setattr(sequencer, "clock", lambda: clock() + HOUR)
        audit.registry.office.seal(desk.hears(desk.event()))
    note = audit.registry.office.ledger.checkpoint()
    token, stated = audit.registry.authorities[0].inner.stamp(note), parse_checkpoint(parse_note(note).text)
    stamp = CheckpointStamped(
        size=stated.size, root=stated.root.hex(), note=note.decode(), authority="here", policy=REAL, evidential=True,
        stamped=token.stamped, token=b64encode(token.der).decode(), occasion="PERIODIC",
    )  # fmt: skip
    assert "was by our clock taken in later" in audit.says(stamp)


# What is handed out


def test_what_is_handed_out_is_what_openssl_checks(audit: Audit, tmp_path: Path):
    stamp = audit.stamp()
    status, said = audit.types("stamps", "--export", str(tmp_path / "out"))
    assert status == 0
    lines = said.splitlines()
    assert f"3 records  PERIODIC  here ({REAL})" in lines[0]
    assert "NOT EVIDENTIAL" not in said
    out = tmp_path / "out"
    assert sorted(each.name for each in out.iterdir()) == ["000000003.note", "000000003.pem", "000000003.tsr"]
    assert (out / "000000003.note").read_text() == stamp.note
    command = lines[-1].replace("ROOTS.pem", str(audit.roots)).split()
    assert command[:3] == ["openssl", "ts", "-verify"]
    assert "Verification: OK" in subprocess.run(command, capture_output=True, text=True).stdout
    (out / "000000003.note").write_text(stamp.note.replace("\n3\n", "\n4\n"))
    assert subprocess.run(command, capture_output=True).returncode != 0


def test_a_list_says_of_each_stamp_whether_it_is_evidential(audit: Audit, tmp_path: Path, monkeypatch):
    audit.stamp()
    monkeypatch.undo()
    here = audit.registry.authorities[0]
    here.name, here.inner = "development", for_development(tmp_path / "authority")
    audit.stamp()
    _, said = audit.types("stamps")
    assert [("NOT EVIDENTIAL / 无证据效力" in line) for line in said.splitlines()] == [False, True]
    _, listed = audit.types("stamps", "--json")
    assert [(row["seq"], row["evidential"]) for row in json.loads(listed)] == [(3, True), (5, False)]


def test_a_ledger_without_stamps_has_none_to_list(audit: Audit, tmp_path: Path):
    status, said = audit.types("stamps", "--export", str(tmp_path / "out"))
    assert (status, "holds no time stamps" in said) == (0, True)
    assert CliRunner().invoke(cli, ["stamps", "--ledger", str(tmp_path / "nowhere")]).exit_code == 2
