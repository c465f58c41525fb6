"""The local PostgreSQL: it starts, answers, survives a kill with what it holds, and leaves nothing behind."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from chassis.testing.fixtures import passing_folder
from chassis.testing.postgres import Postgres, running_postgres, start_postgres
from chassis.testing.processes import PortTaken

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(60)]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with passing_folder("qizheng-postgres-") as folder:
        postgres = start_postgres(folder)
        try:
            yield postgres
        finally:
            postgres.stop()


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question).fetchone()
    return row and row[0]


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes() != b""


def test_what_was_committed_before_a_kill_is_there_after_the_restart(server: Postgres):
    url = server.create_database("ada")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE words (word text)")
        connection.execute("INSERT INTO words VALUES ('kept')")
    server.kill()
    server.start()
    assert ask(url, "SELECT word FROM words") == "kept"


def test_a_server_that_was_stopped_in_order_is_found_under_the_same_address(server: Postgres):
    url, pid = server.url, server.pid
    server.restart()
    assert (server.url, ask(url, "SELECT 1")) == (url, 1)
    assert not is_there(pid)


def test_a_kill_leaves_no_process_of_the_server(server: Postgres):
    backend = ask(server.url, "SELECT pg_backend_pid()")
    helpers = ask(server.url, "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    assert backend
    assert helpers
    server.kill()
    try:
        assert not [entry for entry in Path("/proc").glob("[0-9]*") if lives_in(entry, server.folder)]
    finally:
        server.start()


def lives_in(process: Path, folder: Path) -> bool:
    try:
        return (process / "cwd").resolve().is_relative_to(folder) and (process / "cmdline").read_bytes() != b""
    except OSError:
        return False


def test_a_database_is_made_once_and_dropped_with_its_connections(server: Postgres):
    assert server.create_database("grace") == server.create_database("grace")
    with psycopg.connect(server.create_database("grace")):
        server.drop_database("grace")
    assert ask(server.url, "SELECT count(*) FROM pg_database WHERE datname = 'grace'") == 0


def test_it_is_as_durable_as_in_production(server: Postgres):
    assert [ask(server.url, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")] == [
        "on"
    ] * 3


def test_a_test_has_an_empty_database_of_its_own(database: str):
    assert ask(database, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


def test_starting_a_folder_twice_finds_the_server_that_runs(server: Postgres):
    again = start_postgres(server.folder)
    assert (again.pid, again.url) == (server.pid, server.url)


def test_a_taken_port_is_named_for_the_database_too(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"port {port} on 127.0.0.1 is taken"):
            start_postgres(tmp_path, port)


def test_a_server_ends_with_the_process_that_started_it_even_if_that_was_killed():
    with passing_folder("qizheng-postgres-") as folder:
        pid = server_of_a_killed_process(folder, detached=False)
        until = time.monotonic() + 20
        while is_there(pid) and time.monotonic() < until:
            time.sleep(0.05)
        assert not is_there(pid)


def test_a_detached_server_outlives_its_starter_and_is_stopped_by_its_folder():
    with passing_folder("qizheng-postgres-") as folder:
        pid = server_of_a_killed_process(folder, detached=True)
        found = running_postgres(folder)
        assert found is not None
        assert (found.pid, ask(found.url, "SELECT 1")) == (pid, 1)
        found.stop()
        assert not is_there(pid)
        assert running_postgres(folder) is None


def server_of_a_killed_process(folder: Path, *, detached: bool) -> int:
    program = f"""
import time, pathlib
from chassis.testing.postgres import start_postgres
print(start_postgres(pathlib.Path({str(folder)!r}), detached={detached}).pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        assert is_there(pid)
        starter.send_signal(signal.SIGKILL)
    return pid
