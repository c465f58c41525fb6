"""A raise recommended 调薪建议 to the best of the year. Nobody's wage changes by it: a person decides."""

from dataclasses import dataclass
from decimal import Decimal
from math import floor
from typing import Literal

from contracts import Refusal
from payroll_bridge.domain.pay import half_up, percent

RAISE = Decimal("0.05")
AMONG_THE_FIRST = Decimal("0.20")


@dataclass(frozen=True)
class Recommendation:
    wage: Decimal
    steps: tuple[str, ...]
    applied: Literal[False] = False


@dataclass(eq=False)
class RankOutside(Refusal):
    rank: int
    population: int

    def __str__(self) -> str:
        return f"rank {self.rank} is not among {self.population} people"


def recommendation(monthly_wage: Decimal, rank: int, population: int) -> Recommendation:
    """Ranks begin at 1, and who ties has the same rank. Refuses a rank outside the population."""
    if not 1 <= rank <= population:
        raise RankOutside(rank, population)
    cut = floor(population * AMONG_THE_FIRST)
    place = f"rank {rank} of {population}, the first {percent(AMONG_THE_FIRST)} are {cut}"
    if rank > cut:
        return Recommendation(half_up(monthly_wage), (f"{place}: no raise is recommended",))
    raised = half_up(monthly_wage * (1 + RAISE))
    step = f"{monthly_wage} + {percent(RAISE)} = {raised} (half-up), recommended and not applied: HR decides"
    return Recommendation(raised, (place, step))
