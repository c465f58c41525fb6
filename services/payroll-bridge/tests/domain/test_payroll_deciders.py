"""Wages, bonus rules, lines, claims and closings: when yes, when no, when quiet."""

from datetime import date
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest

from contracts.envelope import Fact, Sealed
from contracts.payroll_bridge import (
    AdjustmentProposed,
    AdjustmentWithdrawn,
    ConsentGiven,
    DamagesDeducted,
    PayrollClosed,
)
from payroll_bridge.domain import adjustments, bonus_rule, claim, payroll, wage
from payroll_bridge.domain.adjustments import ProposeAdjustment, WithdrawAdjustment
from payroll_bridge.domain.bonus_rule import (
    AdoptBonusRule,
    NotDiscussedBefore,
    NotPublishedBefore,
    OlderThanTheRuleInForce,
)
from payroll_bridge.domain.claim import DeductDamages, GiveConsent, NothingConsented
from payroll_bridge.domain.pay import MonthsPay
from payroll_bridge.domain.payroll import (
    ClosedAtAnotherCutOff,
    CloseMonth,
    CutOffAhead,
    CutOffElsewhere,
    ExportMonth,
    NothingToExport,
    WagesNotLoaded,
)
from payroll_bridge.domain.regions import rule_of
from payroll_bridge.domain.wage import SetWage

SHA, OTHER = "a" * 64, "b" * 64
june_25 = date(2031, 6, 25)


def told(decider: ModuleType, *commands: Any) -> list[Fact]:
    """What happens when these commands come one after the other."""
    state, facts = decider.initial, list[Fact]()
    for command in commands:
        for fact in decider.decide(command, state):
            state = decider.evolve(state, fact)
            facts.append(fact)
    return facts


def names(facts: list[Fact]) -> list[str]:
    return [type(fact).__name__ for fact in facts]


# Wages


def sealed(text: str) -> Sealed:
    return Sealed(key="E1/0", text=text, commitment=SHA)


def test_a_wage_is_set_and_the_same_wage_again_changes_nothing():
    june = SetWage("E1", "2031-06", sealed("w"), sealed("b"), Decimal(2740))
    july = SetWage("E1", "2031-07", sealed("w2"), sealed("b"), Decimal(2740))
    assert names(told(wage, june, july, june)) == ["WageSet", "WageSet"]


# Bonus rules

rule = AdoptBonusRule(date(2031, 1, 1), date(2030, 11, 20), date(2030, 12, 1), SHA)


def test_a_rule_is_adopted_once_and_the_next_has_the_next_number():
    newer = AdoptBonusRule(date(2032, 1, 1), date(2031, 11, 20), date(2031, 12, 1), SHA)
    assert [fact.model_dump()["rule"] for fact in told(bonus_rule, rule, rule, newer, rule)] == [1, 2]


@pytest.mark.parametrize(
    ("first_day", "discussed_on", "published_on", "refusal"),
    [
        (date(2031, 1, 1), date(2030, 12, 2), date(2030, 12, 1), NotDiscussedBefore),
        (date(2031, 1, 1), date(2030, 12, 1), date(2031, 1, 1), NotPublishedBefore),
        (date(2031, 1, 1), date(2030, 12, 1), date(2031, 2, 1), NotPublishedBefore),
    ],
)
def test_a_rule_that_was_not_discussed_and_published_before_binds_nobody(
    first_day: date, discussed_on: date, published_on: date, refusal: type[Exception]
):
    with pytest.raises(refusal):
        told(bonus_rule, AdoptBonusRule(first_day, discussed_on, published_on, SHA))


def test_a_rule_cannot_begin_before_the_one_in_force():
    with pytest.raises(OlderThanTheRuleInForce):
        told(bonus_rule, rule, AdoptBonusRule(date(2030, 12, 31), date(2030, 11, 20), date(2030, 12, 1), SHA))


# Lines


def line(kind: Any, period: str = "2031-06", amount: str = "400.00", reference: str = "C1") -> ProposeAdjustment:
    return ProposeAdjustment("E1", period, kind, reference, Decimal(amount), "basis", taxable=True, fact="news")


def test_the_subsidy_of_a_course_is_paid_once_ever():
    again = (line("TRAINING_SUBSIDY"), line("TRAINING_SUBSIDY", "2031-07"), line("TRAINING_SUBSIDY", "2032-06"))
    assert names(told(adjustments, line("TRAINING_SUBSIDY"), *again)) == ["AdjustmentProposed"]


def test_a_bonus_is_withheld_once_a_month_and_again_in_another():
    lines = (line("BONUS_WITHHELD"), line("BONUS_WITHHELD"), line("BONUS_WITHHELD", "2031-07"))
    assert names(told(adjustments, *lines)) == ["AdjustmentProposed", "AdjustmentProposed"]


def test_a_line_of_nothing_is_not_proposed():
    assert told(adjustments, line("BONUS_WITHHELD", amount="0.00")) == []


def test_what_was_withdrawn_can_be_paid_anew_and_is_withdrawn_once():
    back = WithdrawAdjustment("E1", "2031-06", "TRAINING_SUBSIDY", "C1", "voided", "news", "2031-07")
    facts = told(adjustments, back, line("TRAINING_SUBSIDY"), back, back, line("TRAINING_SUBSIDY", "2031-08"))
    assert [type(fact) for fact in facts] == [AdjustmentProposed, AdjustmentWithdrawn, AdjustmentProposed]


# Claims

beijing, guangdong = rule_of("BEIJING", june_25), rule_of("GUANGDONG", june_25)
ten_thousand = MonthsPay(Decimal(10_000), Decimal(2740))


def consent(amount: str = "50000", notice: bool = False) -> GiveConsent:
    return GiveConsent("E1", Decimal(amount), june_25, SHA, notice)


def deduct(period: str, assessed: str = "5000", pay: MonthsPay = ten_thousand, where: Any = beijing) -> DeductDamages:
    return DeductDamages("E1", period, Decimal(assessed), pay, where)


def taken(*commands: Any) -> list[tuple[str, str]]:
    facts = told(claim, *commands)
    return [(str(fact.amount), str(fact.remaining)) for fact in facts if isinstance(fact, DamagesDeducted)]


def test_without_consent_nothing_is_deducted():
    assert taken(deduct("2031-06")) == []


def test_a_month_has_its_share_once_and_the_rest_carries_over():
    months = (deduct("2031-06"), deduct("2031-06"), deduct("2031-07"), deduct("2031-08"), deduct("2031-09"))
    assert taken(consent(), *months) == [("2000.00", "3000.00"), ("2000.00", "1000.00"), ("1000.00", "0.00")]


def test_no_more_is_taken_than_was_agreed_to():
    assert taken(consent("2500"), deduct("2031-06"), deduct("2031-07"), deduct("2031-08")) == [
        ("2000.00", "3000.00"),
        ("500.00", "2500.00"),
    ]


def test_nothing_is_taken_once_the_damages_were_reversed():
    assert taken(consent(), deduct("2031-06"), deduct("2031-07", "0")) == [("2000.00", "3000.00")]


def test_guangdong_waits_for_the_notice():
    assert taken(consent(), deduct("2031-06", where=guangdong)) == []
    assert taken(consent(notice=True), deduct("2031-06", where=guangdong)) == [("2000.00", "3000.00")]


def test_a_limit_says_nothing_of_the_wage():
    (_, fact) = told(claim, consent(), deduct("2031-06"))
    assert "10000" not in fact.model_dump_json()


def test_the_same_consent_again_changes_nothing_and_a_newer_one_replaces_it():
    assert [f.amount for f in told(claim, consent(), consent(), consent("9000")) if isinstance(f, ConsentGiven)] == [
        50_000,
        9_000,
    ]


def test_a_consent_to_nothing_is_refused():
    with pytest.raises(NothingConsented):
        told(claim, consent("0"))


# Closings


def closing(cutoff: date = june_25, without: tuple[str, ...] = ()) -> CloseMonth:
    return CloseMonth("2031-06", cutoff, 2, Decimal(640), Decimal(0), without)


def test_a_month_is_closed_once_and_exported_once():
    facts = told(payroll, closing(), closing(), ExportMonth(SHA), ExportMonth(OTHER), closing())
    assert names(facts) == ["PayrollClosed", "PayrollExported"]
    assert isinstance(facts[0], PayrollClosed)
    assert facts[1].model_dump(mode="json", include={"lines", "paid", "file"}) == {
        "lines": 2,
        "paid": "640.00",
        "file": SHA,
    }


def test_a_closed_month_keeps_its_cut_off():
    with pytest.raises(ClosedAtAnotherCutOff):
        told(payroll, closing(), closing(date(2031, 6, 26)))


def test_a_month_that_is_open_cannot_be_exported():
    with pytest.raises(NothingToExport):
        told(payroll, ExportMonth(SHA))


def test_a_month_whose_wages_were_never_loaded_is_not_closed():
    with pytest.raises(WagesNotLoaded):
        told(payroll, closing(without=tuple(f"E{n}" for n in range(2_001))))


def test_the_cut_off_is_a_day_of_the_month_that_has_come():
    payroll.may_be_cut_off("2031-06", june_25, june_25)
    with pytest.raises(CutOffElsewhere):
        payroll.may_be_cut_off("2031-06", date(2031, 7, 1), date(2031, 7, 1))
    with pytest.raises(CutOffAhead):
        payroll.may_be_cut_off("2031-06", june_25, date(2031, 6, 24))
