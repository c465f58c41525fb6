"""Training in the month's pay: the subsidy, the award for excellence, and the bonus that was not earned."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payroll_bridge.domain.allowances import (
    Allowances,
    Attempt,
    PostGate,
    Terms,
    TrainingClass,
    allowances,
    outcome_at,
)
from payroll_bridge.domain.pay import MonthsPay

monday, friday, next_monday = date(2031, 6, 2), date(2031, 6, 6), date(2031, 6, 9)


def pay(wage: str = "8000", bonus: str = "1000", minimum: str = "2740", set_apart: str = "0") -> MonthsPay:
    return MonthsPay(Decimal(wage), Decimal(minimum), Decimal(bonus), Decimal(set_apart))


def passed(score: str | None = "82", on: date = monday, news: str = "pass") -> Attempt:
    return Attempt(news, on, passed=True, score=score and Decimal(score))


def failed(score: str | None = "55", on: date = monday, news: str = "fail") -> Attempt:
    return Attempt(news, on, passed=False, score=score and Decimal(score))


JUNE = pay()


def settle(*attempts: Attempt, pay: MonthsPay = JUNE, training: TrainingClass = TrainingClass.SPECIAL) -> Allowances:
    return allowances(pay, outcome_at(friday, attempts), training)


# A pass


def test_a_pass_brings_five_percent_of_the_wage():
    lines = settle(passed())
    assert (lines.subsidy, lines.excellence, lines.bonus_withheld) == (400, 0, 0)


@pytest.mark.parametrize(("score", "more"), [("90", 240), ("89.99", 0), ("89.5", 0), ("100", 240), (None, 0)])
def test_ninety_at_the_first_attempt_brings_three_percent_more(score: str | None, more: int):
    assert settle(passed(score)).excellence == more


def test_ninety_at_a_retake_brings_no_award():
    lines = settle(failed(), passed("92", on=friday))
    assert (lines.subsidy, lines.excellence, lines.bonus_withheld) == (400, 0, 0)


def test_a_high_score_that_did_not_pass_is_no_excellent_first_attempt():
    assert settle(failed("95"), passed("96", on=friday)).excellence == 0


@pytest.mark.parametrize(
    ("wage", "subsidy", "excellence"), [("8000.10", "400.01", "240.00"), ("5000.50", "250.03", "150.02")]
)
def test_each_line_is_rounded_half_up(wage: str, subsidy: str, excellence: str):
    lines = settle(passed("95"), pay=pay(wage))
    assert (str(lines.subsidy), str(lines.excellence)) == (subsidy, excellence)


def test_the_same_news_told_again_changes_nothing():
    assert settle(passed("95"), passed("95"), passed("95")) == settle(passed("95"))


def test_a_company_can_promise_other_terms():
    lines = allowances(pay(), outcome_at(friday, [passed("85")]), terms=Terms(excellent_from=Decimal(85)))
    assert lines.excellence == 240


# The cut-off


def test_what_happens_on_the_cut_off_counts_and_the_day_after_does_not():
    assert settle(failed(), passed(on=friday)).subsidy == 400
    late = settle(failed(), passed(on=next_monday))
    assert (late.subsidy, late.bonus_withheld) == (0, 640)


def test_attempts_count_by_their_days_in_whatever_order_they_are_told():
    assert settle(passed("92", on=friday), failed()) == settle(failed(), passed("92", on=friday))


def test_the_last_state_before_the_cut_off_counts():
    assert settle(passed("92"), failed(on=friday)).bonus_withheld == 640


# No pass


def test_unfinished_training_withholds_eight_percent_of_the_wage_from_the_bonus():
    assert settle().bonus_withheld == 640


def test_never_more_than_the_bonus_is_withheld():
    assert settle(failed(), pay=pay(bonus="500")).bonus_withheld == 500
    assert settle(failed(), pay=pay(bonus="0")).bonus_withheld == 0


def test_what_is_left_reaches_the_minimum_wage():
    lines = settle(failed(), pay=pay("3000", minimum="2800"))
    assert lines.bonus_withheld == 200
    assert "minimum wage of 2800" in lines.steps[0]
    assert settle(failed(), pay=pay("2700")).bonus_withheld == 0


def test_overtime_does_not_help_to_reach_the_minimum_wage():
    assert settle(failed(), pay=pay("3000", minimum="2800", set_apart="150")).bonus_withheld == 50


def test_the_withheld_share_is_rounded_half_up():
    assert settle(failed(), pay=pay("8000.07")).bonus_withheld == Decimal("640.01")


# Kinds of training


def test_unpassed_safety_training_blocks_the_post_and_costs_no_bonus():
    lines = settle(failed(), training=TrainingClass.MANDATORY_SAFETY)
    assert (lines.bonus_withheld, lines.post_gate) == (0, PostGate.BLOCKED)
    assert settle(training=TrainingClass.MANDATORY_SAFETY).post_gate is PostGate.BLOCKED


def test_passed_safety_training_opens_the_post_and_is_subsidised():
    lines = settle(passed(), training=TrainingClass.MANDATORY_SAFETY)
    assert (lines.subsidy, lines.post_gate) == (400, PostGate.OPEN)


@pytest.mark.parametrize("training", [TrainingClass.SPECIAL, TrainingClass.ONBOARDING])
def test_other_training_blocks_no_post(training: TrainingClass):
    lines = settle(failed(), training=training)
    assert (lines.bonus_withheld, lines.post_gate) == (640, PostGate.OPEN)


def test_special_treatment_is_not_training_and_touches_no_pay():
    for attempt in (passed("95"), failed()):
        lines = settle(attempt, training=TrainingClass.SPECIAL_TREATMENT)
        assert (lines.subsidy, lines.excellence, lines.bonus_withheld, lines.post_gate) == (0, 0, 0, PostGate.OPEN)


# Whatever the pay

money = st.integers(0, 5_000_000).map(lambda fen: Decimal(fen) / 100)


@given(money, money, money, money, st.sampled_from(TrainingClass), st.booleans())
def test_nothing_is_withheld_beyond_the_bonus_or_below_the_floor(
    wage: Decimal, minimum: Decimal, bonus: Decimal, set_apart: Decimal, training: TrainingClass, is_passed: bool
):
    month = MonthsPay(wage, minimum, bonus, set_apart)
    lines = settle(passed() if is_passed else failed(), pay=month, training=training)
    withheld = lines.bonus_withheld
    assert 0 <= withheld <= min(bonus, wage * Decimal("0.08") + Decimal("0.005"))
    assert withheld == 0 or wage - set_apart - withheld >= minimum
    assert withheld == 0 or lines.subsidy == 0
    assert not (is_passed and withheld)
