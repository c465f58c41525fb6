"""Evidence checks itself: the ledger, those who run and the clock; by command, and of itself while it runs."""

import asyncio
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import orjson
import pytest

from chassis.facing.build import build_of
from contracts.evidence import SelfChecked
from evidence.adapters.files import TileFolder
from evidence.adapters.services import HttpServices
from evidence.domain.completeness import Said
from evidence.domain.readiness import Readiness
from evidence.domain.tree import Frontier
from evidence.views import self_checks, stamps

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(120)]
BUILD = "ab" * 32
ANSWERS = {
    "people": (200, {"status": "ready", "events": 7, "told": 6, "build": BUILD}),
    "points": (503, {"status": "not ready", "missing": "the relay has no broker", "build": BUILD}),
    "gateway": (503, {"status": "not ready", "missing": ["people", "points"], "away": [], "build": BUILD}),
    "learning": (200, {"state": "fine"}),
    "agreements": (404, {}),
    "evidence": (200, {"status": "ready", "events": 1, "told": 1, "build": "another"}),
}


class Answering(BaseHTTPRequestHandler):
    """Every service at once: the first part of the path says which."""

    def do_GET(self) -> None:
        _, name, path = self.path.split("/", 2)
        status, body = ANSWERS[name] if path == "health/ready" else (404, {})
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def addresses() -> Iterator[dict[str, str]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = Thread(target=server.serve_forever)
    thread.start()
    here = f"http://127.0.0.1:{server.server_port}"
    yield {**{name: f"{here}/{name}" for name in ANSWERS}, "payroll-bridge": "http://127.0.0.1:1"}
    server.shutdown()
    thread.join()
    server.server_close()


def said(running: Any, type: str) -> list[dict[str, Any]]:
    """What evidence has said of this type, in order."""
    rows = running.store.rows("select state from stored_events where topic = %s order by notification_id", type)
    return [orjson.loads(bytes(row["state"])) for row in rows]


async def test_a_service_says_its_health_build_and_counts_and_one_that_cannot_is_away(addresses):
    assert await HttpServices(addresses).ask() == {
        "people": Readiness("ready", BUILD, Said(7, 6)),
        "points": Readiness("not ready: the relay has no broker", BUILD),
        "gateway": Readiness("not ready: people, points", BUILD),
        "learning": Readiness("away: its answer cannot be read"),
        "agreements": Readiness("away: it says 404"),
        "evidence": Readiness("ready", "another", Said(1, 1)),
        "payroll-bridge": Readiness("away: URLError"),
    }


async def test_the_command_records_what_was_verified_and_who_was_at_work(town, types, addresses, monkeypatch):
    monkeypatch.setenv("QIZHENG_SERVICES", json.dumps(addresses))
    monkeypatch.setenv("QIZHENG_STAMP_WITHIN", "1")
    async with town.evidence() as running:
        await town.register(running, "evidence", "people")
        await town.until(lambda: stamps.newest(running.store) is not None)
        code, out, wrong = await asyncio.to_thread(types, "self-check")
        assert (code, wrong) == (0, "")
        assert "records verified, 0 findings" in out
        assert "points          not ready: the relay has no broker" in out
        (event,) = said(running, SelfChecked.TYPE)
        assert event["actor"] == "user:operator"
        data = event["data"]
        assert (data["since"], data["findings"]) == (0, 0)
        assert data["root"] == root_at(running, data["size"])
        assert data["builds"]["evidence"] == build_of("evidence"), "its own, and not what somebody says it is"
        assert data["health"]["payroll-bridge"] == "away: URLError"
        stamp = stamps.newest(running.store)
        assert stamp is not None
        assert (data["clock"], abs(data["clock_offset"]) < 60_000) == (stamp["authority"], True)
        await town.sealed_to_the_end(running)
    assert await town.breaches() == []


def root_at(running: Any, size: int) -> str:
    """The root of the first records, from their leaves."""
    leaves = running.store.rows("select leaf_hash from records where seq < %s order by seq", size)
    return Frontier().grown([bytes(row["leaf_hash"]) for row in leaves])[0].root().hex()


async def test_what_is_wrong_with_the_ledger_is_found_and_recorded(town, types):
    async with town.evidence() as running:
        await town.register(running, "evidence")
        await town.until(lambda: TileFolder(town.folder / "ledger").checkpoint() is not None)
    (bundle,) = (path for path in (town.folder / "ledger" / "tile" / "entries").rglob("*") if path.is_file())
    bundle.write_bytes(bundle.read_bytes().replace(b"evidence/", b"evidenze/"))
    code, out, _ = await asyncio.to_thread(types, "self-check")
    assert (code, "0 findings" in out) == (1, False)
    async with town.evidence() as running:
        (event,) = said(running, SelfChecked.TYPE)
    assert event["data"]["findings"] > 0


def test_a_ledger_without_a_checkpoint_is_found_to_be_so(town, types):
    assert types("migrate")[0] == 0
    code, out, _ = types("self-check")
    assert (code, out.splitlines()[0]) == (1, "0 of 0 records verified, 1 findings")


def test_a_ledger_that_cannot_be_read_leaves_no_record(town, types):
    assert types("migrate")[0] == 0
    (town.folder / "no-folder").write_text("")
    code, out, wrong = types("self-check", LEDGER=str(town.folder / "no-folder"))
    assert (code, out) == (2, "")
    assert "evidence: nothing was recorded: " in wrong
    assert "Traceback" not in wrong


async def test_the_running_service_checks_itself_when_it_is_time_and_not_before(town, monkeypatch):
    monkeypatch.setenv("QIZHENG_SELF_CHECK_HOURS", str(2 / 3_600))
    async with town.evidence() as running:
        await town.register(running, "evidence", "people")
        assert said(running, SelfChecked.TYPE) == []
        await town.until(lambda: len(said(running, SelfChecked.TYPE)) == 2)
        first, second = said(running, SelfChecked.TYPE)
        assert first["time"][:19] < second["time"][:19]
        assert first["actor"] == "service:evidence"
        assert first["data"]["health"] == {"evidence": "its address is not known"}
        newest = self_checks.newest(running.store)
        assert newest is not None
        assert newest["findings"] == 0
    monkeypatch.setenv("QIZHENG_SELF_CHECK_HOURS", "24")
    async with town.evidence() as running:
        before = len(said(running, SelfChecked.TYPE))
        await town.sealed_to_the_end(running)
        await asyncio.sleep(3)
        assert len(said(running, SelfChecked.TYPE)) == before
    assert await town.breaches() == []
