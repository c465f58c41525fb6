"""The committer: Works that wait together share one transaction, and each harms only its own."""

import queue
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol
from uuid import UUID

import psycopg
import structlog
from eventsourcing.persistence import PersistenceError
from psycopg.types.json import Jsonb

from chassis.keeping.store import Store
from chassis.keeping.work import Answered, Batch, Cause, House, Work, clock
from contracts import Refusal

log = structlog.get_logger()

LARGEST_BATCH = 256
LONGEST_QUEUE = 1_000
ATTEMPTS = 5
ANSWERS_KEPT = 30  # days
TOO_MUCH_FOR_POSTGRESQL = "54"  # SQLSTATE class: such as a text too long for its index


class Busy(Refusal):
    """Too much waits to be committed, and nothing was done: come again (RFC 9110 15.6.4)."""

    status = 503


@dataclass(eq=False)
class KeyReused(Refusal):
    """The Idempotency-Key was used before, with another request."""

    key: str
    status = 422


@dataclass(frozen=True)
class Answer:
    """What a command was answered: kept under its key, so that asking again gets the same."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict[str, str])


def transient(fault: BaseException) -> bool:
    """Whether a fault is the database's own and will pass, and not that of what was asked of it."""
    cause = fault.__cause__ if isinstance(fault, PersistenceError) else fault
    own = psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError, psycopg.NotSupportedError
    if not isinstance(cause, psycopg.Error) or isinstance(cause, own):
        return False
    return not (cause.sqlstate or "").startswith(TOO_MUCH_FOR_POSTGRESQL)


class OutcomeUnknown(PersistenceError):
    """The database was away just when it was to commit, and for too long after: it may have, or not."""


class Job(Protocol):
    """Something to commit. `alone` is how it is tried by itself when a shared transaction has failed."""

    done: Future[Any]
    streams: Sequence[UUID]
    key: str | None

    def run(self, batch: Batch) -> Any: ...
    def alone(self) -> "Job": ...


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

    def run(self, batch: Batch) -> Any:
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

    def alone(self) -> Job:
        return self


class Committer:
    """One thread that commits the Works of a service, in the order in which they came."""

    def __init__(self, house: House, store: Store, *, committed: Callable[[], None] = lambda: None) -> None:
        self.house, self.store = house, store
        self._waiting: queue.Queue[Job | None] = queue.Queue(LONGEST_QUEUE)
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
        self._stopping = False
        self._door = threading.Lock()  # Nothing comes in behind the sign to stop: its future would never end.
        self._committed = committed

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Commits what waits, then ends."""
        with self._door:
            self._stopping = True
            self._waiting.put(None)
        self._thread.join()

    def submit(self, job: Job) -> Future[Any]:
        """Hands a job in; its future ends when it is committed. Raises Busy when too much waits."""
        with self._door:
            if self._stopping:
                raise Busy
            try:
                self._waiting.put_nowait(job)
            except queue.Full as full:
                raise Busy from full
        return job.done

    def commit(self, cause: Cause, handler: Callable[[Work], Answered]) -> Answered:
        """One Work, waited for. Raises what the handler refuses with."""
        return self.submit(Request(cause, handler)).result()

    def forget_answers(self) -> None:
        """Forgets what was answered more than ANSWERS_KEPT days ago."""
        self.store.rows(
            "delete from idempotency_keys where kept_at < now() - %s * interval '1 day' returning key", ANSWERS_KEPT
        )

    def _run(self) -> None:
        while (job := self._waiting.get()) is not None:
            jobs = [job]
            while len(jobs) < LARGEST_BATCH and not self._waiting.empty():
                if (more := self._waiting.get_nowait()) is None:
                    self._waiting.put(None)
                    break
                jobs.append(more)
            # Whoever gave up waiting is left out; from here on nobody can give up.
            if jobs := [job for job in jobs if job.done.set_running_or_notify_cancel()]:
                self._together(jobs)

    def _together(self, jobs: Sequence[Job]) -> None:
        try:
            outcomes = self._patiently(jobs)
        except Exception as fault:  # noqa: BLE001  # whatever it was, it may harm only its own: each runs again alone
            log.info("batch-falls-apart", jobs=len(jobs), why=type(fault).__name__)
            self._one_by_one(jobs, fault if transient(fault) else None)
        else:
            self._tell(jobs, outcomes)

    def _one_by_one(self, jobs: Sequence[Job], away: Exception | None) -> None:
        """Tries each by itself. Once the database is `away`, it is away for all behind."""
        for job in jobs:
            try:
                if away:
                    raise away
                outcomes = self._patiently((job.alone(),))
            except Exception as fault:  # noqa: BLE001  # the caller is told, the committer lives on
                away = fault if transient(fault) else None
                job.done.set_exception(fault)
            else:
                self._tell((job,), outcomes)

    def _patiently(self, jobs: Sequence[Job]) -> list[Any]:
        for attempt in range(1, ATTEMPTS):
            try:
                return self._transaction(jobs)
            except PersistenceError as fault:
                if isinstance(fault, OutcomeUnknown) or not transient(fault):
                    raise
            time.sleep(random.uniform(0.02, 0.1) * 2**attempt)  # Others commit meanwhile; only this thread waits.
        return self._transaction(jobs)

    def _tell(self, jobs: Sequence[Job], outcomes: Sequence[Any]) -> None:
        self._committed()
        for job, outcome in zip(jobs, outcomes, strict=True):
            if isinstance(outcome, Refusal):
                job.done.set_exception(outcome)
            else:
                job.done.set_result(outcome)

    def _transaction(self, jobs: Sequence[Job]) -> list[Any]:
        outcomes, written = list[Any](), ""
        try:
            with self.store.datastore.get_connection() as connection, connection.transaction():
                batch = Batch(self.house, self.store, connection, clock())
                self._run_all(batch, jobs, outcomes)
                batch.flush()
                written = batch.transaction
        except PersistenceError as fault:
            if not (written and transient(fault) and self._has_committed(written, fault)):
                raise
        return outcomes

    def _has_committed(self, transaction: str, fault: PersistenceError) -> bool:
        """What became of a transaction whose commit was not answered: to do it again might be to do it twice."""
        for attempt in range(ATTEMPTS):
            with suppress(PersistenceError):
                (found,) = self.store.rows("select pg_xact_status(%s::xid8) as status", transaction)
                if found["status"] != "in progress":
                    return found["status"] == "committed"
            time.sleep(random.uniform(0.02, 0.1) * 2**attempt)  # The server may not have noticed yet that we are gone.
        raise OutcomeUnknown(str(fault)) from fault.__cause__

    def _run_all(self, batch: Batch, jobs: Sequence[Job], outcomes: list[Any]) -> None:
        kept = self._begin(batch, jobs)
        for job in jobs:
            if held := kept.get(job.key or ""):
                outcomes.append(_again(job, held))
                continue
            outcomes.append(job.run(batch))
            if job.key is not None and isinstance(outcomes[-1], Answer):
                kept[job.key] = getattr(job, "fingerprint", b""), outcomes[-1]

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
            days.execute("select max(day) as day, pg_current_xact_id()::text as transaction from days")
            if keys:
                held.execute("select * from idempotency_keys where key = any(%s)", (keys,))
            (begun,) = days.fetchall()
            batch.today, batch.transaction = begun["day"], begun["transaction"]
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
