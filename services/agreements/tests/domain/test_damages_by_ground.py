"""Which grounds of leaving make damages due, which do not, and where only a settlement does."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import get_args

import pytest

from agreements.domain.costs import Cost
from agreements.domain.damages import Departure, Promise, assess
from agreements.domain.explanation import explain
from agreements.domain.policy import Policy
from contracts.agreements import TrainingClass
from contracts.people import Ground

halfway = date(2025, 6, 30)
course = Promise("协议1", 24, date(2024, 6, 30), Cost(Decimal(60_000)))
second = Promise("协议2", 12, date(2024, 12, 31), Cost(Decimal(10_000)))
binding, exempt = Policy(probation_rule="SERVICE_PERIOD_BINDS"), Policy()

DUE = {
    "ART37_RESIGN_WITH_NOTICE",
    "ART37_RESIGN_WITHOUT_NOTICE",
    "ART39_2",
    "ART39_3",
    "ART39_4",
    "ART39_5",
    "ART39_6",
    "EXPIRY_EMPLOYEE_REFUSES_EXTENSION",
}
MUTUAL = {"ART36_MUTUAL_EMPLOYEE_INITIATED", "ART36_MUTUAL_EMPLOYER_INITIATED"}
PROBATION = "ART37_RESIGN_IN_PROBATION"
NOTHING = set(get_args(Ground)) - DUE - MUTUAL - {PROBATION}


def amount(ground, *promises, policy=exempt, **more):
    return assess(Departure(halfway, ground, **more), promises or (course,), policy).amount


@pytest.mark.parametrize("ground", sorted(DUE))
def test_breach_by_the_employee_makes_the_unserved_share_due(ground):
    assert amount(ground) == Decimal("30000.00")


@pytest.mark.parametrize("ground", sorted(NOTHING))
def test_no_breach_by_the_employee_makes_nothing_due_even_where_something_was_settled(ground):
    assert amount(ground) == Decimal("0.00")
    assert amount(ground, settlement=Decimal(5_000)) == Decimal("0.00")


def test_resigning_in_probation_follows_the_policy_and_is_contested():
    assert amount(PROBATION) == Decimal("0.00")
    assert amount(PROBATION, settlement=Decimal(100)) == Decimal("0.00")
    assert amount(PROBATION, policy=binding) == Decimal("30000.00")
    for policy in (exempt, binding):
        assert assess(Departure(halfway, PROBATION), (course,), policy).consequence.contested


def test_the_binding_reading_of_probation_is_shown_beside_the_exemption():
    shown = assess(Departure(halfway, PROBATION), (course,), exempt).higher_readings
    assert [(other.reads, other.amount) for other in shown] == [("SERVICE_PERIOD_BINDS", Decimal("30000.00"))]
    assert assess(Departure(halfway, PROBATION), (course,), binding).higher_readings == ()


@pytest.mark.parametrize("ground", sorted(MUTUAL))
def test_parting_by_agreement_makes_only_the_settlement_due(ground):
    assert amount(ground) == Decimal("0.00")
    assert amount(ground, settlement=Decimal(20_000)) == Decimal("20000.00")


@pytest.mark.parametrize("ground", sorted(MUTUAL | DUE))
def test_a_settlement_is_one_for_all_agreements_and_never_above_their_summed_ceiling(ground):
    assert amount(ground, course, second, settlement=Decimal(32_000)) == Decimal("32000.00")
    assert amount(ground, course, second, settlement=Decimal(99_000)) == Decimal("35000.00")


@pytest.mark.parametrize("ground", sorted(DUE))
def test_a_settlement_stands_in_place_of_what_is_due(ground):
    assert amount(ground, settlement=Decimal(12_000)) == Decimal("12000.00")
    assert amount(ground, settlement=Decimal(0)) == Decimal("0.00")


@pytest.mark.parametrize("ground", get_args(Ground))
@pytest.mark.parametrize("training_class", sorted(set(get_args(TrainingClass)) - {"SPECIAL"}))
def test_what_is_no_special_training_never_makes_damages_due(ground, training_class):
    promise = replace(course, training_class=training_class)
    for settlement in (None, Decimal(5_000)):
        assert amount(ground, promise, policy=binding, settlement=settlement) == Decimal("0.00")


def test_special_treatment_leaves_counsel_a_range_where_the_employee_broke_the_promise():
    housing = Promise("住房", 60, date(2023, 6, 30), Cost(Decimal(200_000)), "SPECIAL_TREATMENT")
    broken = assess(Departure(halfway, "ART37_RESIGN_WITH_NOTICE"), (housing,), exempt)
    kept = assess(Departure(halfway, "ART38_EMPLOYER_FAULT"), (housing,), exempt)
    assert (broken.amount, broken.advisory) == (Decimal("0.00"), Decimal("120000.00"))
    assert (kept.amount, kept.advisory) == (Decimal("0.00"), None)
    assert assess(Departure(halfway, "ART37_RESIGN_WITH_NOTICE"), (course,), exempt).advisory is None


def test_only_the_agreement_that_ends_with_the_contract_falls_away_when_an_extension_is_refused():
    ending = replace(course, ends_with_contract=True)
    assert amount("EXPIRY_EMPLOYEE_REFUSES_EXTENSION", ending, second) == Decimal("5000.00")
    assert amount("EXPIRY_EMPLOYEE_REFUSES_EXTENSION", ending, settlement=Decimal(1)) == Decimal("0.00")
    assert amount("ART37_RESIGN_WITH_NOTICE", ending) == Decimal("30000.00")


def test_a_waiver_is_a_share_of_the_result_settled_or_not():
    assert amount("ART37_RESIGN_WITH_NOTICE", waiver_pct=Decimal(30)) == Decimal("21000.00")
    assert amount("ART37_RESIGN_WITH_NOTICE", waiver_pct=Decimal("12.5")) == Decimal("26250.00")
    assert amount("ART37_RESIGN_WITH_NOTICE", waiver_pct=Decimal(100)) == Decimal("0.00")
    settled = amount("ART36_MUTUAL_EMPLOYEE_INITIATED", settlement=Decimal(20_000), waiver_pct=Decimal(30))
    assert settled == Decimal("14000.00")
    assert amount("ART41", waiver_pct=Decimal(30)) == Decimal("0.00")


@pytest.mark.parametrize("waiver_pct", [Decimal("-0.01"), Decimal("100.01")])
def test_less_than_nothing_or_more_than_all_cannot_be_waived(waiver_pct):
    with pytest.raises(ValueError, match="waiver"):
        Departure(halfway, "ART41", waiver_pct=waiver_pct)


@pytest.mark.parametrize(
    ("ground", "article"),
    [
        ("ART37_RESIGN_WITH_NOTICE", "劳动合同法22"),
        ("ART38_EMPLOYER_FAULT", "实施条例26(1)"),
        ("ART39_2", "实施条例26(2)"),
        ("ART40_2", "劳动合同法40"),
        ("ART36_MUTUAL_EMPLOYER_INITIATED", "解释(一)35"),
        ("EXPIRY_EMPLOYEE_REFUSES_EXTENSION", "实施条例17"),
        ("EMPLOYER_ARRANGED_TRANSFER", "实施条例10"),
        (PROBATION, "劳办发[1995]264号三"),
    ],
)
def test_the_article_is_named(ground, article):
    assessed = assess(Departure(halfway, ground), (course,), exempt)
    assert article in assessed.article
    assert article in explain(assessed)[0]


def test_leaving_without_notice_keeps_the_claim_under_article_90_apart():
    assessed = assess(Departure(halfway, "ART37_RESIGN_WITHOUT_NOTICE"), (course,), exempt)
    assert any("劳动合同法90另行主张" in step for step in explain(assessed))


def test_every_ground_is_explained_to_its_amount():
    for ground in get_args(Ground):
        assessed = assess(Departure(halfway, ground, Decimal(100), Decimal(10)), (course, second), exempt)
        steps = explain(assessed)
        assert steps[-1].startswith(f"违约金为{assessed.amount:,.2f}元")
        assert all(step.endswith("。") or step.endswith("(存在争议)") for step in steps)
