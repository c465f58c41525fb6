"""Training in the month's pay: 培训补贴 for a pass, more for excellence, and the performance bonus not earned."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from payroll_bridge.domain.pay import NOTHING, MonthsPay, down, half_up, percent

# What is known


class TrainingClass(StrEnum):
    SPECIAL = "SPECIAL"
    ONBOARDING = "ONBOARDING"
    MANDATORY_SAFETY = "MANDATORY_SAFETY"
    SPECIAL_TREATMENT = "SPECIAL_TREATMENT"
    """Housing and the like, which is not training: nobody passes or fails it."""


@dataclass(frozen=True)
class Attempt:
    """One attempt at a course; `news` is the id of the event that told it, however often that came."""

    news: str
    on: date
    passed: bool
    score: Decimal | None = None


@dataclass(frozen=True)
class Terms:
    """What the contract, or the rule adopted under 劳动合同法4, promises and withholds."""

    subsidy: Decimal = Decimal("0.05")
    excellence: Decimal = Decimal("0.03")
    excellent_from: Decimal = Decimal(90)
    withheld_at_most: Decimal = Decimal("0.08")


# Where a course stands


@dataclass(frozen=True)
class Outcome:
    """The state of a course at the cut-off: the last attempt by then, and the first."""

    last: Attempt | None
    first: Attempt | None

    @property
    def passed(self) -> bool:
        return self.last is not None and self.last.passed

    def excellent(self, from_score: Decimal) -> bool:
        first = self.first
        return self.passed and first is not None and first.passed and (first.score or Decimal(0)) >= from_score


def outcome_at(cutoff: date, attempts: Iterable[Attempt]) -> Outcome:
    """Attempts of one day count in the order in which they are given. What comes after the cut-off is the next
    period's; an attempt told again is still one attempt."""
    once = {attempt.news: attempt for attempt in attempts if attempt.on <= cutoff}
    in_order = sorted(once.values(), key=lambda attempt: attempt.on)
    return Outcome(in_order[-1], in_order[0]) if in_order else Outcome(None, None)


# What follows


class PostGate(StrEnum):
    BLOCKED = "BLOCKED"
    OPEN = "OPEN"


@dataclass(frozen=True)
class Allowances:
    """Lines for one course and month, with two decimals. 培训补贴 and the award are taxable pay (个人所得税法2)."""

    subsidy: Decimal
    excellence: Decimal
    bonus_withheld: Decimal
    post_gate: PostGate
    steps: tuple[str, ...]


UNTOUCHED = Allowances(NOTHING, NOTHING, NOTHING, PostGate.OPEN, ("not training: pay is not touched",))
STANDARD = Terms()


def allowances(
    pay: MonthsPay, outcome: Outcome, training: TrainingClass = TrainingClass.SPECIAL, terms: Terms = STANDARD
) -> Allowances:
    match training:
        case TrainingClass.SPECIAL_TREATMENT:
            return UNTOUCHED
        case _ if outcome.passed:
            return earned(pay, outcome, terms)
        case TrainingClass.MANDATORY_SAFETY:
            step = "safety training not passed: 不得上岗 (安全生产法28), and no bonus is withheld for it"
            return Allowances(NOTHING, NOTHING, NOTHING, PostGate.BLOCKED, (step,))
        case TrainingClass.SPECIAL | TrainingClass.ONBOARDING:
            withheld, step = bonus_not_earned(pay, terms)
            return Allowances(NOTHING, NOTHING, withheld, PostGate.OPEN, (step,))


def earned(pay: MonthsPay, outcome: Outcome, terms: Terms) -> Allowances:
    subsidy = half_up(pay.wage * terms.subsidy)
    step = f"培训补贴: passed by the cut-off, {pay.wage} × {percent(terms.subsidy)} = {subsidy} (half-up, taxable)"
    if not outcome.excellent(terms.excellent_from):
        no_award = f"no award for excellence: the first attempt did not reach {terms.excellent_from}"
        return Allowances(subsidy, NOTHING, NOTHING, PostGate.OPEN, (step, no_award))
    more = half_up(pay.wage * terms.excellence)
    award = f"{terms.excellent_from} or more at the first attempt: {pay.wage} × {percent(terms.excellence)} = {more}"
    return Allowances(subsidy, more, NOTHING, PostGate.OPEN, (step, f"{award} (half-up, taxable)"))


def bonus_not_earned(pay: MonthsPay, terms: Terms) -> tuple[Decimal, str]:
    """Only the bonus is withheld, never base pay (工资支付暂行规定15), and what is not withheld is not carried over."""
    share = half_up(pay.wage * terms.withheld_at_most)
    withheld, limit = min(
        (share, f"{percent(terms.withheld_at_most)} of {pay.wage}, half-up"),
        (down(pay.performance_bonus), f"never more than the bonus of {pay.performance_bonus}"),
        (down(pay.above_minimum), f"the rest must reach the minimum wage of {pay.minimum_wage}"),
        key=lambda bound: bound[0],
    )
    return withheld, f"unfinished or failed at the cut-off: {withheld} of the bonus withheld ({limit})"
