"""Invoices behind the costs: one is counted once, unless it was a group's and is shared out."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from contracts import Refusal
from contracts.agreements import CostKind


@dataclass(frozen=True)
class Counted:
    """What some agreement already took of an invoice. `total` is what the whole invoice says, where it is shared."""

    agreement: str
    kind: CostKind
    amount: Decimal
    total: Decimal | None = None


@dataclass(eq=False)
class InvoiceAlreadyCounted(Refusal):
    """This invoice (code and number) already stands in an agreement; it never counts twice."""

    invoice_code: str
    invoice_number: str
    agreement: str


@dataclass(eq=False)
class InvoiceTotalMissing(Refusal):
    """A share of a group's invoice says what the whole invoice comes to, the same for every share."""

    invoice_code: str
    invoice_number: str


@dataclass(eq=False)
class SharesExceedInvoice(Refusal):
    """The shares of a group's invoice come to more than the invoice."""

    invoice_total: Decimal
    shared: Decimal


def must_count_once(invoice: tuple[str, str], new: Counted, before: Sequence[Counted]) -> None:
    """Refuses an invoice that was counted `before`. Shares may stand beside each other, one an agreement."""
    if new.kind != "COURSE_FEE_SHARE":
        if before:
            raise InvoiceAlreadyCounted(*invoice, before[0].agreement)
        return
    for held in before:
        if held.kind != "COURSE_FEE_SHARE" or held.agreement == new.agreement:
            raise InvoiceAlreadyCounted(*invoice, held.agreement)
    if new.total is None or any(held.total != new.total for held in before):
        raise InvoiceTotalMissing(*invoice)
    if (shared := sum((held.amount for held in (*before, new)), Decimal())) > new.total:
        raise SharesExceedInvoice(new.total, shared)
