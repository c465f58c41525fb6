"""What evidence does outside once an event is committed: it has the checkpoint that covers it stamped by authorities."""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import NAMESPACE_URL, UUID, uuid5

import structlog
from prometheus_client import Counter, Gauge

from chassis.keeping.errands import Outcome
from chassis.keeping.work import Asked, Work, clock
from contracts.envelope import Event
from contracts.evidence import CaseOpened, DossierRequested
from evidence.domain import stamping
from evidence.domain.notes import Checkpoint, parse_checkpoint, parse_note
from evidence.domain.published import Published
from evidence.domain.stamping import OF_ITSELF, KeepStamp, Occasion, Token, taken_in
from evidence.views import ledger, stamps

log = structlog.get_logger()
age_gauge = Gauge("ledger_stamp_age_seconds", "Seconds since an authority's last time stamp", ["authority"])
waiting_gauge = Gauge("ledger_unstamped_seconds", "How long the oldest record waits for a time stamp", ["authority"])
missed = Counter(
    "ledger_stamps_missed", "Time stamps that an authority did not give, or that did not hold", ["authority"]
)

PERIODS = uuid5(NAMESPACE_URL, "urn:qizheng:evidence:stamps")
COVERED_WITHIN = 5.0  # seconds that an event usually needs to be sealed and published; if longer, it is tried again
BETWEEN_LOOKS = 0.05  # seconds
LONGEST_PAUSE = 300.0  # seconds between two tries at an authority


class Authority(Protocol):
    """A time-stamping authority (RFC 3161). What it returns has been verified against its roots."""

    @property
    def name(self) -> str: ...
    @property
    def evidential(self) -> bool: ...
    def stamp(self, message: bytes) -> Token:
        """A token over the SHA-256 of these bytes. Raises NoStamp."""
        ...


class NoStamp(Exception):
    """An authority gave no token, or one that does not hold; the reason is in words. It is asked again later."""


class NotCovered(Exception):
    """The published checkpoint does not cover the event yet. The errand is tried again."""


def stream_of(cause: UUID) -> UUID:
    """The stream of the stamps that are taken for one event."""
    return uuid5(cause, "urn:qizheng:evidence:stamps")


@dataclass(frozen=True)
class Stamping:
    """Checkpoints on their way to the authorities. `authorities` are made when the first is needed."""

    asked: Asked
    published: Published
    authorities: Callable[[], Sequence[Authority]]

    def for_opened_case(self, event: Event[CaseOpened]) -> Outcome:
        return self._for(event.id, "CASE_OPENED", event.fact.case)

    def for_export(self, event: Event[DossierRequested]) -> Outcome:
        return self._for(event.id, "EXPORT", event.fact.case)

    def _for(self, cause: UUID, occasion: Occasion, case: str) -> Outcome:
        """Has every authority that has not stamped for this event stamp a checkpoint that covers it.

        The stamps of those who answer are kept; those who did not are asked again, over the checkpoint of then.
        """
        note = self._covering(cause)
        there = {row["authority"] for row in stamps.of_request(self.asked, cause)}
        came, away = ask([each for each in self.authorities() if each.name not in there], note, occasion, case)
        # If we stop here, the authorities are asked once more, and the first answers are lost; no record names them.

        def stamped(work: Work) -> str | None:
            keep(work, stream_of(cause), came)
            return "; ".join(away) or None

        return stamped

    def _covering(self, event: UUID) -> str:
        """The published checkpoint, which covers the record of this event. Raises NotCovered."""
        until = time.monotonic() + COVERED_WITHIN
        while True:
            row, note = ledger.record_of(self.asked, event), self.published.checkpoint()
            if row is not None and note is not None and _stated(note).size > row["seq"]:
                return note.decode()
            if time.monotonic() > until:
                raise NotCovered(str(event))
            time.sleep(BETWEEN_LOOKS)


@dataclass
class Rounds:
    """Lets no record wait longer than `every` for a stamp of each authority. One that is away is left for growing pauses."""

    stamping: Stamping
    every: timedelta
    _tries: dict[str, int] = field(default_factory=dict[str, int])
    _not_before: dict[str, float] = field(default_factory=dict[str, float])

    def run(self, commit: Callable[[Callable[[Work], object]], object]) -> None:
        """One look at what waits, and a stamp where it has waited long enough; `commit` makes it a Work."""
        note, now = self.stamping.published.checkpoint(), clock()
        due = [each for each in self.stamping.authorities() if self._is_due(each.name, note, now)]
        if note is None or not due:
            return
        for each in due:
            self._pause(each.name)
        came, away = ask(due, note.decode(), "PERIODIC")
        for why in away:
            log.warning("not-stamped", why=why)
        if came:
            commit(lambda work: keep(work, PERIODS, came))
        # A stamp that could not be committed counts as a failed try, or its authority would be asked every second.
        for each in came:
            self._tries[each.authority], self._not_before[each.authority] = 0, 0.0

    def _pause(self, authority: str) -> None:
        self._tries[authority] = tries = self._tries.get(authority, 0) + 1
        self._not_before[authority] = time.monotonic() + min(LONGEST_PAUSE, 2.0 ** min(tries, 9))

    def _is_due(self, authority: str, note: bytes | None, now: datetime) -> bool:
        newest = stamps.newest_by(self.stamping.asked, authority)
        size = newest["size"] if newest else 0
        oldest = stamps.oldest_since(self.stamping.asked, size, OF_ITSELF)
        wait = now - taken_in(bytes(oldest["leaf"])) if oldest else timedelta()
        waiting_gauge.labels(authority).set(wait.total_seconds())
        if newest:
            age_gauge.labels(authority).set((now - newest["recorded"]).total_seconds())
        covered = oldest is not None and note is not None and _stated(note).size > oldest["seq"]
        return covered and wait >= self.every and time.monotonic() >= self._not_before.get(authority, 0.0)


def ask(
    authorities: Sequence[Authority], note: str, occasion: Occasion, case: str | None = None
) -> tuple[list[KeepStamp], list[str]]:
    """Asks them side by side, so that a slow one holds up no other: what came, and why the others gave nothing."""

    def one(authority: Authority) -> KeepStamp | str:
        try:
            token = authority.stamp(note.encode())
        except NoStamp as fault:
            missed.labels(authority.name).inc()
            return f"{authority.name}: {fault}"
        return KeepStamp(note, authority.name, authority.evidential, token, occasion, case)

    with ThreadPoolExecutor(max(1, len(authorities)), thread_name_prefix="stamps") as asking:
        answers = list(asking.map(one, authorities))
    return [it for it in answers if isinstance(it, KeepStamp)], [it for it in answers if isinstance(it, str)]


def keep(work: Work, stream: UUID, came: Iterable[KeepStamp]) -> None:
    """Each token becomes an event, unless this stream has one that says as much."""
    for each in came:
        work.decide(stamping, stream, each)


def _stated(note: bytes) -> Checkpoint:
    return parse_checkpoint(parse_note(note).text)
