"""Points recomputed: what each fact earned and how each year ended, out of the events, by the same deciders."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from uuid import UUID

from contracts.envelope import Event, Fact
from contracts.learning import ContributionMade, ExamPassed, TrainingCompleted, TrainingVoided
from contracts.people import EmployeeHired, EmployeeLeft, EmployeeTransferred, LeavingCorrected
from contracts.points import PointsAwarded, PointsReversed, PointsYearAssessed, PointsYearClosed, RulesAdopted
from points.domain import closing, purse, rulebook
from points.domain.closing import NoRulesThatYear, assessments, closing_by, year_end
from points.domain.learned import Learned, award_of, fallen_with, learned_from
from points.domain.purse import Purse, ReversePoints
from points.domain.roles import Employment, Post, managers_on, role_on
from points.domain.rulebook import Rulebook
from points.domain.streams import purse_of

Recomputed = tuple[Event[Fact], Fact | None, Fact | str | None]
UNTOLD = "the event of learning that it rests on is not among the events"


@dataclass
class Known:
    """What points knows at a moment of its history."""

    rules: Rulebook = rulebook.initial
    staff: dict[str, Employment] = field(default_factory=dict[str, Employment])
    learned: dict[str, Learned] = field(default_factory=dict[str, Learned])
    voided: set[str] = field(default_factory=set[str])
    purses: dict[UUID, Purse] = field(default_factory=dict[UUID, Purse])

    def take_in(self, event: Event[Fact]) -> None:
        fact = event.fact
        match fact:
            case EmployeeHired() | EmployeeTransferred():
                self._hold(fact)
            case EmployeeLeft() | LeavingCorrected() if fact.employee in self.staff:
                self.staff[fact.employee] = replace(self.staff[fact.employee], last_day=fact.last_day)
            case TrainingCompleted() | ExamPassed() | ContributionMade():
                self.learned[str(event.id)] = learned_from(fact, str(event.id), event.version)
            case TrainingVoided():
                self.voided.update(fallen_with(fact.completion, self._learned_by(fact.employee)))
            case RulesAdopted():
                self.rules = rulebook.evolve(self.rules, fact)
            case PointsAwarded() | PointsReversed() | PointsYearAssessed():
                held = self.purses.get(event.stream, purse.initial)
                self.purses[event.stream] = purse.evolve(held, fact)
            case _:
                pass

    def purse(self, employee: str, year: int) -> Purse:
        return self.purses.get(purse_of(employee, year), purse.initial)

    def _hold(self, fact: EmployeeHired | EmployeeTransferred) -> None:
        held = self.staff.get(fact.employee)
        if held is None and isinstance(fact, EmployeeTransferred):
            return
        others = tuple(post for post in held.posts if post.since != fact.on) if held else ()
        posts = (*others, Post(fact.on, fact.level, fact.post))
        self.staff[fact.employee] = replace(held, posts=posts) if held else Employment(fact.on, None, posts)

    def _learned_by(self, employee: str) -> list[Learned]:
        return [one for one in self.learned.values() if one.employee == employee]


@dataclass
class Year:
    """A year as it was closed. Each manager's purse is that before their own assessment, which closed it for them."""

    closed: Event[Fact] | None = None
    rules: Rulebook = rulebook.initial
    managers: tuple[str, ...] = ()
    assessed: dict[str, Event[Fact]] = field(default_factory=dict[str, Event[Fact]])
    purses: dict[str, Purse] = field(default_factory=dict[str, Purse])


def recomputed(events: Iterable[Event[Fact]]) -> Iterator[Recomputed]:
    """Each award and reversal with what the deciders say on what was known just before it; then the years."""
    known, years = Known(), dict[int, Year]()
    for event in events:
        fact = event.fact
        match fact:
            case PointsAwarded():
                yield event, fact, awarded_anew(known, fact)
            case PointsReversed():
                yield event, fact, reversed_anew(known, fact)
            case PointsYearAssessed():
                year = years.setdefault(fact.year, Year())
                year.assessed[fact.employee] = event
                year.purses[fact.employee] = known.purse(fact.employee, fact.year)
            case PointsYearClosed():
                year = years.setdefault(fact.year, Year())
                year.closed, year.rules = event, known.rules
                year.managers = tuple(managers_on(year_end(fact.year), known.staff))
            case _:
                pass
        known.take_in(event)
    for number, year in years.items():
        yield from ended_anew(known, number, year)


def awarded_anew(known: Known, fact: PointsAwarded) -> Fact | str | None:
    one = known.learned.get(fact.fact)
    if one is None:
        return UNTOLD
    member = known.staff.get(one.employee)
    command = award_of(one, role_on(one.on, member.posts) if member else None, known.rules)
    if command is None or one.employee != fact.employee:
        return None
    return next(iter(purse.decide(command, known.purse(one.employee, one.on.year))), None)


def reversed_anew(known: Known, fact: PointsReversed) -> Fact | str | None:
    if fact.fact not in known.learned:
        return UNTOLD
    if fact.fact not in known.voided:
        return None
    command = ReversePoints(fact.employee, fact.fact, fact.reason)
    return next(iter(purse.decide(command, known.purse(fact.employee, fact.year))), None)


def ended_anew(known: Known, number: int, year: Year) -> Iterator[Recomputed]:
    if year.closed is None:
        for event in year.assessed.values():
            yield event, event.fact, f"the closing of {number} is not among the events"
        return
    purses = {who: year.purses.get(who, known.purse(who, number)) for who in year.managers}
    try:
        command = closing_by(year.rules, number, purses)
    except NoRulesThatYear:
        yield year.closed, year.closed.fact, f"no rules of {number} are among the events"
        return
    (closed,) = closing.decide(command, closing.initial)
    yield year.closed, year.closed.fact, closed
    assert isinstance(closed, PointsYearClosed)
    made = {each.employee: each for each in assessments(command, closed)}
    for who in sorted(year.assessed.keys() | made.keys()):
        event = year.assessed.get(who)
        yield event or year.closed, event and event.fact, made.get(who)
