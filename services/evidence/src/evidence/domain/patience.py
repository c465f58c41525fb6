"""How long the ledger has not been complete, and when that is too long.

Lag alone is no fault while it shrinks: after a stop, the ledger catches up. So the clock is set back whenever less is
wanting than ever since the ledger was last complete. A single event that is lost never shrinks, however much is said
around it.
"""

from dataclasses import dataclass, replace

from evidence.domain.completeness import Look


@dataclass(frozen=True)
class Patience:
    """Seconds are of a clock that only goes forwards. Who begins to look takes the ledger for complete."""

    allowed: float
    complete: float
    """When the ledger was last complete: the begin of the look that said so."""
    shrunk: float
    least: int | None = None
    """The smallest shortfall since then; None while it is complete."""

    def after(self, look: Look, began: float, ended: float) -> "Patience":
        """The same after one more look."""
        if look.complete:
            return replace(self, complete=began, shrunk=ended, least=None)
        if self.least is None or look.shortfall < self.least:
            return replace(self, shrunk=ended, least=look.shortfall)
        return self

    def ended(self, now: float) -> bool:
        """Whether the ledger is incomplete, and nothing has become better for longer than is allowed."""
        return self.least is not None and now - max(self.complete, self.shrunk) > self.allowed


def patient(allowed: float, now: float) -> Patience:
    return Patience(allowed, complete=now, shrunk=now)
