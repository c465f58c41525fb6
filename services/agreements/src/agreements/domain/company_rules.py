"""The company's own policy for agreements, in versions: which one is in force on a day."""

from dataclasses import dataclass
from datetime import date

from agreements.domain.policy import Policy
from contracts import Refusal
from contracts.agreements import Event, PolicyAdopted

# What can be asked


@dataclass(frozen=True)
class AdoptPolicy:
    first_day: date
    policy: Policy


Command = AdoptPolicy

# Why the answer may be no


@dataclass(eq=False)
class PolicyOutOfOrder(Refusal):
    """A policy cannot be in force before the one that was adopted before it."""

    first_day: date
    last_first_day: date


@dataclass(eq=False)
class ThresholdsDisordered(Refusal):
    """Thresholds rise, in cost and in months, and each binds for some months."""


@dataclass(eq=False)
class NoPolicyInForce(Refusal):
    """The company has adopted no policy for this day."""

    on: date


# What it can be


@dataclass(frozen=True)
class Adopted:
    number: int
    first_day: date
    policy: Policy


CompanyRules = tuple[Adopted, ...]
initial: CompanyRules = ()


def in_force(rules: CompanyRules, on: date) -> Adopted:
    """The newest policy whose first day has come. Refuses with NoPolicyInForce."""
    found = next((adopted for adopted in reversed(rules) if adopted.first_day <= on), None)
    if found is None:
        raise NoPolicyInForce(on)
    return found


def numbered(rules: CompanyRules, number: int) -> Policy:
    """The policy that an agreement froze. Numbers count from 1."""
    return rules[number - 1].policy


def decide(command: Command, rules: CompanyRules) -> tuple[Event, ...]:
    over = [threshold for threshold, _ in command.policy.thresholds]
    months = [months for _, months in command.policy.thresholds]
    if not over or over != sorted(set(over)) or months != sorted(set(months)) or over[0] < 0 or months[0] < 1:
        raise ThresholdsDisordered
    if rules:
        last = rules[-1]
        if command.first_day < last.first_day:
            raise PolicyOutOfOrder(command.first_day, last.first_day)
        if (last.first_day, last.policy) == (command.first_day, command.policy):
            return ()  # The same policy again changes nothing.
    return (
        PolicyAdopted(
            policy=len(rules) + 1,
            first_day=command.first_day,
            thresholds=command.policy.thresholds,
            proration=command.policy.proration,
            probation_rule=command.policy.probation_rule,
            cost_basis=command.policy.cost_basis,
            rounding=command.policy.rounding,
        ),
    )


def evolve(rules: CompanyRules, event: Event) -> CompanyRules:
    match event:
        case PolicyAdopted():
            policy = Policy(event.thresholds, event.proration, event.probation_rule, event.cost_basis, event.rounding)
            return (*rules, Adopted(event.policy, event.first_day, policy))
        case _:
            return rules
