"""What a training provably cost, and so what a claim may at most rest on (实施条例16)."""

from dataclasses import dataclass
from decimal import Decimal

from contracts.agreements import CostKind


@dataclass(frozen=True)
class CostLine:
    """`vouched` says that a voucher proves it, `eligible` that nothing else forbids it to count."""

    kind: CostKind
    amount: Decimal
    vouched: bool
    eligible: bool = True

    @property
    def counts(self) -> bool:
        return self.vouched and self.eligible and self.kind != "WAGES_DURING_TRAINING"


@dataclass(frozen=True)
class Cost:
    """What was proven, as a sum, as lines, or both; and what was agreed, None if simply what is proven."""

    verified: Decimal | None = None
    lines: tuple[CostLine, ...] | None = None
    agreed: Decimal | None = None

    @property
    def proven(self) -> Decimal:
        """A sum and lines that disagree prove only the lower."""
        said = () if self.verified is None else (self.verified,)
        shown = () if self.lines is None else (sum((line.amount for line in self.lines if line.counts), Decimal()),)
        return min((*said, *shown), default=Decimal())

    @property
    def base(self) -> Decimal:
        return self.proven if self.agreed is None else min(self.agreed, self.proven)
