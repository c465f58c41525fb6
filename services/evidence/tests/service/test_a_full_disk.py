"""A disk that is full: evidence says what is missing and where, shows nothing half, and goes on once there is room."""

import asyncio
import errno
import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import pytest
from fastapi.testclient import TestClient
from outsider import Ledger, look_at_ledger, source_of
from structlog.testing import capture_logs

from chassis.keeping.running import Running
from evidence.adapters.documents import DocumentFolder
from evidence.adapters.files import TileFolder
from evidence.main import service
from evidence.views import ledger

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(120)]
STREAM = "0190a1b2-0000-4000-8000-0000000000d1"
LARGE = "x" * 20_000


class Disk(Protocol):
    """`says` is what the system answers to who writes when it is full."""

    says: str

    def fill(self) -> None: ...
    def make_room(self) -> None: ...


class SmallDisk:
    """A file system of a few megabytes, really full."""

    says = os.strerror(errno.ENOSPC)

    def __init__(self, folder: Path) -> None:
        self.filler = folder / "filler"

    def fill(self) -> None:
        with self.filler.open("wb", buffering=0) as file, suppress(OSError):
            for size in (65_536, 1):
                with suppress(OSError):
                    while file.write(b"\0" * size):
                        pass

    def make_room(self) -> None:
        self.filler.unlink()


class FileLimit:
    """A limit that the system sets to the files of this process: who may mount nothing still meets a real refusal."""

    says = os.strerror(errno.EFBIG)

    def __init__(self) -> None:
        self.before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(LARGE), self.before[1]))

    def make_room(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self.before)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "disk"
    folder.mkdir()
    return folder


@pytest.fixture(params=["disk", "limit"])
def disk(request: pytest.FixtureRequest, place: Path) -> Iterator[Disk]:
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)]
    if request.param == "disk" and subprocess.run(mount, capture_output=True).returncode == 0:
        try:
            yield SmallDisk(place)
        finally:
            subprocess.run(["umount", str(place)], check=True)
    else:
        limit = FileLimit()
        try:
            yield limit
        finally:
            limit.make_room()


def published_size(town: Any) -> int:
    note = TileFolder(town.folder / "ledger").checkpoint()
    return int(note.split(b"\n")[1]) if note else 0


async def begun(town: Any, running: Running) -> int:
    """The size of a ledger that is sealed and published to the end of the topics, which other tests have used too."""
    await town.register(running, "people", "evidence")
    await town.say(town.desk.event(STREAM))
    await town.sealed_to_the_end(running)
    size = ledger.end(running.store)["size"]
    await town.until(lambda: published_size(town) == size)
    return size


def ledger_breaches(town: Any) -> list[object]:
    """What the outsider finds in the published files alone."""
    return [*look_at_ledger(Ledger(source_of(str(town.folder / "ledger"))))]


async def readiness(running: Running) -> tuple[int, str]:
    """What somebody who asks over HTTP is told."""
    app = service().app()
    app.state.running, app.state.build = running, ""
    answer = await asyncio.to_thread(TestClient(app).get, "/health/ready")
    return answer.status_code, answer.text


async def test_a_ledger_without_room_waits_and_is_whole_and_then_goes_on(disk: Disk, town: Any):
    event = town.desk.event
    async with town.evidence() as running:
        before = await begun(town, running)
        disk.fill()
        with capture_logs() as logged:
            await town.say(*(event(STREAM, n, data=LARGE) for n in range(2, 6)))
            await town.until(lambda: disk.says in (running.missing() or ""))
        status, why = await readiness(running)

        assert status == 503
        assert disk.says in why
        assert "disk/ledger/tile/" in why
        assert any(line["event"] == "ledger-in-trouble" and disk.says in line["why"] for line in logged)
        assert published_size(town) == before
        assert ledger_breaches(town) == []
        assert [*town.folder.rglob("*.new")] == []

        disk.make_room()
        await town.until(lambda: published_size(town) == before + 4)
        await town.until(lambda: running.missing() is None)
    assert await town.breaches() == []


async def test_a_document_without_room_is_waited_for_and_nothing_is_sealed_over_it(disk: Disk, town: Any):
    document = town.desk.event(STREAM, 2, data=LARGE * 4)
    async with town.evidence() as running:
        before = await begun(town, running)
        disk.fill()
        await town.say(document)
        await town.until(lambda: disk.says in (running.missing() or ""))

        assert "disk/documents/" in (running.missing() or "")
        assert ledger.end(running.store)["size"] == before

        disk.make_room()
        await town.until(lambda: published_size(town) == before + 1)
        await town.until(lambda: running.missing() is None)
    assert DocumentFolder(town.folder / "documents").read(sha256(document).hexdigest()) == document
    assert await town.breaches() == []
