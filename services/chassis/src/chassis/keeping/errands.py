"""Errands: what is done outside once an event is committed, retried until it is done, its outcome a Work of its own."""

from collections.abc import Callable, Mapping
from functools import partial

import structlog

from chassis.keeping.committer import Committer
from chassis.keeping.store import Store
from chassis.keeping.work import Work, caused_by
from contracts.envelope import Event, Fact, read

log = structlog.get_logger()

LONGEST_PAUSE = 300  # seconds between two tries
Outcome = Callable[[Work], None]
Errand = Callable[[Event[Fact]], Outcome]


class Errands:
    """Runs the errand of each event that has one. It may run twice, so the event's id is its idempotency key."""

    def __init__(self, service: str, errands: Mapping[type[Fact], Errand], committer: Committer, store: Store) -> None:
        self._service, self._committer, self._store = service, committer, store
        self._errands = {fact.TYPE: errand for fact, errand in errands.items()}
        self._known = {fact.TYPE: fact for fact in errands}

    def run(self) -> None:
        """Runs what is due now; a failure is kept and tried again later, with growing pauses."""
        rows = self._store.rows(
            "select e.event, e.name, s.state from errands e join stored_events s"
            " on s.originator_id = e.stream and s.originator_version = e.version"
            " where next_try <= now() order by next_try limit 50"
        )
        for row in rows:
            event = read(bytes(row["state"]), self._known)
            cause = caused_by(event, self._service)
            try:
                outcome = self._errands[row["name"]](event)  # pyright: ignore[reportArgumentType]  # the type is known
            except Exception as fault:  # noqa: BLE001  # the outside may fail in any way; the errand is tried again
                log.warning("errand-failed", errand=row["name"], why=f"{type(fault).__name__}: {fault}")
                self._committer.commit(cause, partial(_failed, event=event, why=f"{type(fault).__name__}: {fault}"))
            else:
                # If we stop here, the errand runs again under the same event id.
                self._committer.commit(cause, partial(_done, event=event, outcome=outcome))


def _done(work: Work, event: Event[Fact | None], outcome: Outcome) -> None:
    outcome(work)
    work.write("delete from errands where event = %s and name = %s", event.id, event.type)


def _failed(work: Work, event: Event[Fact | None], why: str) -> None:
    work.write(
        "update errands set attempts = attempts + 1, failure = %s,"
        " next_try = now() + least(%s, power(2, attempts)) * interval '1 second' where event = %s and name = %s",
        *(why.replace("\0", "\\0"), LONGEST_PAUSE, event.id, event.type),
    )
