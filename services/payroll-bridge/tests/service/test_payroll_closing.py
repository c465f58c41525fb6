"""Closing a month: what learning told becomes lines, each once, in the month of its cut-off."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts.learning import CoursePublished, TrainingOverdue, TrainingVoided

pytestmark = pytest.mark.postgres
JUNE = "2031-06-25"
june_5, june_20, june_28 = date(2031, 6, 5), date(2031, 6, 20), date(2031, 6, 28)


def test_a_month_is_closed_paid_and_exported_once(desk: Any, passed: Any, failed: Any):
    desk.pay("E1", "E2", "E3")
    desk.adopt()
    desk.hear(*passed("E1", june_5, "95"), failed("E2", june_5), *passed("E2", june_20, attempt=2))
    desk.hear(failed("E3", june_5), *passed("E4", june_5))
    first, again = desk.close(), desk.close()
    desk.errands()
    after = desk.close()

    assert first.status_code == 200
    assert first.json() == {
        "period": "2031-06",
        "cutoff": JUNE,
        "lines": 4,
        "paid": "1040.00",
        "withheld": "640.00",
        "without_wage": ["E4"],
        "blocked": {},
    }
    assert first.json() == again.json() == after.json()
    assert desk.lines() == [
        ("E1", "EXCELLENCE", "240.00"),
        ("E1", "TRAINING_SUBSIDY", "400.00"),
        ("E2", "TRAINING_SUBSIDY", "400.00"),
        ("E3", "BONUS_WITHHELD", "640.00"),
    ]
    assert len(desk.said("AdjustmentProposed")) == 4
    assert len(desk.said("Payroll")) == 2


def test_a_bonus_is_only_withheld_under_a_rule_in_force(desk: Any, failed: Any):
    desk.pay("E1")
    assert desk.adopt("2031-06-26").status_code == 201
    desk.hear(failed("E1", june_5))
    assert desk.close().json()["withheld"] == "0.00"


def test_a_rule_without_its_procedure_is_refused(desk: Any):
    answer = desk.adopt("2030-12-01")
    assert (answer.status_code, answer.json()["title"]) == (409, "NotPublishedBefore")


def test_overdue_safety_training_costs_nothing_and_overdue_training_does(desk: Any):
    told: dict[str, Any] = {"course_version": 1, "title": "t", "form": "ONLINE", "hours": Decimal(8)}
    more: dict[str, Any] = {"due_days": 30, "first_day": date(2031, 1, 1), **told}
    overdue: dict[str, Any] = {"due": june_5, "on": date(2031, 6, 6)}
    desk.adopt()
    desk.pay("E1", "E2", "E3")
    desk.hear(
        CoursePublished(course="safety", course_class="强制", **more),
        CoursePublished(course="sales", course_class="专项", **more),
        TrainingOverdue(employee="E1", course="safety", **overdue),
        TrainingOverdue(employee="E2", course="sales", **overdue),
        TrainingOverdue(employee="E3", course="a class nobody told", **overdue),
    )
    desk.close()
    assert desk.lines() == [("E2", "BONUS_WITHHELD", "640.00")]


def test_what_comes_after_the_cut_off_is_the_next_months_and_nothing_is_paid_twice(desk: Any, passed: Any):
    desk.pay("E1", "E2")
    desk.hear(*passed("E1", june_5), *passed("E2", june_28))
    desk.close()
    desk.hear(*passed("E1", date(2031, 7, 3)))
    desk.close("2031-07-25")
    assert desk.lines() == [("E1", "TRAINING_SUBSIDY", "400.00")]
    assert desk.lines("2031-07") == [("E2", "TRAINING_SUBSIDY", "400.00")]


def test_a_voided_completion_is_not_paid_and_what_was_paid_is_taken_back(desk: Any, passed: Any):
    desk.pay("E1", "E2")
    _, first = desk.hear(*passed("E1", june_5))
    _, second = desk.hear(*passed("E2", june_5))
    desk.hear(TrainingVoided(employee="E2", course="C1", completion=str(second), reason="替考"))
    desk.close()
    assert desk.lines() == [("E1", "TRAINING_SUBSIDY", "400.00")]
    desk.hear(TrainingVoided(employee="E1", course="C1", completion=str(first), reason="替考"))
    desk.hear(*passed("E1", date(2031, 7, 9), attempt=2))
    assert desk.close("2031-07-25").json()["paid"] == "0.00"
    assert desk.lines("2031-07") == [("E1", "TRAINING_SUBSIDY", "400.00"), ("E1", "TRAINING_SUBSIDY", "-400.00")]


def test_a_pass_before_the_cut_off_that_was_heard_late_gives_the_bonus_back(desk: Any, passed: Any, failed: Any):
    desk.pay("E1")
    desk.adopt()
    desk.hear(failed("E1", june_5))
    assert desk.close().json()["withheld"] == "640.00"
    desk.hear(*passed("E1", june_20, attempt=2))
    answer = desk.close("2031-07-25").json()
    assert (answer["paid"], answer["withheld"]) == ("400.00", "-640.00")


@pytest.mark.parametrize(
    ("cutoff", "title"), [("2031-09-25", "CutOffAhead"), ("2031-05-25", "LaterPeriodClosed"), (JUNE, None)]
)
def test_a_month_is_closed_when_its_day_has_come_and_in_order(desk: Any, cutoff: str, title: str | None):
    desk.close()
    answer = desk.close(cutoff)
    assert answer.json().get("title") == title
    assert (
        desk.ask("POST", "/periods/2031-06/close", {"cutoff": "2031-06-26"}).json()["title"] == "ClosedAtAnotherCutOff"
    )


def test_five_hundred_employees_are_closed_at_once_with_every_line(desk: Any, passed: Any, failed: Any):
    staff = [f"E{n:04}" for n in range(500)]
    desk.pay(*staff)
    desk.adopt()
    facts = [fact for who in staff for fact in (*passed(who, june_5, "95"), failed(who, june_5, "C2"))]
    desk.hear(*facts)
    assert desk.close().json()["lines"] == 1500
