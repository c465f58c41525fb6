"""What points does when asked, and when news arrives. Each runs inside one Work, which only the chassis commits."""

from collections.abc import Callable, Mapping
from typing import Any

from chassis.keeping.work import Work
from contracts import envelope
from contracts.learning import ContributionMade, ExamPassed, TrainingCompleted, TrainingVoided
from contracts.people import EmployeeHired
from contracts.points import PointsYearClosed
from points.domain import closing, purse, rulebook
from points.domain.closing import assessments, closing_by, year_end
from points.domain.learned import Learned, award_of
from points.domain.purse import AssessYear, ReversePoints
from points.domain.roles import managers_on, role_on
from points.domain.rulebook import AdoptRules, Rulebook
from points.domain.streams import RULES, closing_of, purse_of
from points.views import learned
from points.views.staff import everybody, posts_of


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
    managers = managers_on(year_end(year), everybody(work))
    work.batch.load(purse_of(manager, year) for manager in managers)
    purses = {manager: work.state(purse, purse_of(manager, year)) for manager in managers}
    command = closing_by(_rulebook(work), year, purses)
    work.decide(closing, closing_of(year), command)
    closed: PointsYearClosed = work.state(closing, closing_of(year))
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
    if command := award_of(one, role_on(one.on, posts_of(work, one.employee)), _rulebook(work)):
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
