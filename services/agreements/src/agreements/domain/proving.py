"""Proving a cost: a line with its voucher, that belongs to the training and was not counted before."""

from dataclasses import dataclass
from decimal import Decimal

from agreements.domain.invoices import Counted, must_count_once
from agreements.domain.life import Agreement, Ended, drawn, not_now
from agreements.domain.policy import Policy, cost_base
from contracts import Refusal
from contracts.agreements import CostKind, CostVerified, Event


@dataclass(frozen=True)
class VerifyCost:
    """`counted_before` is what agreements took of this invoice so far; `policy` says whether deducted VAT counts."""

    agreement: str
    policy: Policy
    kind: CostKind
    amount: Decimal
    voucher: str
    invoice_code: str
    invoice_number: str
    vat_deducted: Decimal = Decimal()
    invoice_total: Decimal | None = None
    counted_before: tuple[Counted, ...] = ()


@dataclass(eq=False)
class WagesDoNotCount(Refusal):
    """Wages during training are no cost of it (实施条例16)."""

    article: str


@dataclass(eq=False)
class AmountImpossible(Refusal):
    """A line of cost is more than nothing, and its deducted VAT less than all of it."""

    amount: Decimal
    vat_deducted: Decimal


@dataclass(eq=False)
class InvoiceNumberMissing(Refusal):
    """A cost is known by its invoice's number, so that it never counts twice."""


def verify(command: VerifyCost, agreement: Agreement) -> tuple[Event, ...]:
    held = drawn(agreement)
    if isinstance(held, Ended):
        raise not_now(held)
    if command.kind == "WAGES_DURING_TRAINING":
        raise WagesDoNotCount("实施条例16")
    if not command.amount > command.vat_deducted >= 0:
        raise AmountImpossible(command.amount, command.vat_deducted)
    if not command.invoice_number.strip():
        raise InvoiceNumberMissing
    new = Counted(command.agreement, command.kind, command.amount, command.invoice_total)
    must_count_once((command.invoice_code, command.invoice_number), new, command.counted_before)
    return (
        CostVerified(
            employee=held.terms.employee,
            kind=command.kind,
            amount=cost_base(command.amount, command.vat_deducted, command.policy),
            voucher=command.voucher,
            invoice_code=command.invoice_code,
            invoice_number=command.invoice_number,
            invoice_total=command.invoice_total,
        ),
    )
