"""The year's end 年终: who is ahead, what points weigh in the appraisal, and what a missed target means."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from math import floor

from points.domain.rules import plain
from points.domain.schemes import TARGET

OUTSTANDING_PERCENT = Decimal(10)
"""年度优秀管理者, and first in line for promotion."""
REWARDED_PERCENT = Decimal(20)
"""A bonus, or the recommendation of a raise."""
APPRAISAL_WEIGHT = Decimal("0.10")

# The ranking


@dataclass(frozen=True)
class Ranking:
    cut: int
    """How many places there are."""
    winners: tuple[str, ...]
    """Best first. Who ties with the last place is in, so there may be more winners than places."""
    steps: tuple[str, ...]


def cut_of(population: int, percent: Decimal) -> int:
    return floor(population * percent / 100)


def ranking(scores: Mapping[str, Decimal], percent: Decimal) -> Ranking:
    cut = cut_of(len(scores), percent)
    step = f"{len(scores)} × {plain(percent)} %, rounded down: {cut} places"
    if cut == 0:
        return Ranking(0, (), (step,))
    best_first = sorted(scores, key=lambda person: (-scores[person], person))
    last_in = scores[best_first[cut - 1]]
    winners = tuple(person for person in best_first if scores[person] >= last_in)
    return Ranking(cut, winners, (step, f"at least {plain(last_in)} points, ties in: {len(winners)} winners"))


# The appraisal


@dataclass(frozen=True)
class Appraisal:
    result: Decimal
    """Two decimals."""
    steps: tuple[str, ...]


def appraisal(points: Decimal, kpi: Decimal, target: Decimal = TARGET, weight: Decimal = APPRAISAL_WEIGHT) -> Appraisal:
    """Points weigh as a share of the target; above the target they count as 100."""
    counted = min(points, target)
    result = ((1 - weight) * kpi + weight * 100 * counted / target).quantize(Decimal("0.01"), ROUND_HALF_UP)
    of_target = f"{plain(points)} of {plain(target)} points" + (", above target counts as 100" * (points > target))
    weighed = f"KPI {plain(kpi)} × {plain(1 - weight)} + {plain(counted)} × 100 ÷ {plain(target)} × {plain(weight)}"
    return Appraisal(result, (of_target, f"{weighed} = {result} (half-up)"))


# A missed target


class RatingFlag(StrEnum):
    POINTS_NOT_MET = "POINTS_NOT_MET"


@dataclass(frozen=True)
class Consequence:
    rating_flag: RatingFlag | None
    steps: tuple[str, ...]

    @property
    def next_year_pay_review_eligible(self) -> bool:
        return self.rating_flag is None


def consequence(points: Decimal, target: Decimal = TARGET) -> Consequence:
    if points >= target:
        return Consequence(None, (f"{plain(points)} of {plain(target)} points: target met 达标",))
    step = f"{plain(points)} of {plain(target)} points: 未达标, no pay review next year 不得参与下一年度薪酬调整"
    return Consequence(RatingFlag.POINTS_NOT_MET, (step,))
