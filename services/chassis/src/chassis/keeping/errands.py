"""Errands: what is done outside once an event is committed, retried until it is done, its outcome a Work of its own."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import structlog

from chassis.keeping.committer import Busy, Committer, transient
from chassis.keeping.store import Store
from chassis.keeping.work import Cause, Work, caused_by
from contracts.envelope import Event, Fact, read

log = structlog.get_logger()

LONGEST_PAUSE = 300  # seconds between two tries
Outcome = Callable[[Work], str | None]
"""Keeps what came of it. Where only a part was done it says in words what is missing: the rest is tried again."""
Errand = Callable[[Event[Fact]], Outcome]


class Errands:
    """Runs the errand of each event that has one. It may run twice, so the event's id is its idempotency key."""

    def __init__(self, service: str, errands: Mapping[type[Fact], Errand], committer: Committer, store: Store) -> None:
        self._service, self._committer, self._store = service, committer, store
        self._errands, self._known = errands, {fact.TYPE: fact for fact in errands}
        self.leaving = False

    def run(self) -> None:
        """Runs what is due now; a failure is kept and tried again later, with growing pauses."""
        rows = self._store.rows(
            "select e.event, e.name, s.state from errands e join stored_events s"
            " on s.originator_id = e.stream and s.originator_version = e.version"
            " where next_try <= now() order by next_try limit 50"
        )
        for row in rows:
            if self.leaving:
                return
            try:
                event = read(bytes(row["state"]), self._known)
                outcome = self._errands[self._known[event.type]](event)  # pyright: ignore[reportArgumentType]  # the type is known
                # If we stop here, the errand runs again under the same event id.
                done = partial(_done, errand=row, outcome=outcome)
                if missing := self._committer.commit(caused_by(event, self._service), done):
                    log.warning("errand-unfinished", errand=row["name"], why=missing)
            except Exception as fault:  # the outside may fail in any way; the errand is tried again
                if isinstance(fault, Busy) or transient(fault):
                    raise
                log.warning("errand-failed", errand=row["name"], why=type(fault).__name__)
                why = f"{type(fault).__name__}: {fault}"
                cause = Cause(f"service:{self._service}", row["event"])
                self._committer.commit(cause, partial(_failed, errand=row, why=why))


def _done(work: Work, errand: dict[str, Any], outcome: Outcome) -> str | None:
    if not work.rows("select 1 from errands where event = %s and name = %s", errand["event"], errand["name"]):
        return None  # Another process of this service was faster: one outcome is kept.
    missing = outcome(work)
    if missing:
        _failed(work, errand, missing)
    else:
        work.write("delete from errands where event = %s and name = %s", errand["event"], errand["name"])
    return missing


def _failed(work: Work, errand: dict[str, Any], why: str) -> None:
    work.write(
        "update errands set attempts = attempts + 1, failure = %s,"
        " next_try = now() + least(%s, power(2, least(attempts, 9))) * interval '1 second' where event = %s and name = %s",
        *(why.replace("\0", "\\0"), LONGEST_PAUSE, errand["event"], errand["name"]),
    )
