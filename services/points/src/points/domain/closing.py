"""The closing of a year 年度结算: how every manager stands in the end, and who is put forward. It is done once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from contracts import Refusal
from contracts.points import Event, PointsYearAssessed, PointsYearClosed
from points.domain.purse import Purse
from points.domain.rulebook import Rulebook
from points.domain.rules import Kind
from points.domain.schemes import SCHEMES, Progress, by_category, progress
from points.domain.year_end import OUTSTANDING_PERCENT, REWARDED_PERCENT, Ranking, consequence, ranking

# What can be asked


@dataclass(frozen=True)
class CloseYear:
    """`earned` has each manager who is in the ranking, with their points by kind: none is an empty mapping."""

    year: int
    earned: Mapping[str, Mapping[Kind, Decimal]]
    scheme: str
    target: Decimal

    @property
    def totals(self) -> dict[str, Decimal]:
        return {manager: sum(points.values(), Decimal(0)) for manager, points in self.earned.items()}


# Why the answer may be no


@dataclass(eq=False)
class NoRulesThatYear(Refusal):
    """No points rules held by the end of the year, so there is no target to close it by."""

    year: int


# What it can be

Closing = PointsYearClosed | None
initial: Closing = None


def decide(command: CloseYear, closing: Closing) -> tuple[Event, ...]:
    if closing is not None:
        return ()  # What came after a closing is compensated, the closing stays.
    excellent, bonus = ahead(command, OUTSTANDING_PERCENT), ahead(command, REWARDED_PERCENT)
    closed = PointsYearClosed(
        year=command.year,
        population=len(command.earned),
        excellent_cut=excellent.cut,
        bonus_cut=bonus.cut,
        excellent=excellent.winners,
        bonus=bonus.winners,
    )
    return (closed,)


def evolve(closing: Closing, event: Event) -> Closing:
    return event if isinstance(event, PointsYearClosed) else closing


# How each stands


def closing_by(rulebook: Rulebook, year: int, purses: Mapping[str, Purse]) -> CloseYear:
    """The closing of a year for these managers, by the rules at its end. Refuses with NoRulesThatYear."""
    rules = rulebook.on(year_end(year))
    if rules is None:
        raise NoRulesThatYear(year)
    earned = {manager: held.by_kind() for manager, held in purses.items()}
    return CloseYear(year, earned, rules.scheme, rules.target)


def year_end(year: int) -> date:
    return date(year, 12, 31)


def ahead(command: CloseYear, percent: Decimal) -> Ranking:
    """Who is put forward: ties are in, but nobody without a point is."""
    totals = command.totals
    ranked = ranking(totals, percent)
    return Ranking(ranked.cut, tuple(one for one in ranked.winners if totals[one] > 0), ranked.steps)


def counted(earned: Mapping[Kind, Decimal], scheme: str, target: Decimal) -> Progress:
    """What counts of someone's points towards the target, by the scheme of that name."""
    return progress(by_category(SCHEMES[scheme], earned), SCHEMES[scheme], target)


def assessments(command: CloseYear, closed: PointsYearClosed) -> tuple[PointsYearAssessed, ...]:
    """How the year ended for each manager, best first; equal points share a rank."""
    totals = command.totals
    best_first = sorted(totals, key=lambda manager: (-totals[manager], manager))
    descending = [totals[manager] for manager in best_first]
    return tuple(assessment(command, closed, manager, 1 + descending.index(totals[manager])) for manager in best_first)


def assessment(command: CloseYear, closed: PointsYearClosed, manager: str, rank: int) -> PointsYearAssessed:
    made = counted(command.earned[manager], command.scheme, command.target)
    follows = consequence(made.counted, command.target)
    return PointsYearAssessed.model_validate(
        {
            "employee": manager,
            "year": command.year,
            "points": command.totals[manager],
            "counted": made.counted,
            "rank": rank,
            "excellent": manager in closed.excellent,
            "bonus": manager in closed.bonus,
            "target_met": made.target_met,
            "rating_flag": follows.rating_flag and str(follows.rating_flag),
            "next_year_pay_review_eligible": follows.next_year_pay_review_eligible,
        }
    )
