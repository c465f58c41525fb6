"""A whole service under test, over a real database: asked like by its callers, told news like by its listener."""

# aiokafka says nothing of its types.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

import threading
from collections import Counter
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import date
from functools import partial
from time import sleep
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from aiokafka.partitioner import murmur2

from chassis.keeping.committer import Committer, Request
from chassis.keeping.deadlines import Deadlines
from chassis.keeping.errands import Errands
from chassis.keeping.inbox import Delivery, Hearing, positions_in
from chassis.keeping.listening import Message
from chassis.keeping.running import Duties
from chassis.keeping.store import Store
from chassis.keeping.work import Cause, House, clock
from contracts.envelope import Event, Fact, read, record, subject_of
from contracts.topics import PARTITIONS, events_topic

Answered = TypeVar("Answered")


class ServiceUnderTest:
    """A service without its broker: `with ServiceUnderTest(house, duties, "points", database) as points: …`."""

    def __init__(self, house: House, duties: Duties, package: str, database: str) -> None:
        self.house, self.duties = house, duties
        self.store = Store(database)
        self.store.migrate(package)
        self.hearing = Hearing(house, duties.consumes)
        self.committer = Committer(house, self.store)
        self.deadlines = Deadlines(
            house.name, duties.due, self.committer, self.store, partial(positions_in, self.store)
        )
        self.errands = Errands(house.name, duties.errands, self.committer, self.store)
        self._versions = Counter[UUID]()
        self._offsets = Counter[tuple[str, int]]()

    def __enter__(self) -> "ServiceUnderTest":
        self.committer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.committer.stop()
        self.store.close()

    # Asked

    def ask(self, handler: Callable[..., Answered], *arguments: Any, by: str = "user:hr", **named: Any) -> Answered:
        """Runs `handler(work, …)` as one Work. Raises what it refuses with."""
        return self.committer.commit(Cause(by, uuid4()), lambda work: handler(work, *arguments, **named))

    @contextmanager
    def together(self) -> Generator[None]:
        """Whatever is asked of the committer inside waits, and then shares one transaction."""
        free = threading.Event()
        held = self.committer.submit(Request(Cause("user:hr", uuid4()), lambda _: free.wait(30)))
        while not held.running():
            sleep(0.001)
        try:
            yield
        finally:
            free.set()

    def asks(self, handler: Callable[..., Any], *arguments: Any, **named: Any) -> Future[Any]:
        """Asks without waiting for the answer."""
        return self.committer.submit(
            Request(Cause("user:hr", uuid4()), lambda work: handler(work, *arguments, **named))
        )

    # Told

    def hears(self, *facts: Fact, stream: UUID | None = None) -> list[str]:
        """Delivers news in one batch, each at the next version of its stream. Returns what became of each."""
        return self.delivers(*(self.news(fact, stream) for fact in facts))

    def news(self, fact: Fact, stream: UUID | None = None, version: int | None = None) -> Message:
        """The record of a fact at the end of its partition, at the next version of its stream unless another is given."""
        publisher = fact.TYPE.split(".", 1)[0]
        stream = stream or uuid5(NAMESPACE_URL, f"urn:test:{publisher}:{getattr(fact, 'employee', fact.TYPE)}")
        at = version or self._versions[stream] + 1
        self._versions[stream] = max(at, self._versions[stream])
        who, when = f"service:{publisher}", clock()
        event = record(fact, stream=stream, version=at, time=when, actor=who, correlation=uuid4(), causation=None)
        return self.message(events_topic(publisher), event.raw, subject_of(fact, stream).encode())

    def message(
        self, topic: str, value: bytes | None, key: bytes | None = None, *, partition: int | None = None
    ) -> Message:
        """Any bytes as the next record of a partition."""
        part = (murmur2(key or b"") & 0x7FFFFFFF) % PARTITIONS if partition is None else partition
        self._offsets[topic, part] += 1
        return Message(topic, part, self._offsets[topic, part] - 1, key, value, ())

    def delivers(self, *messages: Message) -> list[str]:
        """Delivers records as they are, in one batch. Returns what became of each."""
        return self.committer.submit(Delivery(self.hearing, messages, self.ends())).result()

    def ends(self) -> dict[str, int]:
        """How far every partition was spoken to by now."""
        return {f"{topic}/{part}": offset for (topic, part), offset in self._offsets.items()}

    def opens(self, *days: date) -> None:
        """Lets days of the company come, each with its deadlines."""
        opened = self.house.day_opened
        assert opened is not None, "this house has no days"
        for day in days:
            self.hears(opened.model_validate({"day": day}))
            self.deadlines.fire()

    # Said

    def events(self) -> list[Event[Fact | None]]:
        """Everything this service has said, in the order of its log."""
        notifications = self.store.recorder.select_notifications(1, 1_000_000)
        return [read(one.state, self.house.facts) for one in notifications]

    def said(self, kind: type[Fact] = Fact) -> list[Fact]:
        """The facts that this service has said, of one kind or of all."""
        return [event.fact for event in self.events() if isinstance(event.fact, kind)]

    def parked(self) -> list[dict[str, Any]]:
        """What could not be heard: kind, reason and key, oldest first."""
        return self.store.rows(
            "select letter, kind, reason, sequence_key, version from inbox_parked where kind <> 'discarded' order by letter"
        )
