"""Learning as HR, managers and employees meet it: requests in; responses, events and views out, over a real PostgreSQL."""

from datetime import date
from decimal import Decimal

import pytest

from contracts.learning import (
    ContributionMade,
    CourseAssigned,
    CoursePublished,
    ExamFailed,
    ExamPassed,
    TrainingCompleted,
    TrainingVoided,
)
from contracts.people import EmployeeLeft, PastTrainingImported

pytestmark = pytest.mark.postgres

monday, tuesday, friday = "2024-01-01", "2024-01-02", "2024-01-05"
SAFETY = {
    "course": "safety",
    "title": "安全生产",
    "course_class": "强制",
    "form": "ONLINE",
    "hours": "8",
    "pass_mark": "80",
    "posts": ["焊工"],
    "due_days": 30,
    "first_day": monday,
}
WORKSHOP = SAFETY | {"course": "talk", "form": "WORKSHOP", "pass_mark": None, "posts": []}
PAID = SAFETY | {"course": "paid", "form": "EXTERNAL", "course_class": "专项", "posts": []}


def studies(*employees, hours="8", on=monday):
    return {"on": on, "entries": [{"employee": employee, "hours": hours} for employee in employees]}


def exams(on=tuesday, **scores):
    return {"on": on, "entries": [{"employee": employee, "score": score} for employee, score in scores.items()]}


@pytest.fixture
def shop(learning, hired):
    """Three welders of one department and an accountant of another, with a course for welders."""
    learning.hears(*(hired(employee) for employee in ("E1", "E2", "E3")))
    learning.hears(hired("E9", post="会计", department="集团/财务部"))
    learning.post("/courses", SAFETY)
    return learning


def test_publishing_assigns_the_course_to_the_posts_that_it_names(shop):
    assert [event.type.split(".")[1] for event in shop.events()] == ["CoursePublished", *["CourseAssigned"] * 3]
    first = shop.said(CourseAssigned)[0]
    assert (first.employee, first.because, first.on, first.due) == ("E1", "POST", date(2024, 1, 1), date(2024, 1, 31))


def test_publishing_the_same_again_says_so_and_does_nothing(shop):
    assert shop.post("/courses", SAFETY) == {"course_version": 1, "assigned": 0}
    assert len(shop.said(CoursePublished)) == 1


def test_a_new_version_is_answered_and_listed(shop):
    assert shop.post("/courses", SAFETY | {"hours": "10"}) == {"course_version": 2, "assigned": 0}
    (course,) = shop.get("/courses")["courses"]
    assert (course["course_version"], course["hours"]) == (2, "10")


def test_a_list_of_exams_is_answered_with_what_became_of_it(shop):
    shop.post("/courses/safety/studies", studies("E1", "E2", "E3"))
    answer = shop.post("/courses/safety/exams", exams(E1="80", E2="79", E3="95"))
    assert answer == {"studied": 0, "passed": 2, "failed": 1, "completed": 2}
    assert [fact.employee for fact in shop.said(TrainingCompleted)] == ["E1", "E3"]


def test_a_list_is_taken_whole_or_not_at_all_and_the_refusal_names_who(shop):
    shop.post("/courses/safety/studies", studies("E1", "E2"))
    answer = shop.call("POST", "/courses/safety/exams", exams(E1="80", E3="95"))
    problem = answer.json()
    assert (answer.status_code, problem["title"], problem["employee"]) == (409, "StudyUnfinished", "E3")
    assert shop.said(ExamPassed) == []


def test_the_resit_waits_for_learning_again(shop):
    shop.post("/courses/safety/studies", studies("E1"))
    shop.post("/courses/safety/exams", exams(E1="60"))
    assert shop.refused("/courses/safety/exams", exams(E1="90")) == (409, "MustStudyAgain")
    shop.post("/courses/safety/studies", studies("E1", hours="1", on=friday))
    assert shop.post("/courses/safety/exams", exams(friday, E1="90"))["passed"] == 1
    assert [fact.attempt for fact in (*shop.said(ExamFailed), *shop.said(ExamPassed))] == [1, 2]


def test_the_record_says_how_far_each_has_come(shop):
    shop.post("/courses/safety/studies", studies("E1", "E2"))
    shop.post("/courses/safety/exams", exams(E1="60", E2="90"))
    page = shop.get("/courses/safety/record?limit=2")
    rest = shop.get(f"/courses/safety/record?limit=2&cursor={page['next']}")
    rows = page["record"] + rest["record"]
    assert [(row["employee"], row["state"], row["hours"], row["attempts"], row["score"]) for row in rows] == [
        ("E1", "FAILED", "8", 1, "60"),
        ("E2", "COMPLETED", "8", 1, "90"),
        ("E3", "ASSIGNED", "0", 0, None),
    ]
    assert rest["next"] is None
    completion = next(event.id for event in shop.events() if isinstance(event.fact, TrainingCompleted))
    assert rows[1]["completion"] == str(completion)


def test_an_instructors_list_completes_a_workshop_also_for_who_was_not_asked(shop):
    shop.post("/courses", WORKSHOP)
    shop.post("/courses/talk/assignments", {"on": monday, "employees": ["E1"]})
    listed = {"on": tuesday, "employees": ["E1", "E9"]}
    assert shop.post("/courses/talk/attendances", listed)["completed"] == 2
    assert shop.post("/courses/talk/attendances", listed)["completed"] == 0
    assert {fact.form for fact in shop.said(TrainingCompleted)} == {"WORKSHOP"}


def test_a_paid_training_is_completed_by_hr_on_its_day(shop):
    shop.post("/courses", PAID)
    assert shop.post("/courses/paid/assignments", {"on": monday, "employees": ["E1", "E2"]}) == {"assigned": 2}
    answer = shop.post("/courses/paid/completions", exams(friday, E1="86", E2="59"))
    assert answer == {"studied": 0, "passed": 1, "failed": 1, "completed": 1}
    (done,) = shop.said(TrainingCompleted)
    assert (done.employee, done.course_class, done.form, done.score) == ("E1", "专项", "EXTERNAL", Decimal(86))


def test_a_voided_completion_names_the_event_and_can_be_done_again(shop):
    shop.post("/courses", WORKSHOP)
    attended = {"on": tuesday, "employees": ["E9"]}
    shop.post("/courses/talk/attendances", attended)
    completion = shop.events()[-1].id
    shop.post("/courses/talk/voids", {"employee": "E9", "reason": "签到名单有误"})
    assert shop.said(TrainingVoided)[0].completion == str(completion)
    assert shop.get("/employees/E9/trainings")["trainings"] == []
    assert shop.refused("/courses/talk/voids", {"employee": "E9", "reason": "x"}) == (409, "NotCompleted")
    assert shop.post("/courses/talk/attendances", attended)["completed"] == 1


def test_retraining_by_hand_opens_what_was_done(shop):
    shop.post("/courses/safety/studies", studies("E1"))
    shop.post("/courses/safety/exams", exams(E1="90"))
    assert shop.post("/courses/safety/assignments", {"on": friday, "employees": ["E1", "E2"]}) == {"assigned": 1}
    (row,) = shop.get("/employees/E1/trainings")["trainings"]
    assert (row["state"], row["because"], row["attempts"], row["completed_on"]) == ("ASSIGNED", "HAND", 0, None)


def test_a_contribution_is_made_once(shop):
    made = {"employee": "E1", "kind": "MENTORING", "title": "带教新人", "on": monday}
    assert shop.call("POST", "/contributions", made).status_code == 201
    shop.post("/contributions", made)
    assert len(shop.said(ContributionMade)) == 1
    assert shop.get("/employees/E1/trainings")["contributions"] == [
        {"kind": "MENTORING", "title": "带教新人", "on": monday}
    ]


def test_what_was_learned_before_is_told_too(shop):
    shop.hears(
        PastTrainingImported(
            employee="E1", course="消防", kind="线下", on=date(2020, 5, 6), hours=Decimal("4.5"), score=Decimal(92)
        )
    )
    assert shop.get("/employees/E1/trainings")["past_trainings"] == [
        {"course": "消防", "kind": "线下", "on": "2020-05-06", "hours": "4.5", "score": "92", "mark": None}
    ]


def test_nothing_is_recorded_of_who_does_not_work_here_on_that_day(shop):
    shop.hears(EmployeeLeft(employee="E2", last_day=date(2024, 1, 1), ground="ART41", proof="x"))
    for employee in ("E2", "nobody"):
        listed = {"on": tuesday, "employees": ["E1", employee]}
        answer = shop.call("POST", "/courses/safety/assignments", listed)
        assert (answer.json()["title"], answer.json()["employee"]) == ("NotEmployed", employee)
    assert shop.post("/courses/safety/studies", studies("E2"))["studied"] == 1  # The last day counts as employed.
    early = {"employee": "E1", "kind": "SHARING", "title": "x", "on": "2023-04-30"}
    assert shop.refused("/contributions", early) == (409, "NotEmployed")


def test_bad_input_is_refused_with_what_and_where(shop):
    assert shop.refused("/courses/nothing/exams", exams(E1="80")) == (404, "NoSuchCourse")
    before = {"on": "2023-12-31", "employees": ["E9"]}
    assert shop.refused("/courses/safety/assignments", before) == (409, "NotYetOffered")
    for path, body in (
        ("/courses", SAFETY | {"hours": "-1"}),
        ("/courses", SAFETY | {"course": "a/b"}),
        ("/courses", SAFETY | {"due_days": 10**9}),
        ("/courses", SAFETY | {"title": "a\0b"}),
        ("/courses", SAFETY | {"colour": "red"}),
        ("/courses/safety/exams", exams(E1="NaN")),
        ("/courses/safety/exams", exams()),
        ("/courses/safety/studies", studies("E1", "E1")),
        ("/courses/safety/attendances", {"on": monday, "employees": ["E1", "E1"]}),
        ("/contributions", {"employee": "E1", "kind": "SINGING", "title": "x", "on": monday}),
    ):
        assert shop.refused(path, body) == (422, "InvalidRequest"), (path, body)
    assert shop.call("GET", "/employees/nobody/trainings").status_code == 404


def test_an_employee_records_only_their_own(shop):
    shop.post("/courses/safety/studies", studies("E1"), role="employee:E1")
    shop.post("/courses/safety/exams", exams(E1="90"), role="employee:E1")
    assert shop.refused("/courses/safety/studies", studies("E2"), role="employee:E1") == (403, "NotAllowed")
    assert shop.refused("/courses/safety/studies", studies("E1", "E2"), role="employee:E1") == (403, "NotAllowed")
    assert shop.call("GET", "/employees/E1/trainings", role="employee:E1").status_code == 200
    assert shop.call("GET", "/employees/E2/trainings", role="employee:E1").status_code == 403


def test_a_manager_records_and_reads_only_their_department(shop):
    shop.post("/courses", WORKSHOP)
    boss = {"role": "manager:E8", "departments": ("集团/制造中心",)}
    assert shop.post("/courses/talk/attendances", {"on": monday, "employees": ["E1", "E2"]}, **boss)["completed"] == 2
    mixed = {"on": monday, "employees": ["E3", "E9"]}
    assert shop.refused("/courses/talk/attendances", mixed, **boss) == (403, "NotAllowed")
    assert shop.call("GET", "/employees/E1/trainings", **boss).status_code == 200
    assert shop.call("GET", "/employees/E9/trainings", **boss).status_code == 403
