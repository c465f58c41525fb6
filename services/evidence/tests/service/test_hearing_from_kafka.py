"""Evidence over a real broker: what the topics hold is what the ledger holds, whoever was down or had to wait."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from chassis.keeping.listening import ends_of
from chassis.keeping.relay import headers_of
from chassis.keeping.running import Running
from chassis.keeping.signing import signer
from chassis.keeping.work import begun_by
from chassis.testing.topics import create_topics
from contracts.topics import PUBLISHED, dead_letters_topic, events_topic
from evidence import handlers
from evidence.adapters.files import TileFolder
from evidence.domain.completeness import reconciled
from evidence.domain.keys import RegisterKey
from evidence.main import service
from evidence.views import ledger

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(120)]
TOPICS = {name: events_topic(name) for name in PUBLISHED}
STREAMS = [f"0190a1b2-0000-4000-8000-00000000000{n}" for n in range(5)]


@dataclass
class Town:
    """Publishers, a broker, and evidence as often as it is started."""

    bootstrap: str
    folder: Path
    outsider: Any
    desk: Any

    @asynccontextmanager
    async def evidence(self) -> AsyncIterator[Running]:
        running = await service().start()
        try:
            yield running
        finally:
            await running.stop()

    async def say(self, *bodies: bytes, by: str = "people", signed: bool = True) -> None:
        """Sends what a service says, with the headers of its relay."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, enable_idempotence=True)
        await producer.start()
        try:
            for body in bodies:
                headers = headers_of(body, signer(by, self.folder / "keys")) if signed else []
                await producer.send_and_wait(events_topic(by), body, key=b"E1001", headers=headers)
        finally:
            await producer.stop()

    def register(self, running: Running, *names: str) -> None:
        asked = [RegisterKey(name, signer(name, self.folder / "keys").public) for name in names]
        running.committer.commit(begun_by("user:operator"), partial(handlers.register_keys, asked=asked))

    async def breaches(self) -> list[str]:
        """What the outsider finds, in the ledger alone and held against the topics."""
        published = self.outsider.Ledger(self.outsider.source_of(str(self.folder / "ledger")))
        messages = await self.outsider.messages_of(self.bootstrap)
        found = [*self.outsider.look_at_ledger(published), *self.outsider.look_at_both(messages, published)]
        return [f"{breach.rule}: {breach.where}" for breach in found]


@pytest.fixture
def town(kafka_server, database, desk, outsider, tmp_path, monkeypatch) -> Town:
    bootstrap = kafka_server.bootstrap_servers
    create_topics(bootstrap, [topic(name) for name in PUBLISHED for topic in (events_topic, dead_letters_topic)])
    settings = {"DATABASE_URL": database, "KAFKA": bootstrap, "KEYS": tmp_path / "keys", "LEDGER": tmp_path / "ledger"}
    for name, value in {**settings, "FOLDER": tmp_path, "SETTINGS": tmp_path / "none"}.items():
        monkeypatch.setenv(f"QIZHENG_{name}", str(value))
    return Town(bootstrap, tmp_path, outsider, desk)


async def until(what: Callable[[], object], within: float = 30.0) -> None:
    async with asyncio.timeout(within):
        while not await asyncio.to_thread(what):  # noqa: ASYNC110  # what is waited for happens elsewhere
            await asyncio.sleep(0.02)


async def sealed_to_the_end(town: Town, running: Running) -> None:
    """Waits until every topic is sealed to its end, as `evidence reconcile` sees it."""
    while True:
        ends = await ends_of(town.bootstrap, TOPICS.values())
        positions = ledger.sealed_positions(running.store, {})
        if all(each.complete for each in reconciled(TOPICS, ends, positions, ledger.counts(running.store), {})):
            return
        await asyncio.sleep(0.05)


async def test_what_the_topics_hold_is_what_the_ledger_holds(town: Town):
    event = town.desk.event
    async with town.evidence() as running:
        await until(lambda: running.missing() is None)
        town.register(running, "people", "evidence")
        await until(lambda: len(ledger.keys(running.store)) == 2)
        await town.say(event(STREAMS[0]), event(STREAMS[0], 2), event(STREAMS[1]), event(STREAMS[0]))
        await town.say(b"poison", event(STREAMS[1], 2), signed=False)
        await town.say(event(STREAMS[2], service="learning"), by="learning")
        await sealed_to_the_end(town, running)
        counts = ledger.counts(running.store)
        assert counts["people.events.v1"].items() >= {"duplicate": 1, "not-an-event": 1, "unsigned": 2}.items()
        assert counts["learning.events.v1"]["unknown-key"] == 1
    assert await town.breaches() == []

    await town.say(event(STREAMS[0], 3), event(STREAMS[3]))  # While evidence is down.
    async with town.evidence() as running:
        await sealed_to_the_end(town, running)
    assert await town.breaches() == []


async def test_a_second_sequencer_waits_until_the_first_is_gone(town: Town):
    async with town.evidence() as second_of_two:
        async with town.evidence() as first:
            await until(lambda: first.missing() is None or second_of_two.missing() is None)
            waiting = first if first.missing() else second_of_two
            await until(lambda: "NotOurTurn" in (waiting.missing() or ""))
        if waiting is second_of_two:
            await until(lambda: second_of_two.missing() is None)
        await town.say(town.desk.event(STREAMS[4]))
        await sealed_to_the_end(town, second_of_two)
    assert TileFolder(town.folder / "ledger").checkpoint() is not None
    assert await town.breaches() == []
