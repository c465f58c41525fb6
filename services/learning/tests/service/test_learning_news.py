"""Learning as it hears of people and days: news in; events and views out, over a real PostgreSQL."""

from datetime import date, timedelta

import pytest

from contracts.learning import CourseAssigned, TrainingOverdue
from contracts.people import EmployeeLeft, EmployeeTransferred, LeavingCorrected

pytestmark = pytest.mark.postgres

new_year, due, day_after = date(2024, 1, 1), date(2024, 1, 31), date(2024, 2, 1)
SAFETY = {
    "course": "safety",
    "title": "安全生产",
    "course_class": "强制",
    "form": "ONLINE",
    "hours": "8",
    "pass_mark": "80",
    "posts": ["焊工"],
    "due_days": 30,
    "first_day": "2024-01-01",
}
CULTURE = SAFETY | {"course": "culture", "title": "企业文化", "course_class": "岗前", "posts": [], "on_hire": True}


def moved(employee, post, on):
    return EmployeeTransferred(
        employee=employee, on=on, department="集团/制造中心/一车间", post=post, rank="P3", level="基层"
    )


def left(employee, last_day):
    return EmployeeLeft(employee=employee, last_day=last_day, ground="ART37_RESIGN_WITH_NOTICE", proof="辞职信")


def assignments(learning):
    return [(it.employee, it.course, it.because, it.on) for it in learning.said(CourseAssigned)]


def test_a_hire_gets_what_the_post_asks_and_what_every_hire_gets(learning, hired):
    learning.post("/courses", SAFETY)
    learning.post("/courses", CULTURE)
    march = date(2024, 3, 4)
    learning.hears(hired("E1", on=march), hired("E2", post="会计", on=march), hired("E3"))
    assert sorted(assignments(learning)) == [
        ("E1", "culture", "HIRE", march),
        ("E1", "safety", "POST", march),
        ("E2", "culture", "HIRE", march),
        ("E3", "safety", "POST", new_year),
    ]


def test_whether_hire_or_course_is_heard_first_the_same_is_assigned(learning, hired):
    march = date(2024, 3, 4)
    learning.hears(hired("E1", on=march), hired("E2", post="会计", on=march), hired("E3"))
    learning.post("/courses", SAFETY)
    learning.post("/courses", CULTURE)
    assert sorted(assignments(learning)) == [
        ("E1", "culture", "HIRE", march),
        ("E1", "safety", "POST", march),
        ("E2", "culture", "HIRE", march),
        ("E3", "safety", "POST", new_year),
    ]


def test_an_assignment_on_news_says_which_event_caused_it(learning, hired):
    learning.post("/courses", SAFETY)
    learning.hears(hired("E1"))
    event = learning.events()[-1]
    assert (event.actor, event.causation is not None) == ("service:learning", True)


def test_a_transfer_gets_what_the_new_post_asks_unless_it_was_assigned_before(learning, hired):
    learning.post("/courses", SAFETY)
    learning.hears(hired("E1", post="会计"), moved("E1", "焊工", date(2024, 6, 3)))
    learning.hears(moved("E1", "会计", date(2024, 7, 1)), moved("E1", "焊工", date(2024, 8, 1)))
    assert assignments(learning) == [("E1", "safety", "TRANSFER", date(2024, 6, 3))]


def test_who_has_left_is_assigned_nothing(learning, hired):
    learning.hears(hired("E1"), hired("E2"), left("E1", date(2023, 12, 31)), left("E2", new_year))
    assert learning.post("/courses", SAFETY)["assigned"] == 1
    assert [employee for employee, *_ in assignments(learning)] == ["E2"]


def test_a_corrected_leaving_brings_back(learning, hired):
    learning.hears(hired("E1"), left("E1", date(2023, 12, 31)))
    learning.hears(
        LeavingCorrected(employee="E1", last_day=date(2024, 5, 31), ground="ART41", proof="裁员方案", reason="日期录错")
    )
    assert learning.post("/courses", SAFETY)["assigned"] == 1


def test_the_day_after_it_was_due_a_training_is_overdue_once(learning, hired):
    learning.hears(hired("E1"))
    learning.post("/courses", SAFETY)
    learning.opens(due)
    assert learning.said(TrainingOverdue) == []
    learning.opens(day_after, day_after + timedelta(days=1))
    assert learning.said(TrainingOverdue) == [TrainingOverdue(employee="E1", course="safety", due=due, on=day_after)]
    (row,) = learning.get("/courses/safety/record")["record"]
    assert row["overdue_on"] == day_after.isoformat()


def test_what_is_done_and_who_has_left_are_not_reminded(learning, hired):
    learning.hears(hired("E1"), hired("E2"))
    learning.post("/courses", SAFETY)
    entry = {"employee": "E1"}
    learning.post("/courses/safety/studies", {"on": "2024-01-02", "entries": [entry | {"hours": "8"}]})
    learning.post("/courses/safety/exams", {"on": "2024-01-02", "entries": [entry | {"score": "80"}]})
    assert len(learning.store.rows("select 1 from deadlines")) == 1
    learning.hears(left("E2", due))
    learning.opens(day_after)
    assert learning.said(TrainingOverdue) == []


def test_a_week_late_it_is_no_use_to_say_so(learning, hired):
    learning.hears(hired("E1"))
    learning.post("/courses", SAFETY)
    learning.opens(day_after + timedelta(days=8))
    assert learning.said(TrainingOverdue) == []


def test_what_was_voided_after_its_due_day_is_overdue_after_all(learning, hired):
    learning.hears(hired("E1"))
    learning.post("/courses", SAFETY)
    entry = {"employee": "E1"}
    learning.post("/courses/safety/studies", {"on": "2024-01-02", "entries": [entry | {"hours": "8"}]})
    learning.post("/courses/safety/exams", {"on": "2024-01-02", "entries": [entry | {"score": "80"}]})
    learning.opens(day_after)
    learning.post("/courses/safety/voids", {"employee": "E1", "reason": "代考"})
    learning.opens(day_after + timedelta(days=1))
    assert [it.due for it in learning.said(TrainingOverdue)] == [due]
