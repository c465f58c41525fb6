"""What payroll-bridge keeps when asked: wages, rules and consents. Each runs in one Work, which only the chassis commits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chassis.keeping.sealing import DataKey, seal, unseal
from chassis.keeping.work import Asked, Work
from contracts.envelope import Fact, Period, Sealed
from payroll_bridge.domain import bonus_rule, claim, wage
from payroll_bridge.domain.bonus_rule import AdoptBonusRule
from payroll_bridge.domain.claim import GiveConsent
from payroll_bridge.domain.pay import MonthsPay
from payroll_bridge.domain.streams import BONUS_RULES, stream_of
from payroll_bridge.domain.wage import SealedWage, SetWage
from payroll_bridge.views.wages import wages_in

# Wages, which only the edge sees open


@dataclass(frozen=True)
class WageEntry:
    employee: str
    first_period: Period
    monthly_wage: Decimal
    performance_bonus: Decimal
    minimum_wage: Decimal


@dataclass(frozen=True)
class OpenedWage:
    """`pay` is None where the person's key is gone, and the wage with it."""

    sealed: SealedWage
    pay: MonthsPay | None


def opened(sealed: Mapping[str, SealedWage], keys: Mapping[str, DataKey]) -> dict[str, OpenedWage]:
    return {who: OpenedWage(it, _pay(it, keys[who]) if who in keys else None) for who, it in sealed.items()}


def _pay(sealed: SealedWage, key: DataKey) -> MonthsPay:
    wage = unseal(key, sealed.employee, "monthly_wage", sealed.monthly_wage)
    bonus = unseal(key, sealed.employee, "performance_bonus", sealed.performance_bonus)
    return MonthsPay(Decimal(wage), sealed.minimum_wage, Decimal(bonus))


def sealed(entries: Sequence[WageEntry], keys: Mapping[str, DataKey], asked: Asked) -> list[SetWage]:
    """The commands that keep these wages. What already stands keeps its seal, so that setting it again is quiet."""
    held: dict[tuple[str, Period], SealedWage] = {}
    for period in {entry.first_period for entry in entries}:
        found = wages_in(asked, {entry.employee for entry in entries if entry.first_period == period}, period)
        held |= {(it.employee, it.first_period): it for it in found.values()}
    return [_sealed(entry, keys[entry.employee], held.get((entry.employee, entry.first_period))) for entry in entries]


def _sealed(entry: WageEntry, key: DataKey, held: SealedWage | None) -> SetWage:
    was = _pay(held, key) if held else None

    def keep(field: str, amount: Decimal, before: Decimal | None, seal_before: Sealed | None) -> Sealed:
        return seal_before if seal_before and before == amount else seal(key, entry.employee, field, f"{amount}")

    return SetWage(
        employee=entry.employee,
        first_period=entry.first_period,
        monthly_wage=keep("monthly_wage", entry.monthly_wage, was and was.wage, held and held.monthly_wage),
        performance_bonus=keep(
            "performance_bonus", entry.performance_bonus, was and was.performance_bonus, held and held.performance_bonus
        ),
        minimum_wage=entry.minimum_wage,
    )


def set_wages(work: Work, commands: Sequence[SetWage]) -> dict[str, int]:
    work.batch.load(stream_of("wage", command.employee) for command in commands)
    for command in commands:
        work.decide(wage, stream_of("wage", command.employee), command)
    return {"wages": len(commands), "changed": len(work.decided)}


# Rules and consents


def adopt_bonus_rule(work: Work, command: AdoptBonusRule) -> int:
    return work.decide(bonus_rule, BONUS_RULES, command)


def give_consent(work: Work, command: GiveConsent) -> int:
    return work.decide(claim, stream_of("claim", command.employee), command)


# The views hear all news; nothing is decided before a person closes the month.
CONSUMES: Mapping[type[Fact], Callable[[Work, Any], None]] = {}
