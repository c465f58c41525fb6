"""A service at work: its store, committer, relay, inbox, deadlines and errands, started together and stopped in order."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog

from chassis.keeping.committer import Committer
from chassis.keeping.deadlines import Deadlines, Due
from chassis.keeping.errands import Errand, Errands
from chassis.keeping.inbox import Hearing, Inbox, NewsHandler, positions_in
from chassis.keeping.listening import Listener
from chassis.keeping.measuring import measure_store, unheard
from chassis.keeping.relay import Relay
from chassis.keeping.signing import Signer
from chassis.keeping.store import Store
from chassis.keeping.work import House
from contracts.envelope import Fact
from contracts.topics import topics_of

log = structlog.get_logger()


@dataclass(frozen=True)
class Duties:
    """What a service does of itself: on news, on deadlines, and outside once an event is committed."""

    consumes: Mapping[type[Fact], NewsHandler] = field(default_factory=dict[type[Fact], NewsHandler])
    due: Mapping[str, Due] = field(default_factory=dict[str, Due])
    errands: Mapping[type[Fact], Errand] = field(default_factory=dict[type[Fact], Errand])


class Running:
    """One process of a service. `ready` tells what is missing, None when nothing is."""

    def __init__(self, house: House, duties: Duties, store: Store, signer: Signer, bootstrap: str) -> None:
        self.house, self.store = house, store
        self.hearing = Hearing(house, duties.consumes)
        self.relay = Relay(service=house.name, store=store, signer=signer, bootstrap=bootstrap)
        self.committer = Committer(house, store, committed=self._committed)
        self.inbox = Inbox(self.hearing, self.committer, taken=self._stir)
        positions = partial(positions_in, store)
        self.deadlines = Deadlines(house.name, duties.due, self.committer, store, positions)
        self.errands = Errands(house.name, duties.errands, self.committer, store)
        self._loop = asyncio.get_running_loop()
        self._stirred = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._leaving = self.out_of_service = False
        self.afterwards: list[Callable[[], Awaitable[None]]] = []
        self.listener: Listener | None = None
        if topics := topics_of(self.hearing.facts):
            self.listener = Listener(
                bootstrap=bootstrap,
                group=house.name,
                topics=topics,
                take=self.inbox.take,
                positions=positions,
                wants_ends=self.inbox.wants_ends,
            )

    async def start(self) -> None:
        self.committer.start()
        self._tasks = [asyncio.create_task(self.relay.run())]
        for duty in (self._fire, self._watch_switch, self._measure, self._forget_answers):
            self.keep_up(duty)
        if self.house.errands:
            self.keep_up(self._run_errands)
        if self.listener:  # What is asked before it hears is done.
            self._tasks.append(asyncio.create_task(self.listener.start()))

    def keep_up(self, what: Callable[[], Awaitable[Any]]) -> None:
        """Lets something run beside, until this stops; if it fails, it is begun again."""
        self._tasks.append(asyncio.create_task(self._again(what)))

    async def stop(self) -> None:
        """Stops hearing, commits what waits, tells what was committed."""
        self.out_of_service = self._leaving = self.inbox.leaving = self.errands.leaving = True
        if self.listener:
            await self.listener.stop()
        for finish in self.afterwards:  # What stands beside the service ends its work on what it has heard.
            await finish()
        for task in self._tasks[1:]:
            task.cancel()
        await asyncio.to_thread(self.committer.stop)
        await self.relay.stop()
        with suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(self._tasks[0], timeout=10)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self.store.close)

    def missing(self) -> str | None:
        """What keeps this service from being ready, in words; None when nothing does."""
        if self.out_of_service:
            return "the service is stopping"
        if not self.relay.alive:
            return "the relay has no broker"
        if self.listener and self.listener.stalled:
            return self.listener.stalled
        if self.listener and not self.listener.assigned:
            return "no partition has been assigned yet"
        return None

    def _committed(self) -> None:
        self.relay.wake()
        self._stir()

    def _stir(self) -> None:
        with suppress(RuntimeError):  # The loop may have ended meanwhile.
            self._loop.call_soon_threadsafe(self._stirred.set)

    async def _again(self, what: Callable[[], Awaitable[Any]]) -> None:
        while not self._leaving:
            try:
                await what()
            except Exception as fault:  # noqa: BLE001  # database or broker: what is due stays due
                log.warning(
                    "duty-postponed", duty=getattr(what, "__name__", ""), why=f"{type(fault).__name__}: {fault}"
                )
                await asyncio.sleep(1)
            await asyncio.sleep(0.01)

    async def _fire(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stirred.wait(), timeout=1)
        self._stirred.clear()
        await asyncio.to_thread(self.deadlines.fire)

    async def _run_errands(self) -> None:
        await asyncio.to_thread(self.errands.run)
        await asyncio.sleep(0.2)

    async def _watch_switch(self) -> None:
        if self.listener:
            (row,) = await asyncio.to_thread(self.store.rows, "select paused from consumer_switch")
            self.listener.hold(row["paused"])
            await self.listener.watch()
        await asyncio.sleep(1)

    async def _measure(self) -> None:
        await asyncio.to_thread(measure_store, self.house.name, self.store)
        if self.listener and self.listener.assigned:
            for topic, messages in (await self.listener.lag()).items():
                unheard.labels(self.house.name, topic).set(messages)
        await asyncio.sleep(1)

    async def _forget_answers(self) -> None:
        await asyncio.to_thread(self.committer.forget_answers)
        await asyncio.sleep(3_600)
