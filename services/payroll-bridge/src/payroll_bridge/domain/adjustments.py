"""The adjustments 调整项 of one employee: a course is paid once ever, and a month's pay is cut once for a reason."""

from dataclasses import dataclass
from decimal import Decimal

from contracts.envelope import Period
from contracts.payroll_bridge import AdjustmentProposed, AdjustmentWithdrawn, Event, Line

PAID: tuple[Line, ...] = ("TRAINING_SUBSIDY", "EXCELLENCE")
"""What adds to pay. The other kinds are taken from it."""

# What can be asked


@dataclass(frozen=True)
class ProposeAdjustment:
    """`reference` is the course or claim, `fact` the id of the event that it follows from."""

    employee: str
    period: Period
    kind: Line
    reference: str
    amount: Decimal
    basis: str
    taxable: bool
    fact: str


@dataclass(frozen=True)
class WithdrawAdjustment:
    """Takes back the line of `period`; it shows in the file of `corrected_in`, since its own has left."""

    employee: str
    period: Period
    kind: Line
    reference: str
    reason: str
    fact: str
    corrected_in: Period


Command = ProposeAdjustment | WithdrawAdjustment

# What it can be


@dataclass(frozen=True)
class Standing:
    """A line that was proposed and not withdrawn."""

    period: Period
    kind: Line
    reference: str


Adjustments = frozenset[Standing]
initial: Adjustments = frozenset()


def decide(command: Command, adjustments: Adjustments) -> tuple[Event, ...]:
    match command:
        case ProposeAdjustment():
            return propose(command, adjustments)
        case WithdrawAdjustment():
            return withdraw(command, adjustments)


def propose(command: ProposeAdjustment, adjustments: Adjustments) -> tuple[Event, ...]:
    alike = [line for line in adjustments if (line.kind, line.reference) == (command.kind, command.reference)]
    if command.amount <= 0 or any(command.kind in PAID or line.period == command.period for line in alike):
        return ()
    return (
        AdjustmentProposed(
            employee=command.employee,
            period=command.period,
            kind=command.kind,
            reference=command.reference,
            amount=command.amount,
            basis=command.basis,
            taxable=command.taxable,
            fact=command.fact,
        ),
    )


def withdraw(command: WithdrawAdjustment, adjustments: Adjustments) -> tuple[Event, ...]:
    if Standing(command.period, command.kind, command.reference) not in adjustments:
        return ()
    return (
        AdjustmentWithdrawn(
            employee=command.employee,
            period=command.period,
            kind=command.kind,
            reference=command.reference,
            reason=command.reason,
            fact=command.fact,
            corrected_in=command.corrected_in,
        ),
    )


def evolve(adjustments: Adjustments, event: Event) -> Adjustments:
    match event:
        case AdjustmentProposed(period=period, kind=kind, reference=reference):
            return adjustments | {Standing(period, kind, reference)}
        case AdjustmentWithdrawn(period=period, kind=kind, reference=reference):
            return adjustments - {Standing(period, kind, reference)}
        case _:
            return adjustments
