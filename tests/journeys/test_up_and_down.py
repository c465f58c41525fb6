"""`make up` and `make down` as they are typed: everything stands, twice is harmless, and nothing is left behind."""

import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import ROOT, SERVICES

from chassis.testing.fixtures import passing_folder
from chassis.testing.processes import free_row

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

EVERYTHING = ("kafka", "postgres", *SERVICES)


def typed(script: str, *words: str, folder: Path, base: int) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "QIZHENG_VAR": str(folder), "QIZHENG_PORT_BASE": str(base)}
    command = [sys.executable, str(ROOT / "deploy" / f"{script}.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=300)


def living(folder: Path) -> set[int]:
    """The processes whose command names something in the folder."""
    found: set[int] = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if f"{folder}/".encode() in (entry / "cmdline").read_bytes():
                found.add(int(entry.name))
        except OSError:
            continue  # It ended meanwhile.
    return found


def noted(folder: Path) -> dict[str, int | str]:
    """The process of each, or the container, where it was to be one."""
    found: dict[str, int | str] = {}
    for name in EVERYTHING:
        contained = folder / name / f"{name}.container.json"
        process = folder / name / f"{name}.json"
        found[name] = (
            json.loads(contained.read_text())["id"] if contained.exists() else json.loads(process.read_text())["pid"]
        )
    return found


def remove_containers(folder: Path) -> None:
    """`down` leaves a container to be started again, and so with what it held."""
    for name in ("kafka", "postgres"):
        if (folder / name / f"{name}.container.json").exists():
            from chassis.testing import containers

            if kept := containers.known(name, folder / name):
                kept.detached = False
                kept.stop()


@pytest.fixture(scope="module")
def standing() -> Iterator[tuple[Path, int]]:
    """The folder and the first port of a house that `up` has started."""
    with passing_folder("qizheng-up-") as made:
        made.chmod(0o755)
        folder, base = made / "var", free_row(len(EVERYTHING))
        try:
            up = typed("up", folder=folder, base=base)
            assert up.returncode == 0, up.stderr
            for name in SERVICES:
                assert f"{name} at http://127.0.0.1:" in up.stdout
            yield folder, base
        finally:
            typed("down", folder=folder, base=base)
            remove_containers(folder)


def test_everything_stands_and_a_token_opens_the_gateway(standing):
    folder, base = standing
    assert {known for known in noted(folder).values() if isinstance(known, int)} <= living(folder)
    token = typed("issue_token", "hr", "--user", "user:ada", folder=folder, base=base).stdout.strip()
    asked = urllib.request.Request(
        f"http://127.0.0.1:{base}/api/people/employees", headers={"authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(asked) as answer:
        assert answer.status == 200
    with urllib.request.urlopen(f"http://127.0.0.1:{base}/health/ready") as answer:
        ready = json.load(answer)
        assert (ready["status"], ready["away"]) == ("ready", [])


def test_up_again_changes_nothing(standing):
    folder, base = standing
    before = noted(folder)
    again = typed("up", folder=folder, base=base)
    assert again.returncode == 0, again.stderr
    assert noted(folder) == before


def test_a_house_that_stands_is_not_moved_to_other_ports(standing):
    folder, _ = standing
    moved = typed("up", folder=folder, base=free_row(len(EVERYTHING)))
    assert moved.returncode == 1
    assert "already runs" in moved.stderr


def test_the_ledger_of_a_house_that_stands_can_be_verified(standing):
    folder, base = standing
    verified = typed("verify", "--json", folder=folder, base=base)
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_a_taken_port_is_named_and_nothing_is_started(tmp_path):
    base = free_row(len(EVERYTHING))
    with socket.create_server(("127.0.0.1", base + 3)):
        up = typed("up", folder=tmp_path / "var", base=base)
    assert up.returncode == 1
    assert up.stderr == f"up: learning cannot start: port {base + 3} on 127.0.0.1 is taken by another process.\n"
    assert living(tmp_path) == set()


def test_a_port_base_that_is_none_is_said_to_be_none(tmp_path):
    up = typed("up", folder=tmp_path / "var", base=70_000)
    assert (up.returncode, up.stderr) == (1, "up: QIZHENG_PORT_BASE=70000 is no port from 1024 to 65000.\n")


def test_down_leaves_no_process_and_twice_is_harmless(standing):
    folder, base = standing
    for _ in range(2):
        down = typed("down", folder=folder, base=base)
        assert (down.returncode, down.stderr) == (0, "")
        assert living(folder) == set()
