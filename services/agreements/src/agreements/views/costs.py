"""The costs that vouchers prove, line by line, and so which invoice was counted where."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from chassis.keeping.work import Asked, Work
from contracts.agreements import CostKind, CostVerified
from contracts.envelope import Event, Fact

TABLES = ("costs",)


@dataclass(frozen=True)
class CostRow:
    agreement: UUID
    line: int
    employee: str
    kind: CostKind
    amount: Decimal
    voucher: str
    invoice_code: str
    invoice_number: str
    invoice_total: Decimal | None

    def spoken(self) -> dict[str, Any]:
        """The line for a reader, money as text."""
        return {
            "kind": self.kind,
            "amount": f"{self.amount:f}",
            "voucher": self.voucher,
            "invoice_code": self.invoice_code,
            "invoice_number": self.invoice_number,
            "invoice_total": None if self.invoice_total is None else f"{self.invoice_total:f}",
        }


def when_cost_verified(work: Work, event: Event[CostVerified]) -> None:
    it = event.fact
    work.write(
        "insert into costs values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        *(event.stream, event.version, it.employee, it.kind, it.amount, it.voucher),
        *(it.invoice_code, it.invoice_number, it.invoice_total),
    )


def costs_of(asked: Asked, agreement: UUID) -> list[CostRow]:
    """The lines of one agreement, in the order in which they were verified."""
    return [CostRow(**row) for row in asked.rows("select * from costs where agreement = %s order by line", agreement)]


def counted(asked: Asked, invoice_code: str, invoice_number: str) -> list[CostRow]:
    """Where an invoice was counted so far, in all agreements."""
    rows = asked.rows(
        "select * from costs where invoice_number = %s and invoice_code = %s order by agreement, line",
        *(invoice_number, invoice_code),
    )
    return [CostRow(**row) for row in rows]


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {CostVerified: when_cost_verified}
