"""A month's pay as payroll states it, in yuan, and the floor that nothing is taken below."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")
NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class MonthsPay:
    wage: Decimal
    """The whole month's pay, the performance bonus included."""
    minimum_wage: Decimal
    """Of the place of work, in that month."""
    performance_bonus: Decimal = NOTHING
    set_apart: Decimal = NOTHING
    """Overtime, shift and heat allowances in the wage, which the minimum wage does not count (最低工资规定12)."""

    @property
    def above_minimum(self) -> Decimal:
        """What could be taken before the rest falls below the minimum wage."""
        return max(self.wage - self.set_apart - self.minimum_wage, NOTHING)


def half_up(amount: Decimal) -> Decimal:
    return amount.quantize(FEN, ROUND_HALF_UP)


def down(amount: Decimal) -> Decimal:
    return amount.quantize(FEN, ROUND_DOWN)


def percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f} %"
