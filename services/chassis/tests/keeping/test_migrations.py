"""Migrations: made once, whoever starts, however many start at once, and wherever the last start was killed."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from chassis.keeping.store import Store

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(60)]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package of a service, with a room of migrations."""
    name = "passing_service"
    rooms = tmp_path / name / "migrations"
    rooms.mkdir(parents=True)
    (tmp_path / name / "__init__.py").write_text("")
    (rooms / "0001.passing.sql").write_text("create table first (n int);\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, name, raising=False)
    return name


def start(database: str, package: str) -> None:
    store = Store(database)
    try:
        store.migrate(package)
    finally:
        store.close()


def tables(database: str) -> set[str]:
    with psycopg.connect(database) as connection:
        rows = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
    return {name for (name,) in rows}


def add(tmp_path: Path, package: str, name: str, text: str) -> None:
    (tmp_path / package / "migrations" / name).write_text(text)


def test_a_start_makes_everything_and_a_second_one_nothing(database: str, package: str):
    start(database, package)
    made = tables(database)
    assert {"stored_events", "snapshots", "inbox_heads", "idempotency_keys", "deadlines", "first"} <= made
    start(database, package)
    assert tables(database) == made


def test_many_may_start_at_once(database: str, package: str):
    with ThreadPoolExecutor(4) as starters:
        for started in [starters.submit(start, database, package) for _ in range(4)]:
            started.result()
    assert "first" in tables(database)


def test_what_a_new_version_brings_is_added(database: str, package: str, tmp_path: Path):
    start(database, package)
    add(tmp_path, package, "0002.passing.sql", "alter table first add column m int;\ncreate table second (n int);\n")
    start(database, package)
    assert {"first", "second"} <= tables(database)


def test_a_migration_that_fails_leaves_nothing_and_is_made_when_it_is_mended(
    database: str, package: str, tmp_path: Path
):
    start(database, package)
    add(tmp_path, package, "0002.passing.sql", "create table second (n int);\nselect 1/0;\n")
    with pytest.raises(psycopg.errors.DivisionByZero):
        start(database, package)
    assert "second" not in tables(database)
    add(tmp_path, package, "0002.passing.sql", "create table second (n int);\n")
    start(database, package)
    assert "second" in tables(database)


def test_a_change_and_the_mark_that_it_was_made_commit_together(database: str, package: str, tmp_path: Path):
    """A process that is killed between the two would find its own tables in the way, for ever."""
    start(database, package)
    with psycopg.connect(database) as killer:
        killer.execute(
            "create function kill() returns trigger language plpgsql as"
            " $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$"
        )
        killer.execute("create trigger kill before insert on _yoyo_migration for each row execute function kill()")
    add(tmp_path, package, "0002.passing.sql", "create table second (n int);\n")
    with pytest.raises(psycopg.OperationalError):
        start(database, package)
    assert "second" not in tables(database)
    with psycopg.connect(database) as killer:
        killer.execute("drop trigger kill on _yoyo_migration")
    start(database, package)
    assert "second" in tables(database)


def test_a_lock_that_a_killed_process_left_behind_stops_nobody(database: str, package: str):
    with psycopg.connect(database) as killed:
        killed.execute("create table yoyo_lock (locked int default 1 primary key, ctime timestamp, pid int not null)")
        killed.execute("insert into yoyo_lock (locked, ctime, pid) values (1, now(), 4711)")
    start(database, package)
    assert "first" in tables(database)
