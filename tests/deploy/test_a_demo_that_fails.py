"""How a demo ends: whatever a step fails with is one sentence on stderr and a non-zero exit, and the house is stopped."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import demo
import httpx2
import psycopg
import pytest
from aiokafka.errors import KafkaConnectionError
from company.client import StepFailed
from company.faults import sentence

from chassis.testing.processes import ServerError
from chassis.testing.topics import WrongPartitions
from contracts.envelope import NotAnEvent
from people.adapters.sheets import NotASheet

LOG = "learning did not become ready: refused.\nThe end of /var/learning.log:\nTraceback\nOSError: disk full"
OF_STEPS = (
    StepFailed('POST learning/courses was answered 500: {\n"title": "away"\n}'),
    ServerError(LOG),
    WrongPartitions("people.events.v1", 1, 12),
    NotASheet("花名册.xlsx", "it is no workbook"),
    NotAnEvent("data.on: no day"),
    httpx2.ConnectError("All connection attempts failed"),
    httpx2.ReadTimeout(""),
    psycopg.OperationalError("connection failed: refused\nIs the server running?"),
    KafkaConnectionError("Unable to bootstrap"),
    OSError(28, "No space left on device"),
    TimeoutError(),
    json.JSONDecodeError("Expecting value", "", 0),
    subprocess.CalledProcessError(1, ["evidence", "verify"]),
    KeyError("taken"),
)


@dataclass
class HouseInName:
    """A house that only notes what it was asked; `broken` is what it fails with, at which word."""

    folder: Path
    noted: list[str] = field(default_factory=list)
    broken: dict[str, Exception] = field(default_factory=dict)
    bootstrap: str = ""

    def start(self) -> None:
        self._note("start")

    def stop(self) -> None:
        self._note("stop" if "start" in self.noted else "clear")

    def address(self, service: str) -> str:
        return service

    def _note(self, word: str) -> None:
        self.noted.append(word)
        if fault := self.broken.get(word):
            raise fault


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HouseInName:
    house = HouseInName(tmp_path / "var")
    monkeypatch.setattr(demo, "House", lambda detached: house)
    monkeypatch.setattr(demo, "run", lambda house, began: None)
    return house


@pytest.fixture
def a_step_fails(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    def with_this(fault: BaseException) -> None:
        def fail(*_: Any) -> None:
            raise fault

        monkeypatch.setattr(demo, "run", fail)

    return with_this


@pytest.mark.parametrize("fault", OF_STEPS, ids=lambda fault: type(fault).__name__)
def test_whatever_a_step_fails_with_is_one_sentence_and_the_house_is_stopped(house, a_step_fails, capsys, fault):
    a_step_fails(fault)
    assert demo.main() == 1
    said = capsys.readouterr().err
    assert said == f"demo: {sentence(fault)}\n"
    assert len(said.splitlines()) == 1
    assert house.noted == ["clear", "start", "stop"]


def test_a_long_fault_is_told_by_its_first_line_and_its_last():
    assert sentence(ServerError(LOG)) == "learning did not become ready: refused. … OSError: disk full"


def test_a_fault_that_says_nothing_is_told_by_its_name():
    assert sentence(TimeoutError()) == "TimeoutError"


def test_a_fault_of_others_is_told_with_its_name_and_once():
    assert sentence(KafkaConnectionError("away")) == "KafkaConnectionError: away"


def test_a_house_that_cannot_be_started_is_stopped(house, capsys):
    house.broken["start"] = ServerError("Kafka did not answer.")
    assert demo.main() == 1
    assert capsys.readouterr().err == "demo: Kafka did not answer.\n"
    assert house.noted == ["clear", "start", "stop"]


def test_an_older_house_that_does_not_stop_is_told_and_nothing_is_started(house, capsys):
    house.broken["clear"] = ServerError("points outlived a SIGKILL.")
    assert demo.main() == 1
    assert capsys.readouterr().err == "demo: points outlived a SIGKILL.\n"
    assert house.noted == ["clear"]


def test_a_house_that_does_not_stop_is_told(house, capsys):
    house.broken["stop"] = ServerError("points did not stop.")
    assert demo.main() == 1
    assert capsys.readouterr().err == "demo: points did not stop.\n"


def test_what_failed_first_is_told_though_the_house_does_not_stop_either(house, a_step_fails, capsys):
    house.broken["stop"] = ServerError("points did not stop.")
    a_step_fails(StepFailed("The payroll is missing."))
    assert demo.main() == 1
    assert capsys.readouterr().err == "demo: The payroll is missing.\n"


def test_a_mistake_of_our_own_is_shown_whole_and_the_house_is_stopped(house, a_step_fails):
    a_step_fails(TypeError("no step can end so"))
    with pytest.raises(TypeError):
        demo.main()
    assert house.noted == ["clear", "start", "stop"]


def test_whoever_interrupts_the_demo_finds_the_house_stopped(house, a_step_fails):
    a_step_fails(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        demo.main()
    assert house.noted == ["clear", "start", "stop"]


def test_a_demo_that_succeeds_says_nothing_on_stderr_and_stops_its_house(house, capsys):
    assert demo.main() == 0
    assert capsys.readouterr().err == ""
    assert house.noted == ["clear", "start", "stop"]


def test_a_demo_that_succeeds_keeps_its_house_if_asked(house, monkeypatch):
    monkeypatch.setenv("KEEP", "1")
    assert demo.main() == 0
    assert house.noted == ["clear", "start"]


def test_a_demo_that_fails_keeps_no_house_though_asked(house, a_step_fails, monkeypatch):
    monkeypatch.setenv("KEEP", "1")
    a_step_fails(StepFailed("The payroll is missing."))
    assert demo.main() == 1
    assert house.noted == ["clear", "start", "stop"]
