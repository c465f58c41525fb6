"""The ledger as it stood on a day of the company: which events the services had decided by."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from evidence.domain.retelling import LeftOut, retold

DAY_OPENED = "people.DayOpened.v1"
RECOMPUTING = ("agreements", "points", "payroll-bridge")
"""Who can be asked what its figures come to."""
SPEAKING = frozenset(["people", "learning", *RECOMPUTING])
"""Whose events these services decide by: their own, and those that they hear."""


@dataclass(eq=False)
class DayNeverOpened(Exception):
    """The ledger opens no such day, so nothing was known on it."""

    day: date

    def __str__(self) -> str:
        return f"the ledger opens no day {self.day}"


@dataclass
class AsOf:
    """How far the ledger reaches on a day: `position` is the last record before the one that opens a later day, or the
    ledger's last; None as long as that is not read."""

    day: date
    position: int | None = None
    left_out: LeftOut = field(default_factory=LeftOut)

    def known(self, leaves: Iterable[bytes]) -> Iterator[bytes]:
        """The events that the services decided by, up to the end of the day, in the ledger's order. Raises
        DayNeverOpened, once it has read them all."""
        for said in retold(self._of_the_day(leaves), self.left_out):
            if said.event.type.split(".", 1)[0] in SPEAKING:
                yield said.body
        if self.position is None:
            raise DayNeverOpened(self.day)

    def _of_the_day(self, leaves: Iterable[bytes]) -> Iterator[bytes]:
        for seq, leaf in enumerate(leaves):
            opened = opened_by(leaf)
            if self.position is not None and opened is not None and opened > self.day:
                return
            if self.position is not None or opened == self.day:
                self.position = seq
            yield leaf


def opened_by(leaf: bytes) -> date | None:
    """The day that a record opens, if it proves so."""
    if DAY_OPENED.encode() not in leaf:
        return None
    said = next(retold((leaf,), LeftOut()), None)
    return said.event.day if said and said.event.type == DAY_OPENED else None
