"""What points does when asked, and when news arrives. Each runs inside one Work, which only the chassis commits."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from chassis.keeping.work import Work
from contracts import envelope
from contracts.learning import ContributionMade, ExamPassed, TrainingCompleted, TrainingVoided
from contracts.people import EmployeeHired
from contracts.points import PointsYearClosed
from points.domain import closing, purse, rulebook
from points.domain.account import Fact
from points.domain.closing import CloseYear, NoRulesThatYear, assessments, year_end
from points.domain.purse import AssessYear, AwardPoints, ReversePoints
from points.domain.rulebook import AdoptRules, Rulebook
from points.views import learned
from points.views.entries import standings
from points.views.learned import Learned
from points.views.staff import managers_on, role_on

RULES = uuid5(NAMESPACE_URL, "urn:qizheng:points:rules")


def purse_of(employee: str, year: int) -> UUID:
    return uuid5(NAMESPACE_URL, f"urn:qizheng:points:purse:{employee}:{year}")


def closing_of(year: int) -> UUID:
    return uuid5(NAMESPACE_URL, f"urn:qizheng:points:closing:{year}")


def adopt_rules(work: Work, command: AdoptRules) -> int:
    """Returns the number of the version that now is the newest."""
    work.decide(rulebook, RULES, command)
    return _rulebook(work).versions[-1].rules


def close_year(work: Work, year: int) -> dict[str, Any]:
    """Closes a year for all managers at once. Returns how many there are, and who is put forward."""
    closed: PointsYearClosed | None = work.state(closing, closing_of(year))
    if closed is None:
        closed = _close(work, year)
    return {"population": closed.population, "excellent": closed.excellent, "bonus": closed.bonus}


def _close(work: Work, year: int) -> PointsYearClosed:
    rules = _rulebook(work).on(year_end(year))
    if rules is None:
        raise NoRulesThatYear(year)
    managers = tuple(managers_on(work, year_end(year)))
    command = CloseYear(year, standings(work, year, managers), rules.scheme, rules.target)
    work.decide(closing, closing_of(year), command)
    closed: PointsYearClosed = work.state(closing, closing_of(year))
    work.batch.load(purse_of(manager, year) for manager in managers)
    for assessment in assessments(command, closed):
        work.decide(purse, purse_of(assessment.employee, year), AssessYear(assessment))
    return closed


def when_learned(work: Work, news: TrainingCompleted | ExamPassed | ContributionMade) -> None:
    _award(work, learned.fact(work, str(work.cause.causation)))


def when_training_voided(work: Work, news: TrainingVoided) -> None:
    """Takes back what the completion and its exam earned; a later pass of that exam, if there is one, counts now."""
    for fallen in learned.voided_by(work, news.completion):
        stream = purse_of(fallen.employee, fallen.on.year)
        work.decide(purse, stream, ReversePoints(fallen.employee, fallen.fact, news.reason))
        if fallen.exam is not None:
            for other in learned.standing(work, fallen.employee):
                if (other.exam, other.on.year) == (fallen.exam, fallen.on.year):
                    _award(work, other)


def when_hired(work: Work, news: EmployeeHired) -> None:
    """People and learning are heard side by side: what came before its employee was known is awarded now."""
    for one in learned.standing(work, news.employee):
        _award(work, one)


def _award(work: Work, one: Learned) -> None:
    role = role_on(work, one.employee, one.on)
    if role is None or one.kind is None:
        return
    fact = Fact(one.fact, one.kind, one.on, role, one.quantity, one.exam)
    command = AwardPoints(one.employee, fact, _rulebook(work).rates(), one.about)
    work.decide(purse, purse_of(one.employee, one.on.year), command)


def _rulebook(work: Work) -> Rulebook:
    return work.state(rulebook, RULES)


CONSUMES: Mapping[type[envelope.Fact], Callable[[Work, Any], None]] = {
    TrainingCompleted: when_learned,
    ExamPassed: when_learned,
    ContributionMade: when_learned,
    TrainingVoided: when_training_voided,
    EmployeeHired: when_hired,
}
