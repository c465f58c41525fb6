"""Evidence at work on a real database: what its sequencer is handed, and what an outsider thinks of the result."""

import asyncio
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from fastapi.testclient import TestClient
from outsider import Ledger, look_at_both, look_at_ledger, messages_of, source_of

from chassis.facing.http import build_app
from chassis.facing.settings import ServiceSettings
from chassis.facing.tokens import Principal, issue
from chassis.keeping.committer import Committer
from chassis.keeping.errands import Errands
from chassis.keeping.inbox import Hearing
from chassis.keeping.letters import SAID
from chassis.keeping.listening import Message, ends_of
from chassis.keeping.relay import headers_of
from chassis.keeping.running import Running
from chassis.keeping.signing import signer
from chassis.keeping.store import Store
from chassis.keeping.work import begun_by
from chassis.testing.places import KafkaServer
from chassis.testing.processes import LOCALHOST, Server, answers, free_port, launch
from chassis.testing.topics import create_topics, delete_topics
from contracts.envelope import Event, Fact, read
from contracts.evidence import CaseOpened, CheckpointStamped, DossierRequested, RecordsRead
from contracts.topics import PUBLISHED, dead_letters_topic, events_topic
from evidence import errands
from evidence.adapters.authorities import for_development
from evidence.adapters.documents import DocumentFolder
from evidence.adapters.files import TileFolder
from evidence.adapters.publisher import Publisher
from evidence.adapters.sequencer import Sequencer
from evidence.adapters.signatures import Checkers, ledger_key
from evidence.adapters.witnesses import Witness, Witnesses
from evidence.domain.completeness import Look, Outside, reconciled
from evidence.domain.keys import RegisterKey
from evidence.domain.notes import WITNESS, parse_vkey
from evidence.domain.records import Sealed
from evidence.domain.stamping import Token
from evidence.errands import NoStamp, Rounds, Stamping
from evidence.handlers.keys import register_keys
from evidence.http import POLICY, routes
from evidence.main import HOUSE, service
from evidence.views import ledger

TOPICS = {name: events_topic(name) for name in PUBLISHED}
ORIGIN = "qizheng.example/ledger"
CASE = UUID("0190a1b2-0000-4000-8000-00000000ca5e")


@dataclass
class Office:
    """A ledger with its folder. Each call of `sequencer` is another process that seals."""

    store: Store
    folder: Path

    def __post_init__(self) -> None:
        self.checkers = Checkers(2)
        self.sequencers: list[Sequencer] = []

    @property
    def ledger(self) -> TileFolder:
        return TileFolder(self.folder / "ledger")

    @property
    def documents(self) -> DocumentFolder:
        return DocumentFolder(self.folder / "documents")

    def sequencer(self) -> Sequencer:
        made = Sequencer(self.store, self.documents, self.checkers)
        self.sequencers.append(made)
        return made

    def publisher(self, witnesses: Witnesses | None = None) -> Publisher:
        return Publisher(self.store, self.ledger, *ledger_key(ORIGIN, self.folder / "keys"), witnesses)

    def seal(self, *messages: Message) -> list[Sealed]:
        """One process from start to end: it seals these in one batch, and publishes them."""
        sequencer = self.sequencer()
        sequencer.positions()
        sealed = sequencer.seal(messages)
        self.publisher().publish()
        sequencer.leave()
        return sealed

    def breaches(self) -> list[str]:
        """What the outsider finds wrong."""
        ledger = Ledger(source_of(str(self.ledger.root)))
        return [f"{breach.rule}: {breach.where}" for breach in look_at_ledger(ledger)]

    def close(self) -> None:
        for sequencer in self.sequencers:
            sequencer.leave()
        self.checkers.close()
        self.store.close()


@contextmanager
def running_witness(
    folder: Path, *ledgers: str, name: str = "union.example/witness"
) -> Iterator[tuple[Witness, Server]]:
    """`evidence witness` in a process of its own, which may be killed meanwhile."""
    port = free_port()
    command = [str(Path(sys.executable).parent / "evidence"), "witness", *ledgers, "--folder", str(folder)]
    words = [*command, "--name", name, "--port", str(port)]
    server = launch("witness", words, folder, port, signal.SIGTERM, detached=False)
    try:
        until = time.monotonic() + 60
        while not answers(port):
            assert server.running, server.said()
            assert time.monotonic() < until
            time.sleep(0.05)
        with urllib.request.urlopen(f"http://{LOCALHOST}:{port}/vkey", timeout=5) as answer:
            key = parse_vkey(answer.read().decode(), WITNESS)
        yield Witness(key, f"http://{LOCALHOST}:{port}"), server
    finally:
        server.stop()


@pytest.fixture
def run_witness() -> Callable[..., AbstractContextManager[tuple[Witness, Server]]]:
    return running_witness


@pytest.fixture
def office(database: str, tmp_path: Path) -> Iterator[Office]:
    """An empty ledger. Whatever a test does with it, at its end the outsider finds no breach."""
    store = Store(database)
    store.migrate("evidence")
    made = Office(store, tmp_path)
    try:
        yield made
        if made.ledger.checkpoint() is not None:
            assert made.breaches() == []
    finally:
        made.close()


@dataclass
class Door:
    """The HTTP face over an office: asked as a role, or by nobody; what is asked and leaves a trace is committed."""

    office: Office
    keys: Path
    committer: Committer
    newest: Look | None = None
    complete: Look | None = None

    def ask(
        self,
        path: str,
        role: str | None = None,
        employee: str | None = None,
        *,
        public: bool = True,
        method: str = "GET",
        **headers: str,
    ) -> Any:
        settings = ServiceSettings(jwks=str(self.keys / "jwks.json"), keys=self.keys)
        token = issue(self.keys, Principal(f"user:{role}", role or "", employee))
        app = build_app(
            "evidence", policy=POLICY, routers=routes(self.office.ledger, self, public=public), settings=settings
        )
        house = self.committer.house
        app.state.running = SimpleNamespace(
            house=house, store=self.office.store, hearing=Hearing(house, {}), committer=self.committer
        )
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return TestClient(app).request(
            method, path, headers=sent | ({"authorization": f"Bearer {token}"} if role else {})
        )

    def readings(self) -> list[dict[str, Any]]:
        """The events of who read what, in order."""
        rows = self.office.store.rows("select state from stored_events order by notification_id")
        told = [orjson.loads(bytes(row["state"])) for row in rows]
        return [event for event in told if event["type"] == RecordsRead.TYPE]


@pytest.fixture
def door(office: Office, tmp_path: Path) -> Iterator[Door]:
    committer = Committer(HOUSE, office.store)
    committer.start()
    yield Door(office, tmp_path / "keys", committer)
    committer.stop()


def run_command(*words: str, **settings: str) -> tuple[int, str, str]:
    """The exit code of `evidence …`, what it says, and what it says is wrong."""
    environment = {**os.environ, **{f"QIZHENG_{name}": value for name, value in settings.items()}}
    command = Path(sys.executable).with_name("evidence")
    done = subprocess.run([command, *words], capture_output=True, text=True, env=environment)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def types() -> Callable[..., tuple[int, str, str]]:
    """Types `evidence …` as an operator would, as a process of its own."""
    return run_command


@pytest.fixture
def detected() -> Callable[..., None]:
    """Says of an attack which layers detect it, and which do not: those that look elsewhere, and those that cannot look."""

    def detected(said: Mapping[str, str], *, by: set[str], not_by: set[str]) -> None:
        broken = {layer for layer, text in said.items() if text.startswith("broken")}
        assert (broken, said.keys() - broken) == (by, not_by), said

    return detected


@dataclass
class Town:
    """Publishers, a broker, and evidence as often as it is started."""

    bootstrap: str
    folder: Path
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

    async def register(self, running: Running, *names: str) -> None:
        """Registers the keys of services, and waits until they are sealed."""
        asked = [RegisterKey(name, signer(name, self.folder / "keys").public) for name in names]
        running.committer.commit(begun_by("user:operator"), partial(register_keys, asked=asked))
        await self.until(lambda: ledger.knows_keys(running.store, [command.key_id for command in asked]))

    async def until(self, what: Callable[[], object], within: float = 30.0) -> None:
        async with asyncio.timeout(within):
            while not await asyncio.to_thread(what):  # noqa: ASYNC110  # what is waited for happens elsewhere
                await asyncio.sleep(0.02)

    async def sealed_to_the_end(self, running: Running) -> None:
        """Waits until all that evidence said is told, and every topic sealed to its end, as `evidence reconcile` sees it."""
        await self.until(lambda: len(set(running.relay.said().values())) == 1)
        while True:
            outside = Outside(await ends_of(self.bootstrap, TOPICS.values()))
            if all(each.complete for each in reconciled(TOPICS, outside, ledger.inside(running.store), outside)):
                return
            await asyncio.sleep(0.05)

    async def breaches(self) -> list[str]:
        """What the outsider finds, in the ledger alone and held against the topics."""
        published = Ledger(source_of(str(self.folder / "ledger")))
        messages = await messages_of(self.bootstrap)
        found = [*look_at_ledger(published), *look_at_both(messages, published)]
        return [f"{breach.rule}: {breach.where}" for breach in found]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where evidence keeps its files and its keys."""
    return tmp_path


@pytest.fixture
def town(
    kafka_server: KafkaServer, database: str, desk: Any, place: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Town]:
    """Topics that each test finds empty, and an environment in which evidence can be started."""
    bootstrap = kafka_server.bootstrap_servers
    topics = [topic(name) for name in PUBLISHED for topic in (events_topic, dead_letters_topic)]
    create_topics(bootstrap, topics)
    settings = {"DATABASE_URL": database, "KAFKA": bootstrap, "KEYS": place / "keys", "LEDGER": place / "ledger"}
    for name, value in {**settings, "FOLDER": place, "SETTINGS": place / "none"}.items():
        monkeypatch.setenv(f"QIZHENG_{name}", str(value))
    yield Town(bootstrap, place, desk)
    delete_topics(bootstrap, topics)


# Time stamps


@dataclass
class Moody:
    """An authority that is away now and then; what it gives is real."""

    name: str
    inner: Any
    evidential: bool = True
    away: bool = False
    asked: int = 0

    def stamp(self, message: bytes) -> Token:
        self.asked += 1
        if self.away:
            raise NoStamp("nobody is at the counter")
        return self.inner.stamp(message)


@dataclass
class Registry:
    """Evidence with everything but its broker: what it says is sealed when a test says so."""

    office: Any
    desk: Any
    committer: Committer
    authorities: list[Moody]
    sealed: int = 0

    @property
    def store(self) -> Any:
        return self.office.store

    @property
    def stamping(self) -> Stamping:
        return Stamping(self.store, self.office.ledger, lambda: self.authorities)

    def say(self, fact: Fact, stream: UUID = CASE) -> Event[Fact]:
        """Something that evidence says because somebody asked for it."""
        done: list[Event[Fact]] = []

        def handler(work: Any) -> None:
            work.decide(SAID, stream, fact)
            done.extend(work.decided)

        self.committer.commit(begun_by("user:hr"), handler)
        return done[0]

    def seal(self) -> int:
        """Seals and publishes what evidence has said since the last time. Returns the size of the ledger."""
        said = self.store.recorder.select_notifications(self.sealed + 1, 1_000)
        self.office.seal(*(self.desk.hears(bytes(one.state), "evidence") for one in said))
        self.sealed += len(said)
        return ledger.end(self.store)["size"]

    def run_errands(self) -> None:
        """Runs every errand, those too that would wait for their next try."""
        self.store.rows("update errands set next_try = now() returning event")
        duties = {CaseOpened: self.stamping.for_opened_case, DossierRequested: self.stamping.for_export}
        Errands("evidence", duties, self.committer, self.store).run()  # pyright: ignore[reportArgumentType]

    def rounds(self, every: timedelta = timedelta()) -> Rounds:
        return Rounds(self.stamping, every)

    def go_round(self, rounds: Rounds) -> None:
        rounds.run(lambda outcome: self.committer.commit(begun_by("service:evidence"), outcome))

    def stamped(self) -> list[CheckpointStamped]:
        found = self.store.recorder.select_notifications(1, 1_000)
        facts = [read(one.state, HOUSE.facts).fact for one in found]
        return [fact for fact in facts if isinstance(fact, CheckpointStamped)]


@pytest.fixture
def registry(office, desk, tmp_path, monkeypatch) -> Iterator[Registry]:
    monkeypatch.setattr(errands, "COVERED_WITHIN", 0.0)
    committer = Committer(HOUSE, office.store)
    committer.start()
    here = Moody("here", for_development(tmp_path / "authority"), evidential=False)
    office.seal(*desk.opening())
    yield Registry(office, desk, committer, [here])
    committer.stop()


@pytest.fixture
def two(registry: Registry, tmp_path) -> tuple[Moody, Moody]:
    """Two authorities, as production has."""
    first, second = (Moody(name, for_development(tmp_path / name)) for name in ("first", "second"))
    registry.authorities[:] = [first, second]
    return first, second
