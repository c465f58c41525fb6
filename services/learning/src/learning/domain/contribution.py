"""What an employee gave to the learning of others: sharing, mentoring, a technical problem solved."""

from dataclasses import dataclass
from datetime import date

from contracts.learning import Contribution, ContributionMade, Event

# What can be asked


@dataclass(frozen=True)
class MakeContribution:
    employee: str
    kind: Contribution
    title: str
    on: date


Command = MakeContribution

# What it can be


@dataclass(frozen=True)
class Contributed:
    made: frozenset[tuple[str, str, date]] = frozenset()


initial = Contributed()


def decide(command: Command, contributed: Contributed) -> tuple[Event, ...]:
    if (command.kind, command.title, command.on) in contributed.made:
        return ()  # The same thing of the same day is told twice, not done twice.
    made = ContributionMade(employee=command.employee, kind=command.kind, title=command.title, on=command.on)
    return (made,)


def evolve(contributed: Contributed, event: Event) -> Contributed:
    match event:
        case ContributionMade(kind=kind, title=title, on=on):
            return Contributed(contributed.made | {(kind, title, on)})
        case _:
            return contributed
