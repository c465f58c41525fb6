"""What `payroll-bridge` says: what must reach payroll, why, and that it did, once."""

from typing import ClassVar, Literal

from pydantic import Field

from contracts.envelope import Day, Fact, Money, Period, Sealed, Sha256, Visibility
from contracts.operations import DeadLetterHandled

Line = Literal["TRAINING_SUBSIDY", "EXCELLENCE", "BONUS_WITHHELD", "DAMAGES_DEDUCTION"]


class WageSet(Fact):
    """The month's whole pay (bonus included) and the performance bonus in it, both sealed, from `first_period` on."""

    TYPE: ClassVar[str] = "payroll-bridge.WageSet.v1"
    employee: str
    first_period: Period
    monthly_wage: Sealed
    performance_bonus: Sealed
    minimum_wage: Money


class BonusRuleAdopted(Fact):
    """The rule that a bonus may be withheld under, adopted as 劳动合同法4 asks: discussed, published, received."""

    TYPE: ClassVar[str] = "payroll-bridge.BonusRuleAdopted.v1"
    rule: int
    first_day: Day
    discussed_on: Day
    published_on: Day
    receipts: Sha256


class AdjustmentProposed(Fact):
    """One line for payroll. There is one of a kind for each employee, period and course or claim (`reference`)."""

    TYPE: ClassVar[str] = "payroll-bridge.AdjustmentProposed.v1"
    employee: str
    period: Period
    kind: Line
    reference: str
    amount: Money
    basis: str
    taxable: bool
    fact: str


class AdjustmentWithdrawn(Fact):
    """A line that was proposed is not due after all, since before its cut-off the facts were others.

    `period` is the line's own; `corrected_in` is the period whose file takes it back, where its own had left already.
    """

    TYPE: ClassVar[str] = "payroll-bridge.AdjustmentWithdrawn.v1"
    employee: str
    period: Period
    kind: Line
    reference: str
    reason: str
    fact: str
    corrected_in: Period | None = None


class ConsentGiven(Fact):
    """The employee agreed in writing that damages up to `amount` are deducted from wages."""

    TYPE: ClassVar[str] = "payroll-bridge.ConsentGiven.v1"
    employee: str
    amount: Money
    on: Day
    document: Sha256
    prior_written_notice: bool


class DamagesDeducted(Fact):
    """What this period's payroll takes of the damages, and what remains to be collected."""

    TYPE: ClassVar[str] = "payroll-bridge.DamagesDeducted.v1"
    employee: str
    period: Period
    amount: Money
    remaining: Money
    limit: str


class PayrollClosed(Fact):
    """The period's lines stand: how many, their sums, who got none for want of a wage, and whose claim was blocked."""

    TYPE: ClassVar[str] = "payroll-bridge.PayrollClosed.v1"
    VISIBILITY: ClassVar[Visibility] = "record"
    period: Period
    cutoff: Day
    lines: int
    paid: Money
    withheld: Money
    without_wage: tuple[str, ...] = ()
    blocked: dict[str, str] = Field(default_factory=dict[str, str])


class PayrollExported(Fact):
    """The period's lines left for payroll, once: how many, their sums, and the SHA-256 of the file."""

    TYPE: ClassVar[str] = "payroll-bridge.PayrollExported.v1"
    period: Period
    lines: int
    paid: Money
    withheld: Money
    file: Sha256


class DeadLetterRetried(DeadLetterHandled):
    TYPE: ClassVar[str] = "payroll-bridge.DeadLetterRetried.v1"


class DeadLetterDiscarded(DeadLetterHandled):
    TYPE: ClassVar[str] = "payroll-bridge.DeadLetterDiscarded.v1"


Event = (
    WageSet
    | BonusRuleAdopted
    | AdjustmentProposed
    | AdjustmentWithdrawn
    | ConsentGiven
    | DamagesDeducted
    | PayrollClosed
    | PayrollExported
    | DeadLetterRetried
    | DeadLetterDiscarded
)
