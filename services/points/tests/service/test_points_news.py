"""Points as it hears of people and learning: news in; events and views out, over a real PostgreSQL."""

from datetime import date

import pytest

from contracts.people import EmployeeTransferred
from contracts.points import PointsAwarded, PointsReversed

pytestmark = pytest.mark.postgres

march, june, september = date(2024, 3, 4), date(2024, 6, 30), date(2024, 9, 2)


def awards(points):
    return [(it.employee, it.kind, int(it.points)) for it in points.said(PointsAwarded)]


def test_what_is_learned_and_given_is_awarded_at_once_by_its_kind(points, news):
    points.adopt()
    points.hear(
        news.hired("E1"),
        news.passed("E1", march),
        news.completed("E1", march, attempts=1),
        news.completed("E1", march, course="talks", form="WORKSHOP"),
        news.gave("E1", march),
        news.gave("E1", march, "MENTORING"),
        news.gave("E1", march, "TECH_PROJECT"),
    )
    assert awards(points) == [
        ("E1", "EXAM_PASSED", 10),
        ("E1", "ONLINE_HOURS", 6),
        ("E1", "WORKSHOP", 5),
        ("E1", "SHARING", 15),
        ("E1", "MENTORING_DONE", 20),
        ("E1", "TECH_PROJECT", 30),
    ]


def test_an_award_names_the_event_that_earned_it(points, news):
    points.adopt()
    _, heard = points.hear(news.hired("E1"), news.gave("E1", march))
    (event,) = [event for event in points.events() if isinstance(event.fact, PointsAwarded)]
    assert (event.fact.fact, str(event.causation)) == (heard, heard)


def test_training_that_the_company_pays_elsewhere_earns_nothing(points, news):
    points.adopt()
    points.hear(news.hired("E1"), news.completed("E1", march, form="EXTERNAL"))
    assert awards(points) == []


def test_technical_projects_are_worth_something_to_managers_of_research_only(points, news):
    points.adopt()
    points.hear(news.hired("E1"), news.hired("E2", post="销售经理"), news.hired("E3", level="基层"))
    points.hear(*(news.gave(employee, march, "TECH_PROJECT") for employee in ("E1", "E2", "E3")))
    assert awards(points) == [("E1", "TECH_PROJECT", 30)]


def test_what_someone_was_on_the_day_of_the_fact_decides(points, news):
    points.adopt()
    moved = EmployeeTransferred(
        employee="E1", on=june, department="集团/销售部", post="销售经理", rank="M1", level="中层"
    )
    points.hear(news.hired("E1"), moved)
    points.hear(news.gave("E1", march, "TECH_PROJECT"), news.gave("E1", june, "TECH_PROJECT"))
    assert [it.on for it in points.said(PointsAwarded)] == [march]


def test_the_rule_of_the_day_of_the_fact_applies_however_late_it_is_heard(points, news):
    points.adopt()
    points.adopt(first_day="2024-06-30", rates={"SHARING": "18"})
    points.hear(news.hired("E1"), news.gave("E1", june), news.gave("E1", date(2024, 6, 29)))
    assert [(int(it.points), it.rules) for it in points.said(PointsAwarded)] == [(18, 2), (15, 1)]


def test_a_later_rule_never_changes_an_earlier_award(points, news):
    points.adopt()
    points.hear(news.hired("E1"), news.gave("E1", march))
    before = points.get("/employees/E1/points?year=2024")["entries"]
    points.adopt(first_day="2024-03-05", rates={"SHARING": "99"})
    assert points.get("/employees/E1/points?year=2024")["entries"] == before


def test_facts_before_the_first_rule_earn_nothing(points, news):
    points.hear(news.hired("E1"), news.gave("E1", march))
    points.adopt()
    points.hear(news.gave("E1", date(2023, 12, 31)))
    assert awards(points) == []


def test_an_exam_counts_once_a_year(points, news):
    points.adopt()
    points.hear(news.hired("E1"), news.passed("E1", march), news.passed("E1", september))
    points.hear(news.passed("E1", september, course="culture"), news.passed("E1", date(2025, 3, 3)))
    assert (points.points("E1"), points.points("E1", 2025)) == ("20", "10")


def test_whatever_is_heard_again_is_awarded_once(points, news):
    points.adopt()
    points.hear(news.hired("E1"), news.passed("E1", march), news.gave("E1", march))
    assert set(points.repeat_all()) == {"duplicate"}
    assert awards(points) == [("E1", "EXAM_PASSED", 10), ("E1", "SHARING", 15)]


def test_a_voided_completion_takes_back_its_award_and_that_of_its_exam(points, news):
    points.adopt()
    *_, completion = points.hear(
        news.hired("E1"), news.gave("E1", march), news.passed("E1", march), news.completed("E1", march, attempts=1)
    )
    points.hear(news.voided("E1", completion))
    assert sorted(int(it.points) for it in points.said(PointsReversed)) == [6, 10]
    assert points.points("E1") == "15"
    assert len(points.get("/employees/E1/points?year=2024")["entries"]) == 5


def test_a_voided_attendance_leaves_an_earlier_exam_alone(points, news):
    points.adopt()
    points.hear(news.hired("E1"), news.passed("E1", march), news.completed("E1", march, attempts=1))
    (attended,) = points.hear(news.completed("E1", september, attempts=0))
    points.hear(news.voided("E1", attended))
    assert points.points("E1") == "16"


def test_a_completion_voided_twice_is_taken_back_once(points, news):
    points.adopt()
    _, completion = points.hear(news.hired("E1"), news.completed("E1", march))
    points.hear(news.voided("E1", completion), news.voided("E1", completion))
    assert len(points.said(PointsReversed)) == 1


def test_when_the_pass_that_counted_is_voided_the_later_one_counts(points, news):
    points.adopt()
    *_, completion = points.hear(news.hired("E1"), news.passed("E1", march), news.completed("E1", march, attempts=1))
    points.hear(news.passed("E1", september), news.completed("E1", september, attempts=1))
    points.hear(news.voided("E1", completion))
    assert [it.on for it in points.said(PointsAwarded) if it.kind == "EXAM_PASSED"] == [march, september]
    assert points.points("E1") == "16"


def test_an_exam_passed_anew_after_its_training_was_voided_counts(points, news):
    points.adopt()
    *_, completion = points.hear(news.hired("E1"), news.passed("E1", march), news.completed("E1", march, attempts=1))
    points.hear(news.voided("E1", completion), news.passed("E1", september))
    assert points.points("E1") == "10"


def test_what_was_learned_before_the_hire_is_heard_is_awarded_when_it_is(points, news):
    points.adopt()
    heard = points.hear(news.passed("E1", march), news.passed("E1", september), news.gave("E1", march, "TECH_PROJECT"))
    _, completion = points.hear(news.completed("E1", march, course="talks"), news.completed("E1", march, course="art"))
    points.hear(news.voided("E1", completion, "art"))
    assert awards(points) == []
    points.hear(news.hired("E1"))
    assert sorted(awards(points)) == [("E1", "EXAM_PASSED", 10), ("E1", "ONLINE_HOURS", 6), ("E1", "TECH_PROJECT", 30)]
    assert heard[0] in [it.fact for it in points.said(PointsAwarded)]
