"""Deductions from wages 工资扣除: damages by consent or award, money penalties for discipline where a region allows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from payroll_bridge.domain.pay import NOTHING, MonthsPay, down, percent
from payroll_bridge.domain.regions import RegionRule

DAMAGES_CAP = Decimal("0.20")
"""Of the month's wage (工资支付暂行规定16)."""


class BlockedBy(StrEnum):
    NO_CONSENT = "NO_CONSENT"
    NOTICE_REQUIRED = "NOTICE_REQUIRED"
    NO_LEGAL_BASIS = "NO_LEGAL_BASIS"


@dataclass(frozen=True)
class Deductions:
    amounts: tuple[Decimal, ...]
    """One a month, with two decimals."""
    remaining: Decimal
    """What may still be collected."""
    blocked_by: BlockedBy | None
    steps: tuple[str, ...]


# Damages


@dataclass(frozen=True)
class Permission:
    """What allows damages to be taken from wages: written consent, or an award or mediation in force."""

    consent: bool = False
    award: bool = False
    prior_written_notice: bool = False


def damages(
    owed: Decimal,
    months: Sequence[MonthsPay],
    permission: Permission,
    rule: RegionRule,
    cap: Decimal = DAMAGES_CAP,
) -> Deductions:
    """Month by month until nothing is owed. An agreed cap may be lower than the law's, never higher. What the last
    payroll leaves remains as a claim, for a payment plan."""
    if blocked := damages_blocked_by(permission, rule):
        taken_from_none = tuple(NOTHING for _ in months)
        return Deductions(taken_from_none, owed, blocked[0], (blocked[1],))
    left, amounts, steps = owed, list[Decimal](), list[str]()
    for number, pay in enumerate(months, start=1):
        amount, limit = take(left, pay, min(cap, DAMAGES_CAP))
        left -= amount
        amounts.append(amount)
        steps.append(f"month {number}: {amount} ({limit}), {left} carried over (工资支付暂行规定16)")
    return Deductions(tuple(amounts), left, None, (*steps, f"{left} may still be collected"))


def damages_blocked_by(permission: Permission, rule: RegionRule) -> tuple[BlockedBy, str] | None:
    if not (permission.consent or permission.award):
        step = "neither written consent nor an award: taking it from wages unasked is 克扣 (工资支付暂行规定15)"
        return BlockedBy.NO_CONSENT, step
    if rule.notice_before_damages and not permission.prior_written_notice:
        return BlockedBy.NOTICE_REQUIRED, f"reason and amount must be notified in writing first ({rule.article})"
    return None


def take(asked: Decimal, pay: MonthsPay, cap: Decimal) -> tuple[Decimal, str]:
    """What one month yields, rounded down to the fen, and the limit that applied."""
    amount, limit = min(
        (asked, "all that is owed"),
        (pay.wage * cap, f"{percent(cap)} of {pay.wage}"),
        (pay.above_minimum, f"the rest must reach the minimum wage of {pay.minimum_wage}"),
        key=lambda bound: bound[0],
    )
    return down(amount), limit


# Money penalties for discipline


@dataclass(frozen=True)
class Penalty:
    act: str
    """The breach it answers. One act is never penalised twice."""
    amount: Decimal


def penalties(
    month: MonthsPay,
    given: Iterable[Penalty],
    rule: RegionRule,
    penalised: frozenset[str] = frozenset(),
    cap: Decimal | None = None,
) -> Deductions:
    """One amount a penalty, in one month: each and together within the region's share. The excess is void, so nothing
    remains. A lower cap of the company's own rules holds; `penalised` are acts that were answered before."""
    if rule.penalty_share is None:
        return Deductions(tuple(NOTHING for _ in given), NOTHING, BlockedBy.NO_LEGAL_BASIS, (NO_BASIS,))
    share = rule.penalty_share if cap is None else min(cap, rule.penalty_share)
    answered, amounts, steps = set(penalised), list[Decimal](), list[str]()
    for penalty in given:
        if penalty.act in answered:
            amounts.append(NOTHING)
            steps.append(f"{penalty.act}: penalised before, never twice for one act ({rule.article})")
            continue
        answered.add(penalty.act)
        amount, limit = take(penalty.amount, month, share)
        room = max(min(down(month.wage * share), down(month.above_minimum)) - sum(amounts, NOTHING), NOTHING)
        amounts.append(min(amount, room))
        together = "" if amount <= room else f", with the month's other penalties at most {percent(share)}"
        void = penalty.amount - amounts[-1]
        steps.append(f"{penalty.act}: {amounts[-1]} ({limit}{together}; {rule.article}), {void} void, not carried over")
    return Deductions(tuple(amounts), NOTHING, None, tuple(steps))


NO_BASIS = "a money penalty for discipline has no legal basis here (企业职工奖惩条例 was repealed, 国务院令第516号)"
