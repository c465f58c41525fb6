"""What a leaving costs over all agreements: assessed, reversed when the facts change, and warned of before it is barred."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from pydantic import TypeAdapter

from agreements.domain import agreement, leaving
from agreements.domain.damages import Departure
from agreements.domain.leaving import AssessLeaving, Bound, Leaving, WarnOfClaim, bound_by
from agreements.domain.policy import Policy
from chassis.testing.spec import given
from contracts.agreements import ClaimExpiring, DamagesReversed, ServicePeriodFulfilled

D = Decimal
last_day = date(2025, 1, 10)
warned_first = date(2025, 10, 10)


def state_of(*events):
    state = agreement.initial
    for event in events:
        state = agreement.evolve(state, event)
    return state


@pytest.fixture
def promise(story):
    return bound_by(state_of(*story.binding, story.started), last_day)


def assess(*promises, ground="ART37_RESIGN_WITH_NOTICE", on=last_day, because="", policies=None):
    bound = tuple(
        Bound(f"a{number}", promise, (policies or {}).get(number, Policy()))
        for number, promise in enumerate(promises, start=1)
    )
    return AssessLeaving("E1", Departure(on, ground), bound, because)


def said(command):
    """What is said where nothing was said before."""
    (fact,) = leaving.decide(command, leaving.initial)
    return fact


def test_half_of_the_period_served_is_half_of_the_cost(promise):
    fact = said(assess(promise))
    assert (fact.amount, fact.ceiling, fact.agreements) == (D("50000.00"), D("50000.00"), ("a1",))
    assert fact.article == "劳动合同法22; 劳动合同法37"
    assert fact.claim_deadline == date(2026, 1, 10)
    assert fact.steps[-1] == "违约金为50,000.00元(合计后一次舍去至分)。"


def test_agreements_add_up(promise):
    other = replace(promise, name="《MBA》协议", service_months=36, training_end=date(2024, 7, 10))
    assert said(assess(promise, other)).amount == D("133333.33")


def test_each_agreement_keeps_the_policy_that_it_froze(promise):
    later = replace(promise, training_end=date(2024, 1, 15))
    months, days = said(assess(later)), said(assess(later, policies={1: Policy(proration="DAY")}))
    both = said(assess(later, later, policies={2: Policy(proration="DAY")}))
    assert months.amount != days.amount
    assert months.amount + days.amount <= both.amount <= months.amount + days.amount + D("0.01")
    assert both.alternative >= both.amount
    assert "合计" in both.steps[-1]


def test_where_nothing_binds_nothing_is_said():
    given(leaving).when(assess()).then_nothing()


def test_where_nothing_is_due_it_is_said_why(promise):
    fact = said(assess(promise, ground="ART38_EMPLOYER_FAULT"))
    assert (fact.amount, fact.article) == (D("0.00"), "劳动合同法38; 实施条例26(1)")


def test_assessing_the_same_again_changes_nothing(promise):
    given(leaving, said(assess(promise))).when(assess(promise, because="told again")).then_nothing()


def test_other_facts_reverse_what_was_assessed(promise):
    before, unlawful = said(assess(promise)), assess(promise, ground="ART48_UNLAWFUL_TERMINATION", because="ruling")
    reversed_ = DamagesReversed(employee="E1", amount=before.amount, reason="ruling")
    given(leaving, before).when(unlawful).then(reversed_, said(unlawful))
    given(leaving, before).when(assess(because="ruling")).then(reversed_)
    given(leaving, before, reversed_).when(assess(promise)).then(before)


def test_while_the_training_lasts_nothing_is_served(story):
    bound = bound_by(state_of(*story.binding), last_day)
    assert said(assess(bound)).amount == D("100000.00")


def test_only_what_is_proven_can_be_claimed(story):
    bound = bound_by(state_of(story.drafted, story.cost(60_000), *story.binding[2:], story.started), last_day)
    assert said(assess(bound)).amount == D("30000.00")


def test_what_is_not_sealed_or_was_served_to_its_end_binds_nobody(story):
    assert bound_by(None, last_day) is None
    assert bound_by(state_of(*story.binding[:-1]), last_day) is None
    assert bound_by(state_of(*story.binding, story.started), date(2026, 1, 10)) is None


def test_a_leaving_that_is_told_late_binds_by_its_own_day(story):
    fulfilled = ServicePeriodFulfilled(employee="E1", last_day=date(2026, 1, 10))
    assert bound_by(state_of(*story.binding, story.started, fulfilled), last_day) is not None


def test_the_claim_is_warned_of_before_it_expires(promise):
    assessed = said(assess(promise))
    warning = ClaimExpiring(employee="E1", deadline=date(2026, 1, 10), on=warned_first)
    given(leaving, assessed).when(WarnOfClaim(warned_first, warned_first)).then(warning)
    given(leaving, assessed, warning).when(WarnOfClaim(warned_first, warned_first)).then_nothing()
    second = date(2025, 12, 10)
    given(leaving, assessed, warning).when(WarnOfClaim(second, second)).then(warning.model_copy(update={"on": second}))


def test_no_warning_is_given_for_what_is_not_claimed(promise):
    warn = WarnOfClaim(warned_first, warned_first)
    given(leaving).when(warn).then_nothing()
    given(leaving, said(assess(promise, ground="ART41"))).when(warn).then_nothing()
    moved = said(assess(promise, on=date(2025, 2, 10)))
    given(leaving, moved).when(warn).then_nothing()
    given(leaving, said(assess(promise))).when(WarnOfClaim(warned_first, date(2026, 1, 11))).then_nothing()


def test_a_warning_given_stands_for_the_same_deadline_assessed_anew(promise):
    assessed = said(assess(promise))
    warning = ClaimExpiring(employee="E1", deadline=date(2026, 1, 10), on=warned_first)
    again = (assessed, warning, DamagesReversed(employee="E1", amount=assessed.amount, reason="r"), assessed)
    given(leaving, *again).when(WarnOfClaim(warned_first, warned_first)).then_nothing()


def test_a_leaving_survives_its_snapshot(promise):
    state = leaving.evolve(leaving.initial, said(assess(promise)))
    adapter = TypeAdapter(Leaving)
    assert adapter.validate_json(adapter.dump_json(state)) == state
