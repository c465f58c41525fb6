"""Whether the ledger has everything: held against real brokers, and against a service that counts for itself."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from granian.constants import Interfaces
from granian.server.embed import Server
from prometheus_client import REGISTRY

from chassis.facing.build import build_of
from chassis.facing.policy import Policy
from chassis.facing.service import Service
from chassis.facing.settings import ServiceSettings
from chassis.facing.tokens import Principal, issue
from chassis.keeping.committer import Committer, Request
from chassis.keeping.running import Running
from chassis.keeping.store import Store
from chassis.keeping.work import House, Work, begun_by
from chassis.testing.places import PostgresServer
from chassis.testing.processes import free_port
from chassis.testing.topics import create_topics, delete_topics
from contracts.people import DayOpened, DeadLetterDiscarded, DeadLetterRetried
from contracts.topics import PUBLISHED, events_topic
from evidence.adapters.reconciler import Reconciler
from evidence.domain.completeness import Look
from evidence.main import service
from evidence.views import ledger

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(120)]
HOUSE = House("people", PUBLISHED["people"])
CALENDAR = UUID("0190a1b2-0000-4000-8000-0000000ca1e0")
FIRST = date(2031, 3, 3)


class Calendar:
    """Opens one day after another."""

    initial = 0

    @staticmethod
    def decide(days: int, opened: int) -> tuple[DayOpened, ...]:
        return tuple(DayOpened(day=FIRST + timedelta(days=opened + n)) for n in range(days))

    @staticmethod
    def evolve(opened: int, _: DayOpened) -> int:
        return opened + 1


def open_days(work: Work, days: int, stream: UUID = CALENDAR) -> int:
    return work.decide(Calendar, stream, days)  # pyright: ignore[reportArgumentType]


@dataclass
class People:
    """A service with a log, a relay and an HTTP face of its own, under the name of people."""

    made: Service[ServiceSettings]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.made.settings.port}"

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[Running]:
        made = replace(self.made)  # With a store of its own, which ends with it.
        running = await made.start()
        app = made.app()
        app.state.running, app.state.build = running, build_of(made.package)
        port = made.settings.port
        server = Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False)
        serving = asyncio.create_task(server.serve())
        try:
            yield running
        finally:
            server.stop()
            await serving
            await running.stop()

    def commits_untold(self, days: int) -> None:
        """What is committed while nobody relays."""
        store = Store(self.made.settings.database_url)
        committer = Committer(HOUSE, store)
        committer.start()
        committer.commit(begun_by("service:people"), lambda work: open_days(work, days))
        committer.stop()
        store.close()

    def moves_position(self, by: int) -> None:
        """What a broken relay would do: it takes for told what nobody told; or somebody mends that."""
        store = Store(self.made.settings.database_url)
        store.rows("update relay_position set notification = notification + %s returning notification", by)
        store.close()


@pytest.fixture
def people(town: Any, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[People]:
    """Evidence knows where it is, and looks often."""
    name = "people_of_a_test"
    settings = ServiceSettings(
        port=free_port(),
        database_url=postgres_server.create_database(name),
        kafka=town.bootstrap,
        keys=town.folder / "keys",
        jwks=str(town.folder / "keys" / "jwks.json"),
    )
    letters = DeadLetterRetried, DeadLetterDiscarded
    made = People(Service("chassis.testing.counter", HOUSE, settings, Policy({}), letters))
    monkeypatch.setenv("QIZHENG_SERVICES", json.dumps({"people": made.address}))
    monkeypatch.setenv("QIZHENG_JWKS", settings.jwks)
    monkeypatch.setenv("QIZHENG_LOOKS_EVERY", "0.2")
    monkeypatch.setenv("QIZHENG_COMPLETE_WITHIN", "3")
    yield made
    postgres_server.drop_database(name)


async def status(town: Any, running: Running, made: Service[Any]) -> dict[str, Any]:
    """What an auditor is told over HTTP."""
    token = issue(town.folder / "keys", Principal("user:auditor", "auditor"))
    app = made.app()
    app.state.running = running
    client = TestClient(app)
    answer = await asyncio.to_thread(client.get, "/status", headers={"authorization": f"Bearer {token}"})
    return answer.json()["completeness"]


@asynccontextmanager
async def evidence() -> AsyncIterator[tuple[Running, Service[Any]]]:
    """Evidence as it is made, started and stopped."""
    made = service()
    running = await made.start()
    try:
        yield running, made
    finally:
        await running.stop()


async def registered(town: Any, running: Running) -> None:
    await town.register(running, "evidence", "people")


async def complete(
    town: Any, running: Running, made: Service[Any], events: int, *, counted: bool = True
) -> dict[str, Any]:
    """Waits until the last look found this many events of people, by its own count too, and nothing wanting."""
    async with asyncio.timeout(30):
        while True:
            found = await status(town, running, made)
            said = events if counted else None
            if found and found["complete"] and (of_people(found)["events"], of_people(found)["said"]) == (events, said):
                return found
            await asyncio.sleep(0.1)


def of_people(found: dict[str, Any]) -> dict[str, Any]:
    (one,) = (each for each in found["topics"] if each["service"] == "people")
    return one


async def test_an_event_that_is_never_told_is_missed_by_name_until_it_is_told(town, people, types):
    async with evidence() as (running, made):
        await registered(town, running)
        async with people.at_work() as speaking:
            await asyncio.to_thread(speaking.committer.commit, begun_by("user:x"), lambda work: open_days(work, 3))
            found = await complete(town, running, made, 3)
            assert (found["wanting"], running.missing()) == (None, None)
        people.commits_untold(1)
        people.moves_position(1)
        async with people.at_work() as speaking:
            await asyncio.to_thread(speaking.committer.commit, begun_by("user:x"), lambda work: open_days(work, 2))
            await town.until(lambda: running.missing() is not None)
            assert "the ledger is not complete: since 2" in running.missing()
            assert "people has told 1 events that are nowhere" in running.missing()
            found = await status(town, running, made)
            assert (found["complete"], of_people(found)["omitted"], of_people(found)["behind"]) == (False, 1, 0)
            assert found["complete_at"] < found["looked"]
            code, out, _ = await asyncio.to_thread(types, "reconcile")
            assert (code, "people has told 1 events that are nowhere" in out) == (1, True)
            assert REGISTRY.get_sample_value("ledger_events_unsealed", {"topic": "people.events.v1"}) == 1
            assert (REGISTRY.get_sample_value("ledger_incomplete_seconds") or 0) > 3
        people.moves_position(-3)
        async with people.at_work():
            await town.until(lambda: running.missing() is None)
            await complete(town, running, made, 6)
            code, out, _ = await asyncio.to_thread(types, "reconcile")
            assert (code, "of which its service says 6" in out) == (0, True)
            size = ledger.end(running.store)["size"]
            await town.until(lambda: REGISTRY.get_sample_value("ledger_complete_up_to") == size)


async def test_a_service_that_is_away_is_not_counted_and_keeps_nobody_from_being_ready(town, people):
    async with evidence() as (running, made):
        await registered(town, running)
        found = await complete(town, running, made, 0, counted=False)
        looked = found["looked"]
        while (found := await status(town, running, made))["looked"] == looked:  # noqa: ASYNC110  # it looks again
            await asyncio.sleep(0.1)
        assert (found["complete"], running.missing()) == (True, None)
        unknown = REGISTRY.get_sample_value("ledger_events_unsealed", {"topic": "people.events.v1"})
        assert unknown != unknown, "NaN"


async def test_a_database_that_was_set_back_does_not_know_what_is_sealed(town, people, postgres_server):
    async with evidence() as (running, made):
        await registered(town, running)
        async with people.at_work() as speaking:
            await asyncio.to_thread(speaking.committer.commit, begun_by("user:x"), lambda work: open_days(work, 3))
            await complete(town, running, made, 3)
        store = Store(people.made.settings.database_url)
        store.rows("delete from stored_events where notification_id = 3 returning notification_id")
        store.rows("update relay_position set notification = 2 returning notification")
        store.close()
        async with people.at_work():
            await town.until(lambda: "1 events are sealed that people does not know" in (running.missing() or ""))


async def test_a_topic_that_lost_its_end_is_said_by_name(town, people, types):
    async with evidence() as (running, made):
        await registered(town, running)
        await town.say(town.desk.event(CALENDAR), town.desk.event(CALENDAR, 2))
        await complete(town, running, made, 2, counted=False)
        delete_topics(town.bootstrap, [events_topic("people")])
        create_topics(town.bootstrap, [events_topic("people")])
        await town.until(lambda: running.missing() is not None)
        while (found := await status(town, running, made))["complete"]:  # noqa: ASYNC110  # it looks again
            await asyncio.sleep(0.1)
        assert "2 records are sealed that people.events.v1 has no more" in found["wanting"]
        code, out, _ = await asyncio.to_thread(types, "reconcile")
        assert (code, "2 records are sealed that people.events.v1 has no more" in out) == (1, True)


async def test_no_load_is_taken_for_a_loss(town, people, monkeypatch):
    looks: list[Look] = []
    troubles: list[str | None] = []
    note = Reconciler.note

    def remembered(self: Reconciler, found: Look, began: float) -> None:
        note(self, found, began)
        looks.append(found)
        troubles.append(self.trouble())

    monkeypatch.setattr(Reconciler, "note", remembered)
    monkeypatch.setenv("QIZHENG_LOOKS_EVERY", "0")
    monkeypatch.setenv("QIZHENG_COMPLETE_WITHIN", "30")
    async with evidence() as (running, made):
        await registered(town, running)
        async with people.at_work() as speaking:
            said = 0
            while len(looks) < 40:
                said += sum(await asyncio.gather(*(committed(speaking, UUID(int=n, version=4)) for n in range(64))))
            await complete(town, running, made, said)
    assert said > 500
    assert any(each.said not in (None, each.events) for look in looks for each in look.topics), "it was never under way"
    assert [
        c for look in looks for each in look.topics for c in each.wanting() if "wait" not in c and "not told" not in c
    ] == []
    assert set(troubles) == {None}


async def committed(speaking: Running, stream: UUID) -> int:
    job = Request(begun_by("user:x"), lambda work: open_days(work, 2, stream))
    done: Future[int] = speaking.committer.submit(job)
    await asyncio.wrap_future(done)
    return 2
