"""Cold stores as the commands lean on them: a folder and a real S3 server keep segments alike; the server locks them."""

import re
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from botocore.exceptions import ClientError

from evidence.adapters.files import TileFolder
from evidence.adapters.guomi import sm3
from evidence.adapters.object_store import ObjectStore, object_store
from evidence.adapters.packing import pack, unpack
from evidence.adapters.signatures import holds
from evidence.domain.cold import bring_back, keep, read_back
from evidence.domain.notes import Verifier
from evidence.domain.packing import Craft
from evidence.domain.segments import CHECKPOINT, ENTRIES, MANIFEST, TILES, NotASegment, Segment

CRAFT = Craft(pack, unpack, sm3, holds)
SHANGHAI = ZoneInfo("Asia/Shanghai")
SMALL = 256
first, second = Segment(0, SMALL), Segment(1, SMALL)
NAMES = (ENTRIES, TILES, CHECKPOINT, MANIFEST)
far = datetime.now(UTC).date() + timedelta(days=400)


@pytest.fixture
def ledger(short_ledger, tmp_path) -> TileFolder:
    return TileFolder(shutil.copytree(short_ledger, tmp_path / "ledger"))


@pytest.fixture(params=["folder", "bucket"])
def place(request, tmp_path) -> tuple[str, str | None]:
    """Where a store is, and at which endpoint."""
    if request.param == "folder":
        return str(tmp_path / "cold"), None
    buckets = request.getfixturevalue("buckets")
    return f"s3://{buckets.made(locked=True)}/a/b", buckets.endpoint


@pytest.fixture
def store(place) -> ObjectStore:
    return object_store(*place, far, SHANGHAI, make=True)


def changed(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def test_what_is_put_is_read_and_what_is_not_there_is_not(store):
    assert store.read("a/b") is None
    store.put("a/b", b"one")
    store.put("a/b", b"two")
    assert store.read("a/b") == b"two"


def test_the_segments_that_lie_there_are_told_in_order(store):
    assert store.segments() == []
    for number in (12, 2, 0):
        store.put(f"{Segment(number).folder}/{MANIFEST}", b"")
    store.put("segments/notes/read-me", b"left here by somebody")
    assert store.segments() == [0, 2, 12]


def test_a_segment_is_kept_and_read_back_and_keeping_it_again_changes_nothing(ledger, store):
    kept = keep(ledger, store, second, CRAFT)
    lying = {name: store.read(f"{second.folder}/{name}") for name in NAMES}
    again = keep(ledger, store, second, CRAFT)
    assert again == kept == read_back(store, second, CRAFT, ledger.vkey())
    assert {name: store.read(f"{second.folder}/{name}") for name in NAMES} == lying


def test_a_run_that_ended_before_the_manifest_is_finished_by_the_next(ledger, store):
    store.put(f"{second.folder}/{ENTRIES}", b"half of a run that died")
    keep(ledger, store, second, CRAFT)
    assert read_back(store, second, CRAFT).covering.size == 714


@pytest.mark.parametrize("name", NAMES)
def test_a_byte_that_changed_in_the_store_is_found_and_named(ledger, store, name):
    keep(ledger, store, second, CRAFT)
    path = f"{second.folder}/{name}"
    store.put(path, changed(store.read(path) or b""))
    for look in (lambda: keep(ledger, store, second, CRAFT), lambda: read_back(store, second, CRAFT)):
        with pytest.raises(NotASegment, match=name) as fault:
            look()
        assert f"{store.location}/segments/000000001" in str(fault.value)


class Forgetful:
    """A store that gives other bytes back than it was handed, as a broken disk would."""

    def __init__(self, store: ObjectStore, name: str) -> None:
        self.store, self.name = store, name
        self.location, self.retained_until = store.location, store.retained_until

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def put(self, path: str, data: bytes) -> None:
        self.store.put(path, changed(data) if path.endswith(self.name) else data)


@pytest.mark.parametrize("name", NAMES)
def test_a_store_that_keeps_other_bytes_is_found_out_when_they_are_read_back(ledger, store, name):
    with pytest.raises(NotASegment, match=name):
        keep(ledger, Forgetful(store, name), second, CRAFT)  # type: ignore[arg-type]


def test_a_ledger_that_is_broken_itself_is_not_put_away(ledger, store):
    bundle = ledger.root / "tile/entries/001"
    bundle.write_bytes(bundle.read_bytes().replace(b"36.5", b"63.5", 1))
    with pytest.raises(NotASegment, match="tile/0/001 and the records differ from record 256 on"):
        keep(ledger, store, second, CRAFT)
    assert store.segments() == []


def test_a_segment_of_another_history_under_the_same_key_is_not_taken_for_ours(ledger, store, desk, publish, tmp_path):
    desk = type(desk)()
    more = [desk.message(desk.event("0190a1b2-0000-4000-8000-0000000000f0", n)) for n in range(1, 700)]
    other = TileFolder(publish(tmp_path / "other", desk.seal(*more), 300))
    keep(other, store, first, CRAFT)
    with pytest.raises(NotASegment, match="not the records that are published"):
        keep(ledger, store, first, CRAFT)


def test_segments_come_back_as_they_were_published(ledger, store, tmp_path):
    for segment in (first, second):
        keep(ledger, store, segment, CRAFT)
    folder = TileFolder(tmp_path / "back")
    for _ in range(2):
        assert len(list(bring_back(store, (first, second), folder, CRAFT, None))) == 2
    files = [path.relative_to(folder.root) for path in folder.root.rglob("*") if path.is_file()]
    assert sorted(map(str, files)) == [
        "checkpoint",
        *(f"tile/{n}/00{m}" for n in (0, "entries") for m in (0, 1)),
        "vkey",
    ]
    assert all((folder.root / path).read_bytes() == (ledger.root / path).read_bytes() for path in files)


def test_bytes_that_stand_in_the_folder_are_not_overwritten(ledger, store, tmp_path):
    keep(ledger, store, first, CRAFT)
    folder = TileFolder(tmp_path / "back")
    (standing := folder.root / "tile/entries/000").parent.mkdir(parents=True)
    standing.write_bytes(b"something else")
    with pytest.raises(NotASegment, match="tile/entries/000 stands in the folder with other bytes than segment 0"):
        list(bring_back(store, [first], folder, CRAFT, None))
    assert standing.read_bytes() == b"something else"
    assert folder.read("tile/0/000") is None, "nothing of the segment was written"
    assert folder.checkpoint() is None


def test_a_folder_of_another_ledger_is_not_mixed_up_with_ours(ledger, store, tmp_path):
    keep(ledger, store, first, CRAFT)
    folder = TileFolder(tmp_path / "back")
    with pytest.raises(NotASegment, match="is not signed by somebody"):
        list(bring_back(store, [first], folder, CRAFT, str(Verifier("somebody", bytes(32)))))
    assert not folder.root.exists()


# What only a bucket does


@pytest.fixture
def bucket(buckets) -> Callable[..., tuple[str, ObjectStore]]:
    def made(until: date | None, *, locked: bool = True) -> tuple[str, ObjectStore]:
        name = buckets.made(locked=locked)
        return name, object_store(f"s3://{name}/cold", buckets.endpoint, until, SHANGHAI)

    return made


def test_every_object_is_locked_until_the_last_day_is_over_for_the_company(ledger, bucket, buckets):
    name, store = bucket(far)
    assert keep(ledger, store, second, CRAFT).manifest.retained_until == far
    for each in NAMES:
        held = buckets.client.head_object(Bucket=name, Key=f"cold/{second.folder}/{each}")
        assert held["ObjectLockMode"] == "COMPLIANCE"
        assert held["ObjectLockRetainUntilDate"] == datetime.combine(far, datetime.min.time(), UTC) + timedelta(
            hours=16
        )


def test_the_store_refuses_to_delete_what_is_locked_and_keeps_it_when_it_is_overwritten(ledger, bucket, buckets):
    name, store = bucket(far)
    keep(ledger, store, second, CRAFT)
    key = f"cold/{second.folder}/{ENTRIES}"
    (version,) = buckets.client.list_object_versions(Bucket=name, Prefix=key)["Versions"]
    with pytest.raises(ClientError, match="AccessDenied"):
        buckets.client.delete_object(Bucket=name, Key=key, VersionId=version["VersionId"])
    with pytest.raises(ClientError, match="AccessDenied"):
        buckets.client.delete_object(
            Bucket=name, Key=key, VersionId=version["VersionId"], BypassGovernanceRetention=True
        )
    before = store.read(f"{second.folder}/{ENTRIES}")
    buckets.client.put_object(Bucket=name, Key=key, Body=b"forged")
    with pytest.raises(NotASegment, match=ENTRIES):
        read_back(store, second, CRAFT)
    held = buckets.client.get_object(Bucket=name, Key=key, VersionId=version["VersionId"])
    assert held["Body"].read() == before


def test_without_a_retention_nothing_is_locked(ledger, bucket, buckets):
    name, store = bucket(None, locked=False)
    assert keep(ledger, store, second, CRAFT).manifest.retained_until is None
    assert "ObjectLockMode" not in buckets.client.head_object(Bucket=name, Key=f"cold/{second.folder}/{ENTRIES}")


def test_a_bucket_that_cannot_lock_is_not_believed_to_have_locked(ledger, bucket):
    _, store = bucket(far, locked=False)
    with pytest.raises((NotASegment, OSError), match=r"InvalidRequest|is not kept until"):
        keep(ledger, store, second, CRAFT)


def test_a_lock_that_ends_earlier_than_the_manifest_says_is_noticed(ledger, bucket, buckets):
    name, store = bucket(far)
    keep(ledger, store, second, CRAFT)
    key = f"cold/{second.folder}/{TILES}"
    data = store.read(f"{second.folder}/{TILES}")
    soon = datetime.now(UTC) + timedelta(days=1)
    buckets.client.put_object(
        Bucket=name, Key=key, Body=data, ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=soon
    )
    with pytest.raises(NotASegment, match=f"tiles is not kept until {far}"):
        keep(ledger, store, second, CRAFT)


def test_a_store_that_does_not_answer_or_is_not_there_is_one_sentence(buckets, tmp_path):
    away = object_store("s3://cold/x", "http://127.0.0.1:9", None, SHANGHAI)
    none = object_store("s3://no-such-bucket/x", buckets.endpoint, far, SHANGHAI)
    (tmp_path / "file").write_text("")
    for look in (
        lambda: away.read("a"),
        lambda: none.put("a", b""),
        lambda: object_store(str(tmp_path / "file"), None, None, SHANGHAI, make=True),
        lambda: object_store(str(tmp_path / "none"), None, None, SHANGHAI),
        lambda: object_store("ftp://somewhere", None, None, SHANGHAI),
    ):
        with pytest.raises(OSError) as fault:
            look()
        assert re.fullmatch(r"\S+: .{10,400}", str(fault.value)), fault.value


def test_a_folder_is_named_by_its_whole_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    expected = (tmp_path / "冷 段").as_uri()
    assert object_store("冷 段", None, far, SHANGHAI, make=True).location == expected
    assert object_store(expected, None, far, SHANGHAI).location == expected
    assert object_store("冷 段", None, far, SHANGHAI).retained_until is None, "a folder keeps nobody from deleting"
