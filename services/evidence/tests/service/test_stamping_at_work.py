"""The whole way of a time stamp, over a real broker: a case is opened, sealed, stamped, and its stamp is sealed."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prometheus_client import REGISTRY
from pydantic import ValidationError

from chassis.keeping.letters import SAID
from chassis.keeping.running import Running
from chassis.keeping.work import begun_by
from contracts.evidence import CaseClosed, DossierRequested
from evidence.adapters.authorities import DEVELOPMENT
from evidence.settings import Settings
from evidence.views import ledger, stamps

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(120)]
CASE = UUID("0190a1b2-0000-4000-8000-00000000ca5e")
COMMAND = Path(sys.executable).parent / "evidence"


def verify(town: Any) -> tuple[int, dict[str, str]]:
    """What the auditor's command says, under the root of the authority for development."""
    words = ["--ledger", town.folder / "ledger", "--roots", town.folder / "authority/root.pem", "--json"]
    done = subprocess.run([COMMAND, "verify", *words], capture_output=True, text=True)
    return done.returncode, json.loads(done.stdout)["layers"]


def says(running: Running, fact: Any) -> UUID:
    """Evidence says something, as if somebody had asked for it. Returns the event's id."""

    def handler(work: Any) -> UUID:
        work.decide(SAID, CASE, fact)
        return work.decided[-1].id

    return running.committer.commit(begun_by("user:hr"), handler)


async def test_what_an_export_asks_for_is_stamped_sealed_and_verified(town: Any):
    async with town.evidence() as running:
        await town.register(running, "people", "evidence")
        request = says(running, DossierRequested(case=str(CASE), recipient="仲裁委员会", purpose="举证"))
        await town.until(lambda: stamps.of_request(running.store, request))
        (stamp,) = stamps.of_request(running.store, request)
        await town.until(lambda: ledger.record_of(running.store, stamp["event"]))
        before, after = (ledger.record_of(running.store, each) for each in (request, stamp["event"]))
        assert before is not None
        assert after is not None
        assert before["seq"] < stamp["size"] <= after["seq"]
        assert (stamp["authority"], stamp["evidential"]) == (DEVELOPMENT, False)
        await town.sealed_to_the_end(running)
    status, layers = await asyncio.to_thread(verify, town)
    assert (status, layers["stamps"]) == (0, "holds; 1 of 1 not evidential / 无证据效力")
    assert await town.breaches() == []


async def test_a_stamp_follows_what_waits_and_an_idle_ledger_does_not_grow(town: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("QIZHENG_STAMP_WITHIN", "1")
    async with town.evidence() as running:
        await town.register(running, "people", "evidence")
        says(running, CaseClosed(case=str(CASE), outcome="和解"))
        await town.until(lambda: (stamps.newest(running.store) or {"size": 0})["size"] >= 3)
        await town.sealed_to_the_end(running)
        size = ledger.end(running.store)["size"]
        await asyncio.sleep(4)  # Four chances to stamp its own stamps.
        assert ledger.end(running.store)["size"] == size
        assert REGISTRY.get_sample_value("ledger_stamp_age_seconds", {"authority": DEVELOPMENT}) > 1
        assert REGISTRY.get_sample_value("ledger_unstamped_seconds", {"authority": DEVELOPMENT}) == 0
    assert await town.breaches() == []


async def test_an_authority_that_is_away_is_counted_and_hinders_nobody(town: Any, monkeypatch: pytest.MonkeyPatch):
    roots = town.folder / "roots.pem"
    roots.write_text("")
    away = [{"name": "away", "url": "http://127.0.0.1:1/tsa", "roots": str(roots)}]
    monkeypatch.setenv("QIZHENG_AUTHORITIES", json.dumps(away))

    def missed() -> float:
        return REGISTRY.get_sample_value("ledger_stamps_missed_total", {"authority": "away"}) or 0.0

    async with town.evidence() as running:
        await town.register(running, "people", "evidence")
        request = says(running, DossierRequested(case=str(CASE), recipient="仲裁委员会", purpose="举证"))
        await town.until(lambda: missed() > 1)
        assert running.missing() is None
        await town.say(town.desk.event("0190a1b2-0000-4000-8000-0000000000e1"))
        await town.sealed_to_the_end(running)
        assert stamps.of_request(running.store, request) == []
        (row,) = running.store.rows("select failure from errands")
        assert row["failure"].startswith("away: ConnectError")

    monkeypatch.delenv("QIZHENG_AUTHORITIES")  # Somebody names another; nothing that waits for a stamp was lost.
    async with town.evidence() as running:
        running.store.rows("update errands set next_try = now() returning event")
        await town.until(lambda: stamps.of_request(running.store, request))


def test_roots_that_are_missing_are_said_at_once_and_not_at_the_first_stamp(monkeypatch: pytest.MonkeyPatch):
    named = [{"name": "one", "url": "http://tsa.example", "roots": "missing.pem"}]
    monkeypatch.setenv("QIZHENG_AUTHORITIES", json.dumps(named))
    with pytest.raises(ValidationError, match=r"authorities\.0\.roots"):
        Settings.of("evidence")
