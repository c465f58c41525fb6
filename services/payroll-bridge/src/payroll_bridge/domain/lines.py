"""The lines for payroll: one for each employee, period, kind and reference, and one more where it was taken back."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from contracts.envelope import Period
from contracts.payroll_bridge import AdjustmentProposed, AdjustmentWithdrawn, Line
from payroll_bridge.domain.adjustments import PAID
from payroll_bridge.domain.pay import NOTHING


@dataclass(frozen=True)
class PayLine:
    """`amount` is negative where the line takes an earlier one back (`reversal`)."""

    employee: str
    period: Period
    kind: Line
    reference: str
    reversal: bool
    amount: Decimal
    basis: str
    taxable: bool
    fact: str
    withdrawn_in: Period | None = None

    @property
    def place(self) -> str:
        """Where the line stands in the order of its period."""
        return "\n".join((self.employee, self.kind, self.reference, str(self.reversal).lower()))

    @property
    def stands(self) -> bool:
        return not self.reversal and self.withdrawn_in is None

    @property
    def pays(self) -> bool:
        return self.kind in PAID

    def __lt__(self, other: "PayLine") -> bool:
        return (self.employee, self.kind, self.reference) < (other.employee, other.kind, other.reference)


def line_of(it: AdjustmentProposed) -> PayLine:
    return PayLine(it.employee, it.period, it.kind, it.reference, False, it.amount, it.basis, it.taxable, it.fact)


def taken_back(line: PayLine, it: AdjustmentWithdrawn) -> tuple[PayLine, PayLine]:
    """The line as it stands no longer, and the one with the opposite sign, in the period that corrects it."""
    corrected_in = it.corrected_in or it.period
    gone = replace(line, withdrawn_in=corrected_in)
    return gone, replace(
        line, period=corrected_in, reversal=True, amount=-line.amount, basis=it.reason, fact=it.fact, withdrawn_in=None
    )


@dataclass(frozen=True)
class Sums:
    lines: int
    paid: Decimal
    withheld: Decimal


def sums_of(lines: Iterable[PayLine]) -> Sums:
    """What the lines of a period come to."""
    known = tuple(lines)
    paid = sum((line.amount for line in known if line.pays), NOTHING)
    return Sums(len(known), paid, sum((line.amount for line in known if not line.pays), NOTHING))
