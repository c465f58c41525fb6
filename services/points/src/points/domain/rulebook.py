"""The rulebook: every version of the points rules that was adopted, each from its first day on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from contracts import Refusal
from contracts.points import Event, RulesAdopted
from contracts.points import Kind as Named
from points.domain.rules import Kind, Rate, RuleBook, RuleVersion

# What can be asked


@dataclass(frozen=True)
class AdoptRules:
    """What changes from `first_day` on: a kind that is not named, for everyone or for a role, keeps the rate it had."""

    first_day: date
    rates: Mapping[Named, Decimal]
    role_rates: Mapping[str, Mapping[Named, Decimal]]
    scheme: str
    target: Decimal


# Why the answer may be no


@dataclass(eq=False)
class RulesNotLater(Refusal):
    """Rules that start on this day or after it were adopted before: a later version starts later."""

    first_day: date
    adopted: date


# What it can be


@dataclass(frozen=True)
class Rulebook:
    """The versions adopted, oldest first, which is also by their first days."""

    versions: tuple[RulesAdopted, ...] = ()

    def on(self, day: date) -> RulesAdopted | None:
        """The version that was the newest on a day; None before the first."""
        return next((version for version in reversed(self.versions) if version.first_day <= day), None)

    def rates(self) -> RuleBook:
        return RuleBook(tuple(_rates(version) for version in self.versions))


initial = Rulebook()


def decide(command: AdoptRules, rulebook: Rulebook) -> tuple[Event, ...]:
    newest = rulebook.versions[-1] if rulebook.versions else None
    adopted = RulesAdopted.model_validate(
        {
            "rules": newest.rules if newest else 1,
            "first_day": command.first_day,
            "rates": command.rates,
            "role_rates": command.role_rates,
            "scheme": command.scheme,
            "target": command.target,
        }
    )
    if newest is None:
        return (adopted,)
    if adopted == newest:
        return ()  # The same rules again change nothing.
    if adopted.first_day <= newest.first_day:
        raise RulesNotLater(adopted.first_day, newest.first_day)
    return (adopted.model_copy(update={"rules": newest.rules + 1}),)


def evolve(rulebook: Rulebook, event: Event) -> Rulebook:
    match event:
        case RulesAdopted():
            return replace(rulebook, versions=(*rulebook.versions, event))
        case _:
            return rulebook


def _rates(version: RulesAdopted) -> RuleVersion:
    everyones = (Rate(Kind(kind), points) for kind, points in version.rates.items())
    of_roles = (
        Rate(Kind(kind), points, role) for role, rates in version.role_rates.items() for kind, points in rates.items()
    )
    return RuleVersion(version.rules, version.first_day, (*everyones, *of_roles))
