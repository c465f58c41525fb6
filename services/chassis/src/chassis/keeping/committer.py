"""The committer: Works that wait together share one transaction, and each harms only its own."""

import queue
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol
from uuid import UUID

import structlog
from eventsourcing.persistence import IntegrityError, InterfaceError, OperationalError
from psycopg.types.json import Jsonb

from chassis.keeping.store import Store
from chassis.keeping.work import Answered, Batch, Cause, House, Work, clock
from contracts import Refusal

log = structlog.get_logger()

LARGEST_BATCH = 256
LONGEST_QUEUE = 1_000
ATTEMPTS = 5
TRANSIENT = (OperationalError, InterfaceError, IntegrityError)


class Busy(Exception):
    """The committer has as much waiting as it takes: come again (RFC 9110 15.6.4)."""


@dataclass(eq=False)
class KeyReused(Refusal):
    """The Idempotency-Key was used before, with another request."""

    key: str


@dataclass(frozen=True)
class Answer:
    """What a command was answered: kept under its key, so that asking again gets the same."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict[str, str])


class Job(Protocol):
    """Something to commit. `alone` gives the parts to try one by one when a shared transaction has failed."""

    done: Future[Any]
    streams: Sequence[UUID]
    key: str | None

    def run(self, batch: Batch, kept: Answer | None) -> Any: ...
    def alone(self) -> Sequence["Job"]: ...
    def failed(self, fault: Exception) -> "Job | None": ...


@dataclass
class Request:
    """One Work of a caller. `answer` turns what the handler returned, or its refusal, into the answer that is kept."""

    cause: Cause
    handler: Callable[[Work], Any]
    streams: Sequence[UUID] = ()
    key: str | None = None
    fingerprint: bytes = b""
    answer: Callable[[Work, Any], Answer] | None = None
    today: date | None = None
    done: Future[Any] = field(default_factory=Future[Any])

    def run(self, batch: Batch, kept: Answer | None) -> Any:
        work = Work(batch, self.cause, today=self.today)
        batch.begin()
        try:
            outcome: Any = self.handler(work)
        except Refusal as no:
            batch.undo()
            if self.answer is None or self.key is None:
                return no
            outcome = no
        if self.answer is None:
            return outcome
        answer = self.answer(work, outcome)
        if self.key is not None:
            work.write(
                "insert into idempotency_keys (key, fingerprint, status, body, headers) values (%s, %s, %s, %s, %s)",
                *(self.key, self.fingerprint, answer.status, answer.body, Jsonb(answer.headers)),
            )
        return answer

    def alone(self) -> Sequence[Job]:
        return (self,)

    def failed(self, fault: Exception) -> Job | None:
        return None


class Committer:
    """One thread that commits the Works of a service, in the order in which they came."""

    def __init__(self, house: House, store: Store, *, committed: Callable[[], None] = lambda: None) -> None:
        self.house, self.store = house, store
        self._waiting: queue.Queue[Job | None] = queue.Queue(LONGEST_QUEUE)
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
        self._stopping = threading.Event()
        self._committed = committed

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Commits what waits, then ends."""
        self._stopping.set()
        self._waiting.put(None)
        self._thread.join()

    def submit(self, job: Job) -> Future[Any]:
        """Hands a job in; its future ends when it is committed. Raises Busy when too much waits."""
        if self._stopping.is_set():
            raise Busy
        try:
            self._waiting.put_nowait(job)
        except queue.Full as full:
            raise Busy from full
        return job.done

    def commit(self, cause: Cause, handler: Callable[[Work], Answered]) -> Answered:
        """One Work, waited for. Raises what the handler refuses with."""
        return self.submit(Request(cause, handler)).result()

    @property
    def waiting(self) -> int:
        return self._waiting.qsize()

    def _run(self) -> None:
        while (job := self._waiting.get()) is not None:
            jobs = [job]
            while len(jobs) < LARGEST_BATCH and not self._waiting.empty():
                if (more := self._waiting.get_nowait()) is None:
                    self._waiting.put(None)
                    break
                jobs.append(more)
            self._together(jobs)

    def _together(self, jobs: Sequence[Job]) -> None:
        try:
            outcomes = self._transaction(jobs)
        except Exception as fault:  # noqa: BLE001  # whatever it was, it may harm only its own: each runs again alone
            parts = [part for job in jobs for part in job.alone()]
            log.info("batch-falls-apart", jobs=len(jobs), parts=len(parts), why=type(fault).__name__)
            for part in parts:
                self._by_itself(part)
        else:
            self._tell(jobs, outcomes)

    def _by_itself(self, job: Job) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                outcomes = self._transaction((job,))
            except TRANSIENT as fault:
                if attempt == ATTEMPTS:
                    job.done.set_exception(fault)
                    return
                time.sleep(random.uniform(0.02, 0.1) * 2**attempt)  # the committer's own thread
            except Exception as fault:  # noqa: BLE001  # the caller is told, the committer lives on
                instead = job.failed(fault)
                if instead is None:
                    job.done.set_exception(fault)
                    return
                job = instead
            else:
                self._tell((job,), outcomes)
                return

    def _tell(self, jobs: Sequence[Job], outcomes: Sequence[Any]) -> None:
        self._committed()
        for job, outcome in zip(jobs, outcomes, strict=True):
            if isinstance(outcome, Refusal):
                job.done.set_exception(outcome)
            else:
                job.done.set_result(outcome)

    def _transaction(self, jobs: Sequence[Job]) -> list[Any]:
        with self.store.datastore.get_connection() as connection, connection.transaction():
            batch = Batch(self.house, self.store, connection, clock())
            kept = self._begin(batch, jobs)
            outcomes = [
                job.run(batch, None) if not (held := kept.get(job.key or "")) else _again(job, held) for job in jobs
            ]
            batch.flush()
            return outcomes

    def _begin(self, batch: Batch, jobs: Sequence[Job]) -> dict[str, tuple[bytes, Answer]]:
        keys = [job.key for job in jobs if job.key is not None]
        connection = batch.connection
        with (
            connection.pipeline(),
            connection.cursor() as turn,
            connection.cursor() as days,
            connection.cursor() as held,
        ):
            self.store.recorder.lock(turn)
            days.execute("select max(day) as day from days")
            if keys:
                held.execute("select * from idempotency_keys where key = any(%s)", (keys,))
            newest = days.fetchone()
            batch.today = newest["day"] if newest else None
            found = held.fetchall() if keys else []
        batch.load(stream for job in jobs for stream in job.streams)
        return {
            row["key"]: (bytes(row["fingerprint"]), Answer(row["status"], bytes(row["body"]), row["headers"]))
            for row in found
        }


def _again(job: Job, held: tuple[bytes, Answer]) -> Answer | Refusal:
    fingerprint, answer = held
    if fingerprint != getattr(job, "fingerprint", b""):
        return KeyReused(job.key or "")
    return answer
