"""The rules that a bonus may be withheld under 规章制度: adopted by the procedure of 劳动合同法4, in versions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from contracts import Refusal
from contracts.envelope import Sha256
from contracts.payroll_bridge import BonusRuleAdopted, Event

# What can be asked


@dataclass(frozen=True)
class AdoptBonusRule:
    """`receipts` is the hash of the list on which each employee signed for the rule."""

    first_day: date
    discussed_on: date
    published_on: date
    receipts: Sha256


Command = AdoptBonusRule

# Why the answer may be no


@dataclass(eq=False)
class NotDiscussedBefore(Refusal):
    """A rule on pay is discussed with the employees before it is published (劳动合同法4 II)."""

    discussed_on: date
    published_on: date


@dataclass(eq=False)
class NotPublishedBefore(Refusal):
    """A rule binds nobody before it was published (劳动合同法4 IV), so its first day comes after that."""

    published_on: date
    first_day: date


@dataclass(eq=False)
class OlderThanTheRuleInForce(Refusal):
    """A newer rule begins after the one before it: what was decided under that one stays decided."""

    first_day: date
    newest: date


# What it can be

Rules = tuple[BonusRuleAdopted, ...]
initial: Rules = ()


def decide(command: Command, rules: Rules) -> tuple[Event, ...]:
    newest = rules[-1] if rules else None
    adopted = BonusRuleAdopted(
        rule=newest.rule + 1 if newest else 1,
        first_day=command.first_day,
        discussed_on=command.discussed_on,
        published_on=command.published_on,
        receipts=command.receipts,
    )
    if any(rule == adopted.model_copy(update={"rule": rule.rule}) for rule in rules):
        return ()
    if command.discussed_on > command.published_on:
        raise NotDiscussedBefore(command.discussed_on, command.published_on)
    if command.published_on >= command.first_day:
        raise NotPublishedBefore(command.published_on, command.first_day)
    if newest and command.first_day <= newest.first_day:
        raise OlderThanTheRuleInForce(command.first_day, newest.first_day)
    return (adopted,)


def in_force(rules: Iterable[tuple[int, date]], day: date) -> int | None:
    """The number of the rule that holds on a day, out of all with their first days; None where there is none."""
    return max((rule for rule, first_day in rules if first_day <= day), default=None)


def evolve(rules: Rules, event: Event) -> Rules:
    match event:
        case BonusRuleAdopted():
            return (*rules, event)
        case _:
            return rules
