"""Reconciling: looks at brokers and services, at what is sealed, and at brokers and services again.

What is still on its way gets a moment to arrive. The running service looks every few seconds, tells its metrics what is
wanting, and its readiness when nothing has become better for too long.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from prometheus_client import Gauge

from chassis.keeping.listening import ends_of
from chassis.keeping.running import Running
from chassis.keeping.work import Asked, clock
from contracts.envelope import spoken
from contracts.topics import PUBLISHED, events_topic
from evidence.domain.completeness import Look, Outside, Said, reconciled
from evidence.domain.keys import OWN
from evidence.domain.patience import patient
from evidence.domain.readiness import Readiness, counts
from evidence.views import ledger

behind_gauge = Gauge("ledger_records_behind", "Records of a topic that wait to be sealed", ["topic"])
beyond_gauge = Gauge("ledger_records_beyond", "Records that are sealed and that their topic has no more", ["topic"])
unsealed_gauge = Gauge(
    "ledger_events_unsealed", "Events said by a service minus its events sealed; NaN if it is away", ["topic"]
)
complete_gauge = Gauge("ledger_complete_up_to", "Records that held all that was said when the ledger was last complete")
incomplete_gauge = Gauge("ledger_incomplete_seconds", "Seconds since the ledger was last complete")

TOPICS = {name: events_topic(name) for name in PUBLISHED}
MOMENT = 2.0  # seconds in which what is on its way may arrive
BETWEEN_GLANCES = 0.1  # seconds
Ask = Callable[[], Awaitable[dict[str, Said]]]


class Services(Protocol):
    async def ask(self) -> dict[str, Readiness]: ...


def asking(services: Services, own: Callable[[], Mapping[str, int]]) -> Ask:
    """Asks the services for their counts, and our own log for ours: whether we are ready is what is being found out."""

    async def ask() -> dict[str, Said]:
        said = counts(await services.ask())
        return {**said, OWN: Said(**await asyncio.to_thread(own))}

    return ask


async def look(asked: Asked, bootstrap: str, ask: Ask, moment: float = MOMENT) -> Look:
    """One look. What is wanting then gets `moment` seconds to arrive. Raises ConnectionError if no broker answers."""
    looked, until = clock(), time.monotonic() + moment
    # The order is what makes it true: see `evidence.domain.completeness`.
    said = await ask()
    before = Outside(await ends_of(bootstrap, TOPICS.values()), said)
    while True:
        inside = await asyncio.to_thread(ledger.inside, asked)
        ends = await ends_of(bootstrap, TOPICS.values())
        after = Outside(ends, await ask())
        found = Look(looked, inside.size, reconciled(TOPICS, before, inside, after))
        if found.complete or time.monotonic() > until:
            return found
        await asyncio.sleep(BETWEEN_GLANCES)


class Reconciler:
    """Looks again and again, and remembers: `newest` is the last look, `complete` the last that found all there."""

    def __init__(self, *, every: float, allowed: float) -> None:
        self._every = every
        self._patience = patient(allowed, time.monotonic())
        self.newest: Look | None = None
        self.complete: Look | None = None
        incomplete_gauge.set_function(lambda: time.monotonic() - self._patience.complete)

    def begin(self, running: Running, looks: Callable[[], Awaitable[Look]], tell: Callable[[str | None], None]) -> None:
        """Looks beside a running service; `tell` is told what is wanting when it is for too long, else None."""

        async def reconcile() -> None:
            began = time.monotonic()
            self.note(await looks(), began)
            tell(self.trouble())
            await asyncio.sleep(self._every)

        running.keep_up(reconcile)

    def note(self, found: Look, began: float) -> None:
        self.newest = found
        self.complete = found if found.complete else self.complete
        self._patience = self._patience.after(found, began, time.monotonic())
        complete_gauge.set(self.complete.size if self.complete else 0)
        for each in found.topics:
            behind_gauge.labels(each.topic).set(each.behind)
            beyond_gauge.labels(each.topic).set(each.beyond)
            unsealed_gauge.labels(each.topic).set(float("nan") if each.said is None else each.said - each.events)

    def trouble(self) -> str | None:
        """Why evidence is not ready, in words; None while the ledger is complete, or becomes so."""
        if self.newest is None or not self._patience.ended(time.monotonic()):
            return None
        since = f"since {spoken(self.complete.looked)}" if self.complete else "since the service started"
        return f"{since}, {self.newest.wanting}"
