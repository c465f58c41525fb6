"""A purse: the points of one employee in one year, what earned them, and what was taken back."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from contracts.points import Event, PointsAwarded, PointsReversed, PointsYearAssessed
from points.domain.account import Fact, account_of
from points.domain.rules import Kind, RuleBook

# What can be asked


@dataclass(frozen=True)
class AwardPoints:
    """`about` names what was learned or given; `book` holds the rules adopted so far."""

    employee: str
    fact: Fact
    book: RuleBook
    about: str


@dataclass(frozen=True)
class ReversePoints:
    """`fact` is the id of what turned out not to hold."""

    employee: str
    fact: str
    reason: str


@dataclass(frozen=True)
class AssessYear:
    assessment: PointsYearAssessed


Command = AwardPoints | ReversePoints | AssessYear

# What it can be


@dataclass(frozen=True)
class Award:
    year: int
    kind: Kind
    points: Decimal
    exam: str | None = None
    reversed: bool = False


@dataclass(frozen=True)
class Purse:
    awards: Mapping[str, Award] = field(default_factory=dict[str, Award])
    assessed: bool = False

    @property
    def points(self) -> Decimal:
        return sum((award.points for award in self.awards.values() if not award.reversed), Decimal(0))

    def by_kind(self) -> dict[Kind, Decimal]:
        """The points of each kind in which something was awarded and stands."""
        earned: dict[Kind, Decimal] = {}
        for award in sorted(self.awards.values(), key=lambda award: award.kind):
            if not award.reversed:
                earned[award.kind] = earned.get(award.kind, Decimal(0)) + award.points
        return earned

    def counts(self, exam: str) -> bool:
        """Whether a pass of this exam counts already."""
        return any(award.exam == exam and not award.reversed for award in self.awards.values())


initial = Purse()


def decide(command: Command, purse: Purse) -> tuple[Event, ...]:
    match command:
        case AwardPoints():
            return award(command, purse)
        case ReversePoints():
            return reverse(command, purse)
        case AssessYear(assessment):
            return () if purse.assessed else (assessment,)


def award(command: AwardPoints, purse: Purse) -> tuple[Event, ...]:
    """Once per fact, even if it was reversed since; of an exam, the pass that is told first keeps its points."""
    fact = command.fact
    if fact.id in purse.awards or (fact.exam is not None and purse.counts(fact.exam)):
        return ()
    (entry,) = account_of((fact,), command.book).entries
    if entry.points == 0:
        return ()
    late = ", told after the year was closed 年度已关闭" if purse.assessed else ""
    awarded = PointsAwarded.model_validate(
        {
            "employee": command.employee,
            "year": fact.on.year,
            "kind": str(fact.kind),
            "quantity": entry.quantity,
            "rate": entry.rate,
            "points": entry.points,
            "rules": entry.rules,
            "fact": fact.id,
            "on": fact.on,
            "note": f"{command.about}: {entry.why}{late}",
            "exam": fact.exam,
        }
    )
    return (awarded,)


def reverse(command: ReversePoints, purse: Purse) -> tuple[Event, ...]:
    held = purse.awards.get(command.fact)
    if held is None or held.reversed:
        return ()
    taken = PointsReversed(
        employee=command.employee, year=held.year, points=held.points, fact=command.fact, reason=command.reason
    )
    return (taken,)


def evolve(purse: Purse, event: Event) -> Purse:
    match event:
        case PointsAwarded():
            award = Award(event.year, Kind(event.kind), event.points, event.exam)
            return replace(purse, awards={**purse.awards, event.fact: award})
        case PointsReversed():
            taken = replace(purse.awards[event.fact], reversed=True)
            return replace(purse, awards={**purse.awards, event.fact: taken})
        case PointsYearAssessed():
            return replace(purse, assessed=True)
        case _:
            return purse
