"""Damages 违约金: what leaving before the end of a service period costs, agreement by agreement (劳动合同法22)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import get_args

from agreements.domain.costs import Cost
from agreements.domain.grounds import Consequence, barred_by_class, consequence_of
from agreements.domain.leave import Leave
from agreements.domain.policy import Policy, ProbationRule
from agreements.domain.proration import Reckoning, reckon
from contracts.agreements import Proration, TrainingClass
from contracts.people import Ground

OTHERWISE_AGREED = Consequence("NOTHING", "实施条例17", "协议约定服务期随劳动合同终止,双方另有约定的从其约定。")


# What is told


@dataclass(frozen=True)
class Promise:
    """An agreement as it binds on the day of leaving. `suspended_months` are months of unpaid leave, as signed."""

    name: str
    service_months: int
    training_end: date
    cost: Cost
    training_class: TrainingClass = "SPECIAL"
    flat_penalty: Decimal | None = None
    ends_with_contract: bool = False
    suspended_months: int = 0
    leave: tuple[Leave, ...] = ()


@dataclass(frozen=True)
class Departure:
    """Who leaves when and why. The settlement is one for all agreements, the waiver a percentage of the result."""

    last_day: date
    ground: Ground
    settlement: Decimal | None = None
    waiver_pct: Decimal = Decimal()

    def __post_init__(self) -> None:
        if not 0 <= self.waiver_pct <= 100:
            raise ValueError(f"a waiver of {self.waiver_pct} per cent waives less than nothing or more than all")


# What is answered


@dataclass(frozen=True)
class Reading:
    """What the result is if an open question of the law is read otherwise."""

    reads: Proration | ProbationRule
    amount: Decimal


@dataclass(frozen=True)
class Part:
    """One agreement's part, unrounded. `ceiling` is what the law allows, `claim` what this ground makes due of it.

    `prorated_ceiling` is the cost's unserved share, also where nothing may be claimed: what counsel may argue with.
    """

    promise: Promise
    reckoning: Reckoning
    consequence: Consequence
    prorated_ceiling: Fraction
    ceiling: Fraction
    claim: Fraction
    higher_readings: tuple[Reading, ...]


@dataclass(frozen=True)
class Damages:
    """`amount` is rounded down to the fen, once; `higher_readings` give more, and are shown but not claimed."""

    departure: Departure
    policy: Policy
    consequence: Consequence
    parts: tuple[Part, ...]
    exactly: Fraction
    higher_readings: tuple[Reading, ...]

    @property
    def amount(self) -> Decimal:
        return down_to_fen(self.exactly)

    @property
    def article(self) -> str:
        """The articles that decided, each once: the ground's, and those of agreements that bind to nothing."""
        return "; ".join(dict.fromkeys(part.consequence.article for part in self.parts)) or self.consequence.article

    @property
    def ceiling(self) -> Decimal:
        return down_to_fen(summed_ceiling(self.parts))

    @property
    def advisory(self) -> Decimal | None:
        """The upper end of what counsel may argue for special treatment, which is never claimed by itself."""
        given = [part for part in self.parts if part.promise.training_class == "SPECIAL_TREATMENT"]
        if not given or self.consequence.effect == "NOTHING":
            return None
        return down_to_fen(sum((part.prorated_ceiling for part in given), Fraction()))


# Assessing


def assess(departure: Departure, promises: Iterable[Promise], policy: Policy) -> Damages:
    """Every agreement runs on its own clock and the results add up; only the sum is rounded."""
    bound = tuple(promises)
    chosen = result(departure, bound, policy)
    amount = down_to_fen(chosen)
    return Damages(
        departure,
        policy,
        consequence_of(departure.ground, policy.probation_rule),
        tuple(part(departure, promise, policy) for promise in bound),
        chosen,
        tuple(
            Reading(reads, more)
            for reads, other in other_readings(departure, policy)
            if (more := down_to_fen(result(departure, bound, other))) > amount
        ),
    )


def other_readings(departure: Departure, policy: Policy) -> Iterable[tuple[Proration | ProbationRule, Policy]]:
    for proration in get_args(Proration):
        if proration != policy.proration:
            yield proration, replace(policy, proration=proration)
    if departure.ground == "ART37_RESIGN_IN_PROBATION" and policy.probation_rule == "EXEMPT_264":
        yield "SERVICE_PERIOD_BINDS", replace(policy, probation_rule="SERVICE_PERIOD_BINDS")


def result(departure: Departure, promises: tuple[Promise, ...], policy: Policy) -> Fraction:
    consequence = consequence_of(departure.ground, policy.probation_rule)
    parts = tuple(bare_part(departure, promise, policy) for promise in promises)
    return owed(departure, consequence, parts) * (100 - Fraction(departure.waiver_pct)) / 100


def owed(departure: Departure, consequence: Consequence, parts: tuple[Part, ...]) -> Fraction:
    """A settlement stands in place of the claims, but never above the summed ceiling, nor where nothing is due."""
    match consequence.effect:
        case "NOTHING":
            return Fraction()
        case "DUE" if departure.settlement is None:
            return sum((part.claim for part in parts), Fraction())
        case "DUE" | "ONLY_IF_SETTLED":
            return min(Fraction(departure.settlement or 0), summed_ceiling(parts))


def part(departure: Departure, promise: Promise, policy: Policy) -> Part:
    chosen = bare_part(departure, promise, policy)
    more = tuple(
        Reading(reads, down_to_fen(claim))
        for reads, other in other_readings(departure, policy)
        if (claim := bare_part(departure, promise, other).claim) > chosen.claim
    )
    return replace(chosen, higher_readings=more)


def bare_part(departure: Departure, promise: Promise, policy: Policy) -> Part:
    """A part without the other readings. A flat penalty counts only below the ceiling."""
    reckoning = reckon(
        policy.proration,
        promise.training_end,
        promise.service_months,
        promise.suspended_months,
        departure.last_day,
    )
    prorated = Fraction(promise.cost.base) * reckoning.share
    consequence = consequence_for(departure, promise, policy)
    ceiling = Fraction() if consequence.effect == "NOTHING" else prorated
    claim = ceiling if consequence.effect == "DUE" else Fraction()
    if promise.flat_penalty is not None:
        claim = min(claim, Fraction(promise.flat_penalty))
    return Part(promise, reckoning, consequence, prorated, ceiling, claim, ())


def consequence_for(departure: Departure, promise: Promise, policy: Policy) -> Consequence:
    """The ground's consequence for one agreement: its class or its own words may take it away."""
    if barred := barred_by_class(promise.training_class):
        return barred
    if departure.ground == "EXPIRY_EMPLOYEE_REFUSES_EXTENSION" and promise.ends_with_contract:
        return OTHERWISE_AGREED
    return consequence_of(departure.ground, policy.probation_rule)


def summed_ceiling(parts: tuple[Part, ...]) -> Fraction:
    return sum((part.ceiling for part in parts), Fraction())


def down_to_fen(exactly: Fraction | Decimal) -> Decimal:
    """What is not negative, without its fractions of a fen."""
    return Decimal(floor(exactly * 100)).scaleb(-2)
