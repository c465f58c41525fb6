"""`evidence archive` and `evidence restore`, typed beside a database, with a folder and with a bucket that locks."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from chassis.keeping.committer import Committer
from chassis.keeping.store import Store
from contracts.evidence import SegmentArchived
from evidence.adapters.files import TileFolder
from evidence.domain import cold
from evidence.domain.archiving import retained_until
from evidence.domain.segments import ENTRIES, MANIFEST, Segment, parse_manifest
from evidence.main import cli, service
from evidence.main.instruments import cold_store, craft

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(180)]
Types = Callable[..., tuple[int, str]]


@pytest.fixture
def types(database: str, long_ledger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Types:
    """What a command says, and its exit code; the ledger has one complete segment, and 464 records more."""
    store = Store(database)
    store.migrate("evidence")
    store.close()
    known = {"DATABASE_URL": database, "KEYS": tmp_path / "keys", "LEDGER": long_ledger, "FOLDER": tmp_path}
    for name, value in {**known, "ARCHIVE": tmp_path / "cold", "SETTINGS": tmp_path / "none"}.items():
        monkeypatch.setenv(f"QIZHENG_{name}", str(value))

    def typed(*words: object) -> tuple[int, str]:
        done = CliRunner().invoke(cli, [str(word) for word in words])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    return typed


@pytest.fixture(scope="module")
def archived(long_ledger: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the complete segment of the long ledger was archived. Who needs it changed takes a copy."""
    place = tmp_path_factory.mktemp("archived")
    cold.keep(TileFolder(long_ledger), cold_store(str(place), None, None, ZoneInfo("UTC")), Segment(0), craft())
    return place


def said_by_evidence() -> list[dict[str, Any]]:
    """The data of every SegmentArchived in evidence's own store."""
    made = service().store
    rows = made.rows("select state from stored_events where topic = %s order by notification_id", SegmentArchived.TYPE)
    made.close()
    return [json.loads(bytes(row["state"]))["data"] for row in rows]


def change(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def test_a_segment_is_archived_once_and_the_ledger_is_told(types, tmp_path):
    status, said = types("archive")
    place = (tmp_path / "cold/segments/000000000").as_uri()
    assert (status, said) == (0, f"records 0 to 65,535: {place}\n")
    assert types("archive") == (0, f"every complete segment lies in {(tmp_path / 'cold').as_uri()} already\n")
    manifest = parse_manifest((tmp_path / "cold/segments/000000000" / MANIFEST).read_bytes())
    (fact,) = said_by_evidence()
    assert fact == {
        "segment": 0,
        "first": 0,
        "length": 65_536,
        "sha256": manifest.objects[ENTRIES].sha256,
        "sm3": manifest.objects[ENTRIES].sm3,
        "checkpoint": 66_000,
        "location": place,
        "retained_until": None,
    }


def test_a_second_place_gets_a_copy_of_its_own(types, archived, tmp_path):
    shutil.copytree(archived, tmp_path / "cold")
    assert types("archive")[0] == 0
    status, said = types("archive", "--to", tmp_path / "second", "--json")
    assert status == 0
    (told,) = json.loads(said)
    assert told["location"] == (tmp_path / "second/segments/000000000").as_uri()
    assert [fact["location"] for fact in said_by_evidence()] == [
        (tmp_path / name / "segments/000000000").as_uri() for name in ("cold", "second")
    ]


def test_a_run_that_dies_before_it_says_so_is_finished_by_the_next(types, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Committer, "commit", lambda *_, **__: (_ for _ in ()).throw(OSError("the machine is gone")))
        assert types("archive") == (1, "evidence: not archived: the machine is gone\n")
    assert said_by_evidence() == []
    lying = {path: path.stat().st_mtime_ns for path in (tmp_path / "cold").rglob("*") if path.is_file()}
    assert types("archive")[0] == 0
    assert len(said_by_evidence()) == 1
    assert {path: path.stat().st_mtime_ns for path in lying} == lying, "what lay there was read back, not put again"


def test_what_lies_there_damaged_is_not_called_archived(types, archived, tmp_path):
    shutil.copytree(archived, tmp_path / "cold")
    change(tmp_path / "cold/segments/000000000" / ENTRIES)
    status, said = types("archive")
    assert status == 1
    assert "segments/000000000: entries.zst has another length, SHA-256 or SM3 than manifest.json says" in said
    assert said.count("\n") == 1
    assert said_by_evidence() == []


def test_a_bucket_keeps_a_segment_as_long_as_the_settings_say(types, buckets, monkeypatch):
    name = buckets.made(locked=True)
    monkeypatch.setenv("QIZHENG_ARCHIVE_ENDPOINT", buckets.endpoint)
    monkeypatch.setenv("QIZHENG_ARCHIVE_RETENTION", "400d")
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    status, said = types("archive", "--to", f"s3://{name}/cold")
    assert status == 0, said
    (fact,) = said_by_evidence()
    until = retained_until(today, "400d")
    assert date.fromisoformat(fact["retained_until"]) == until
    assert said.endswith(f", which keeps it until {until}\n")
    held = buckets.client.head_object(Bucket=name, Key="cold/segments/000000000/entries.zst")
    assert held["ObjectLockRetainUntilDate"].astimezone(UTC).isoformat() == f"{until}T16:00:00+00:00"


def test_a_bucket_that_does_not_lock_is_no_archive_while_a_retention_is_asked(types, buckets, monkeypatch):
    name = buckets.made(locked=False)
    monkeypatch.setenv("QIZHENG_ARCHIVE_ENDPOINT", buckets.endpoint)
    status, said = types("archive", "--to", f"s3://{name}/cold")
    assert (status, said.count("\n")) == (1, 1)
    assert said_by_evidence() == []


def test_all_that_was_archived_with_the_rest_of_the_files_is_a_ledger_again(types, archived, long_ledger, tmp_path):
    """A folder that lost what is archived: it has the rest, and its own checkpoint."""
    folder = shutil.copytree(long_ledger, tmp_path / "hot")
    for path in [*(folder / "tile/entries").glob("[0-9][0-9][0-9]"), *(folder / "tile/0").glob("[0-9][0-9][0-9]")]:
        if int(path.name) < 256:
            path.unlink()
    (folder / "tile/1/000").unlink()
    assert types("verify", "--ledger", folder, "--jobs", 1)[0] == 1, "the first bundle is missing"
    status, said = types("restore", "--from", archived, "--into", folder)
    assert status == 0, said
    assert "records 0 to 65,535 hold, under a checkpoint of 66,000\n" in said
    assert f"signed by {(folder / 'vkey').read_text().strip()}" in said
    status, said = types("verify", "--ledger", folder, "--json")
    assert (status, json.loads(said)["checked"], json.loads(said)["holds"]) == (0, 66_000, True)


def test_a_segment_alone_comes_with_the_checkpoint_that_covers_it(types, archived, long_ledger, tmp_path):
    status, said = types("restore", "--from", archived, "--into", tmp_path / "back", "--segment", 0, "--json")
    told = json.loads(said)
    assert (status, told["segments"], told["checkpoint"]) == (0, [0], 66_000)
    for name in ("checkpoint", "vkey", "tile/entries/000", "tile/0/255", "tile/1/000"):
        assert (tmp_path / "back" / name).read_bytes() == (long_ledger / name).read_bytes()
    status, said = types("verify", "--ledger", tmp_path / "back", "--jobs", 1, "--json")
    assert (status, json.loads(said)["checked"]) == (1, 65_536), "the rest is missing, and that is said"


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda place: change(place / ENTRIES), "entries.zst has another length, SHA-256 or SM3"),
        (lambda place: change(place / "tiles"), "tiles has another length, SHA-256 or SM3"),
        (lambda place: (place / ENTRIES).unlink(), "entries.zst is missing"),
        (lambda place: (place / MANIFEST).unlink(), "manifest.json is missing"),
        (lambda place: place.rename(place.with_name("000000001")), "segment 0 is not in"),
    ],
    ids=["entries", "tiles", "missing", "manifest", "segment"],
)
def test_what_is_broken_in_the_archive_is_said_in_one_sentence_and_nothing_is_written(
    types, archived, tmp_path, damage, why
):
    shutil.copytree(archived, tmp_path / "cold")
    damage(tmp_path / "cold/segments/000000000")
    status, said = types("restore", "--from", tmp_path / "cold", "--into", tmp_path / "back")
    assert (status, said.count("\n")) == (1, 1)
    assert said.startswith("evidence: broken off after 0 segments: ")
    assert why in said
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--from", "none-such"), "none-such: "),
        (("--from", "ftp://x"), "a store is a folder or s3://bucket/prefix"),
        (("--from", "."), "there is no segment in ."),
    ],
)
def test_a_place_where_nothing_was_archived_is_said_to_be_none(types, tmp_path, monkeypatch, words, why):
    monkeypatch.chdir(tmp_path)
    status, said = types("restore", *words, "--into", tmp_path / "back")
    assert (status, said.count("\n")) == (1, 1)
    assert why in said
    assert not (tmp_path / "none-such").exists()


def test_a_ledger_that_is_not_there_cannot_be_archived(types, tmp_path, monkeypatch):
    monkeypatch.setenv("QIZHENG_LEDGER", str(tmp_path / "none"))
    status, said = types("archive")
    assert (status, said.count("\n")) == (1, 1)
    assert said.startswith("evidence: not archived: ")


def test_who_archives_at_the_same_time_says_it_once(types, archived, tmp_path, monkeypatch):
    """Another run archives the same segment while this one reads it back."""
    shutil.copytree(archived, tmp_path / "cold")
    kept, others = cold.keep, list[int]()

    def keep(*given: Any) -> Any:
        back = kept(*given)
        if not others:
            others.append(1)
            others[0] = types("archive")[0]
        return back

    monkeypatch.setattr("evidence.cli.archiving.keep", keep)
    assert (types("archive")[0], others) == (0, [0])
    assert len(said_by_evidence()) == 1
