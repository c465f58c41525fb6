"""The company's own rules: which policy is in force when, and which template may be published at all."""

from datetime import date
from decimal import Decimal

import pytest

from agreements.domain import company_rules, template
from agreements.domain.company_rules import (
    AdoptPolicy,
    NoPolicyInForce,
    PolicyOutOfOrder,
    ThresholdsDisordered,
    in_force,
)
from agreements.domain.policy import Policy
from agreements.domain.template import CLAUSES, ClauseMissing, NotSpecialTraining, PublishTemplate
from chassis.testing.spec import given
from contracts.agreements import PolicyAdopted, TemplatePublished

january, july = date(2024, 1, 1), date(2024, 7, 1)
WHOLE = {name: f"text of {name}" for name in CLAUSES}
BY_DAY = Policy(proration="DAY")
USUAL = Policy()


def adopted(number, first_day, policy=USUAL):
    return PolicyAdopted(policy=number, first_day=first_day, **vars(policy))


def published(version, clauses=WHOLE):
    return TemplatePublished(template="special", template_version=version, training_class="SPECIAL", clauses=clauses)


def publish(training_class="SPECIAL", clauses=WHOLE):
    return PublishTemplate("special", training_class, clauses)


def test_policies_are_numbered_as_they_are_adopted():
    given(company_rules).when(AdoptPolicy(january, Policy())).then(adopted(1, january))
    given(company_rules, adopted(1, january)).when(AdoptPolicy(july, BY_DAY)).then(adopted(2, july, BY_DAY))


def test_adopting_the_same_policy_again_changes_nothing():
    given(company_rules, adopted(1, january)).when(AdoptPolicy(january, Policy())).then_nothing()


def test_no_policy_is_in_force_before_the_one_adopted_before_it():
    given(company_rules, adopted(1, july)).when(AdoptPolicy(january, BY_DAY)).then_refused(
        PolicyOutOfOrder(january, july)
    )


@pytest.mark.parametrize(
    "thresholds",
    [(), ((Decimal(50_000), 36), (Decimal(10_000), 24)), ((Decimal(1), 24), (Decimal(2), 24)), ((Decimal(1), 0),)],
)
def test_thresholds_that_do_not_rise_are_refused(thresholds):
    given(company_rules).when(AdoptPolicy(january, Policy(thresholds))).then_refused(ThresholdsDisordered())


def test_the_newest_policy_whose_day_has_come_is_in_force():
    rules = company_rules.initial
    for event in (adopted(1, january), adopted(2, july, BY_DAY)):
        rules = company_rules.evolve(rules, event)
    assert in_force(rules, date(2024, 6, 30)).number == 1
    assert in_force(rules, july).policy == BY_DAY
    with pytest.raises(NoPolicyInForce):
        in_force(rules, date(2023, 12, 31))


def test_a_template_is_published_in_versions():
    given(template).when(publish()).then(published(1))
    other = {**WHOLE, "liability": "other words"}
    given(template, published(1)).when(publish(clauses=other)).then(published(2, other))


def test_publishing_the_same_text_again_changes_nothing():
    given(template, published(1)).when(publish()).then_nothing()


@pytest.mark.parametrize("clause", CLAUSES)
def test_a_template_without_a_clause_is_refused_with_the_article_it_breaks(clause):
    for lacking in ({**WHOLE, clause: " "}, {name: text for name, text in WHOLE.items() if name != clause}):
        given(template).when(publish(clauses=lacking)).then_refused(ClauseMissing(clause, CLAUSES[clause]))


@pytest.mark.parametrize(
    ("training_class", "article"),
    [
        ("ONBOARDING", "劳动法68; 劳动合同法22"),
        ("MANDATORY_SAFETY", "安全生产法28; 劳动合同法22"),
        ("SPECIAL_TREATMENT", "解释(二)12; 劳动合同法25"),
    ],
)
def test_only_special_training_has_a_template(training_class, article):
    given(template).when(publish(training_class)).then_refused(NotSpecialTraining(training_class, article))
