"""A month of one employee: which results pay, which cost, and which are another month's."""

from datetime import date
from decimal import Decimal

import pytest

from payroll_bridge.domain.allowances import Attempt, TrainingClass
from payroll_bridge.domain.month import Course, due_of, window_of
from payroll_bridge.domain.pay import MonthsPay

PAY = MonthsPay(Decimal(8000), Decimal(2740), Decimal(1000))
JUNE = window_of("2031-06", date(2031, 6, 25), None)
JULY = window_of("2031-07", date(2031, 7, 25), ("2031-06", date(2031, 6, 25)))


def sat(month: int, day: int, passed: bool = True, score: str | None = "82", news: str = "n") -> Attempt:
    return Attempt(f"{news}-{month}-{day}", date(2031, month, day), passed, score and Decimal(score))


def course(
    *exams: Attempt,
    name: str = "C1",
    training: TrainingClass = TrainingClass.SPECIAL,
    overdue: tuple[Attempt, ...] = (),
    is_paid: bool = False,
) -> Course:
    return Course(name, training, exams, overdue, is_paid)


def lines(*courses: Course, window: object = JUNE, rule: int | None = 1) -> list[tuple[str, str, str]]:
    due = due_of(PAY, courses, window, rule)  # pyright: ignore[reportArgumentType]  # a window of this module
    return [(it.kind, it.reference, str(it.amount)) for it in due]


def test_a_pass_pays_and_excellence_pays_more():
    assert lines(course(sat(6, 5, score="95"))) == [
        ("TRAINING_SUBSIDY", "C1", "400.00"),
        ("EXCELLENCE", "C1", "240.00"),
    ]


def test_a_pass_after_the_cut_off_is_the_next_months():
    late = course(sat(6, 26))
    assert (lines(late), lines(late, window=JULY)) == ([], [("TRAINING_SUBSIDY", "C1", "400.00")])


def test_a_pass_that_was_heard_late_still_pays_and_one_that_was_paid_does_not():
    assert lines(course(sat(6, 5)), window=JULY) == [("TRAINING_SUBSIDY", "C1", "400.00")]
    assert lines(course(sat(6, 5), is_paid=True), window=JULY) == []


def test_a_pass_of_another_month_does_not_pay_in_the_first_closing():
    assert lines(course(sat(5, 30))) == []


def test_a_fail_costs_the_bonus_only_under_a_rule():
    failed = course(sat(6, 5, passed=False, score="41"))
    assert lines(failed) == [("BONUS_WITHHELD", "C1", "640.00")]
    assert lines(failed, rule=None) == []


def test_a_fail_that_was_heard_late_costs_nothing():
    assert lines(course(sat(6, 5, passed=False)), window=JULY) == []


def test_the_state_at_the_cut_off_counts():
    fails_then_passes = course(sat(6, 5, passed=False), sat(6, 20))
    passes_too_late = course(sat(6, 5, passed=False), sat(6, 26))
    assert lines(fails_then_passes) == [("TRAINING_SUBSIDY", "C1", "400.00")]
    assert lines(passes_too_late) == [("BONUS_WITHHELD", "C1", "640.00")]


def test_several_courses_missed_cost_the_months_share_once():
    missed = [course(sat(6, day, passed=False), name=f"C{day}") for day in (3, 4, 5)]
    assert lines(*missed) == [("BONUS_WITHHELD", "C3", "640.00")]


def test_safety_training_costs_nobody_a_bonus():
    safety = course(sat(6, 5, passed=False), name="C0", training=TrainingClass.MANDATORY_SAFETY)
    assert lines(safety) == []
    assert lines(safety, course(sat(6, 6, passed=False))) == [("BONUS_WITHHELD", "C1", "640.00")]


def test_overdue_costs_the_bonus_and_is_no_attempt_at_the_exam():
    overdue = (Attempt("late", date(2031, 6, 4), passed=False),)
    assert lines(course(overdue=overdue)) == [("BONUS_WITHHELD", "C1", "640.00")]
    assert [kind for kind, _, _ in lines(course(sat(6, 10, score="95"), overdue=overdue))] == [
        "TRAINING_SUBSIDY",
        "EXCELLENCE",
    ]


@pytest.mark.parametrize("courses", [[course(sat(6, 5, score="95"))], [course(sat(6, 5, passed=False))]])
def test_no_line_tells_the_wage(courses: list[Course]):
    assert all("8000" not in it.basis for it in due_of(PAY, courses, JUNE, 1))
