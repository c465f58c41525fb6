"""Deadlines fire when a day of the company has come and everything said before it was heard; never on a timer."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import structlog

from chassis.keeping.committer import Committer, Request, transient
from chassis.keeping.store import Store
from chassis.keeping.work import Cause, Work

log = structlog.get_logger()

CHUNK = 200
Due = Callable[[Work, str], None]


@dataclass(frozen=True)
class Deadlines:
    """The table of deadlines of a service. `due` has a handler for each name; it gets the key that was set."""

    service: str
    due: Mapping[str, Due]
    committer: Committer
    store: Store
    positions: Callable[[], Mapping[tuple[str, int], int]]

    def fire(self) -> None:
        """Fires what is due on each day that came, oldest day first, as far as the inbox has passed the day's ends."""
        (last,) = self.store.rows("select max(day) as day from days where fired")
        while last["day"] and self._chunk(last["day"]):  # Set after their day had fired already.
            pass
        days = self.store.rows("select day, ends from days where not fired order by day")
        at = {f"{topic}/{part}": offset for (topic, part), offset in self.positions().items()}
        for row in days:
            if any(at.get(place, 0) < end for place, end in row["ends"].items()):
                return
            while self._chunk(row["day"]):
                pass
            self.committer.commit(self._cause(f"{row['day']}"), partial(_fired, day=row["day"]))

    def _chunk(self, day: date) -> bool:
        rows = self.store.rows(
            "select name, key, due, last_useful from deadlines where due <= %s and parked is null"
            " order by due, name, key limit %s",
            *(day, CHUNK),
        )
        handed: list[tuple[dict[str, Any], Cause, Future[Any]]] = []
        for row in rows:
            cause = self._cause(f"{row['name']}/{row['key']}/{row['due']}")
            late = row["last_useful"] is not None and row["last_useful"] < day
            handler = partial(_strike, row=row) if late else partial(self._fire, row=row)
            handed.append((row, cause, self.committer.submit(Request(cause, handler, today=day))))
        for row, cause, done in handed:
            fault = done.exception()
            if fault is None:
                continue
            if transient(fault):
                raise fault
            log.warning("deadline-parked", deadline=row["name"], why=type(fault).__name__)
            why = f"{type(fault).__name__}: {fault}".replace("\0", "\\0")
            self.committer.commit(cause, partial(_park, row=row, why=why))
        return bool(rows)

    def _fire(self, work: Work, row: dict[str, Any]) -> None:
        if work.rows(
            "select 1 from deadlines where (name, key, due) = (%s, %s, %s) and parked is null",
            *(row["name"], row["key"], row["due"]),
        ):  # Else another process of this service was faster.
            self.due[row["name"]](work, row["key"])
            _strike(work, row)

    def _cause(self, what: str) -> Cause:
        return Cause(f"service:{self.service}", uuid5(NAMESPACE_OID, f"{self.service}/{what}"))


def _strike(work: Work, row: dict[str, Any]) -> None:
    work.write("delete from deadlines where (name, key, due) = (%s, %s, %s)", row["name"], row["key"], row["due"])


def _park(work: Work, row: dict[str, Any], why: str) -> None:
    work.write(
        "update deadlines set parked = %s where (name, key, due) = (%s, %s, %s)",
        *(why, row["name"], row["key"], row["due"]),
    )


def _fired(work: Work, day: date) -> None:
    work.write("update days set fired = true where day = %s", day)
