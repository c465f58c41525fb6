"""What may be drafted at all, and the text that comes of it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from hashlib import sha256

import pytest

from agreements.domain import agreement
from agreements.domain.agreement import AlreadyDrafted
from agreements.domain.document import Wording, text_of
from agreements.domain.drafting import BeyondPolicy, NoServicePeriod, NothingPaid, PenaltyAboveCost, drafted
from agreements.domain.template import NoSuchTemplate, NotSpecialTraining
from chassis.testing.spec import given


def wording(**other):
    said = {
        "agreement": "11111111-1111-4111-8111-111111111111",
        "employee": "E1",
        "course": "PMP",
        "template": "special",
        "template_version": 1,
        "policy": 1,
        "agreed_cost": Decimal("100000.00"),
        "service_months": 24,
        "flat_penalty": None,
        "ends_with_contract": False,
        "personal_terms": "",
        "clauses": {"address": "e", "records": "d", "liability": "c", "service_period": "b", "cost": "a"},
    }
    return Wording(**{**said, **other})


def test_a_draft_freezes_policy_template_and_document(story):
    fact = drafted(story.draft())
    assert (fact.policy, fact.template_version, fact.service_months) == (1, 1, 24)
    assert len(fact.document) == 64
    given(agreement).when(story.draft()).then(fact)


@pytest.mark.parametrize(("cost", "months"), [("10000.01", 24), ("50000", 24), ("50000.01", 36)])
def test_without_months_the_policy_says_them_by_cost(story, cost, months):
    assert drafted(story.draft(agreed_cost=Decimal(cost), service_months=None)).service_months == months


def test_drafting_the_same_again_changes_nothing(story):
    given(agreement, story.drafted).when(story.draft()).then_nothing()


def test_another_draft_under_the_same_id_is_refused(story):
    given(agreement, story.drafted).when(story.draft(course="Six Sigma")).then_refused(AlreadyDrafted())


@pytest.mark.parametrize("training_class", ["ONBOARDING", "MANDATORY_SAFETY", "SPECIAL_TREATMENT"])
def test_training_that_the_law_makes_the_employer_give_binds_nobody(story, training_class):
    with pytest.raises(NotSpecialTraining) as no:
        drafted(story.draft(training_class=training_class))
    assert "22" in no.value.article or "25" in no.value.article


def test_a_template_of_another_class_is_none_for_this_training(story):
    other = replace(story.template, training_class="SPECIAL_TREATMENT")
    given(agreement).when(story.draft(template=other)).then_refused(NoSuchTemplate("special"))


def test_a_penalty_is_never_above_the_agreed_cost(story):
    above = story.draft(flat_penalty=Decimal("100000.01"))
    given(agreement).when(above).then_refused(
        PenaltyAboveCost(Decimal("100000.01"), Decimal(100_000), "劳动合同法22 II")
    )
    assert drafted(story.draft(flat_penalty=Decimal(80_000))).flat_penalty == 80_000


def test_what_costs_nothing_binds_nobody(story):
    given(agreement).when(story.draft(agreed_cost=Decimal(0))).then_refused(NothingPaid("劳动合同法22 I"))


@pytest.mark.parametrize(("cost", "months"), [(10_000, None), (100_000, 0)])
def test_a_draft_without_a_service_period_is_none(story, cost, months):
    given(agreement).when(story.draft(agreed_cost=Decimal(cost), service_months=months)).then_refused(
        NoServicePeriod(Decimal(cost), "劳动合同法22 I")
    )


def test_more_months_than_the_policy_gives_need_personal_terms(story):
    longer = story.draft(service_months=48)
    given(agreement).when(longer).then_refused(BeyondPolicy(48, 36))
    assert drafted(replace(longer, personal_terms="岗位为总工程师")).service_months == 48


def test_the_text_is_the_same_bytes_for_ever():
    text = text_of(wording())
    assert sha256(text).hexdigest() == "5a6076340ebf6ce22d961525dfdbd15f3f013feca87dabe8af475790c8bc3ceb"
    assert text.decode().splitlines()[9:14] == [
        "第1条 培训费用:a",
        "第2条 服务期:b",
        "第3条 违约责任:c",
        "第4条 记录的保存方式:d",
        "第5条 送达地址确认:e",
    ]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"flat_penalty": Decimal("80000.00")}, "80000.00元"),
        ({"ends_with_contract": True}, "服务期随劳动合同终止"),
        ({"personal_terms": "岗位为总工程师"}, "特别约定:岗位为总工程师"),
        ({"clauses": {**wording().clauses, "x": "more"}}, "第6条 x:more"),
    ],
)
def test_whatever_is_agreed_stands_in_the_text(other, said):
    assert said not in text_of(wording()).decode()
    assert said in text_of(wording(**other)).decode()


def test_a_training_can_be_named_that_began_before_the_offer(story):
    assert drafted(story.draft(training_from=date(2023, 12, 1))).training_from == date(2023, 12, 1)
