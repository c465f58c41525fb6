"""Damages recomputed from the events: the same, otherwise, or not to be told."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest

from agreements.domain.recomputing import recomputed
from contracts.agreements import DamagesAssessed, DamagesReversed, PolicyAdopted
from contracts.envelope import record
from contracts.people import EmployeeLeft

noon = datetime(2025, 1, 10, 12, tzinfo=UTC)
AGREEMENT = UUID("11111111-1111-4111-8111-111111111111")
THRESHOLDS = ((Decimal(10_000), 24), (Decimal(50_000), 36))
left = EmployeeLeft(employee="E1", last_day=date(2025, 1, 10), ground="ART37_RESIGN_WITH_NOTICE", proof="letter")
adopted = PolicyAdopted(
    policy=1,
    first_day=date(2024, 1, 1),
    thresholds=THRESHOLDS,
    proration="MONTH_THEN_DAY",
    probation_rule="EXEMPT_264",
    cost_basis="GROSS_VOUCHER",
    rounding="DOWN_TO_FEN",
)


def events(*facts):
    """The facts as events, in this order; those of the agreement in its stream."""
    for version, fact in enumerate(facts, start=1):
        ours = fact.TYPE.startswith("agreements.") and not isinstance(fact, DamagesAssessed | DamagesReversed)
        own = ours and not isinstance(fact, PolicyAdopted)
        stream = AGREEMENT if own else uuid5(NAMESPACE_URL, fact.TYPE.split(".")[0] + str(own))
        yield record(
            fact, stream=stream, version=version, time=noon, actor="user:hr", correlation=stream, causation=None
        )


def assessed(amount="50000", **other):
    said = {"employee": "E1", "last_day": left.last_day, "ground": left.ground, "article": "劳动合同法22; 劳动合同法37"}
    said |= {"amount": amount, "ceiling": amount, "agreements": (str(AGREEMENT),), "steps": ()}
    return DamagesAssessed.model_validate(said | {"claim_deadline": date(2026, 1, 10)} | other)


def decided(*facts):
    return [made for _, _, made in recomputed(events(*facts))]


def test_what_was_assessed_is_decided_again(story):
    (made,) = decided(adopted, *story.binding, story.started, left, assessed())
    assert (made.amount, made.ceiling, made.agreements) == (Decimal(50_000), Decimal(50_000), (str(AGREEMENT),))


def test_an_amount_that_was_altered_is_decided_as_it_was(story):
    ((_, recorded, made),) = recomputed(events(adopted, *story.binding, story.started, left, assessed("51000")))
    assert (recorded.amount, made.amount) == (Decimal(51_000), Decimal(50_000))


def test_an_assessment_of_who_had_promised_nothing_is_decided_by_no_rule(story):
    assert decided(adopted, story.drafted, left, assessed()) == [None]


def test_a_reversal_is_decided_with_the_facts_that_came_between(story):
    """A cost that was proven only after the leaving changes what it costs."""
    first, more = assessed(), story.cost(1_000, "0002")
    reversal = DamagesReversed(employee="E1", amount=Decimal(50_000), reason="培训费用另有凭证证明")
    facts = (adopted, *story.binding, story.started, left, first, more, reversal)
    assert decided(*facts)[1] == reversal


def test_a_reversal_that_nothing_asked_for_is_decided_by_no_rule(story):
    (again,) = decided(adopted, *story.binding, story.started, left, assessed())
    reversal = DamagesReversed(employee="E1", amount=Decimal(50_000), reason="")
    assert decided(adopted, *story.binding, story.started, left, again, reversal)[1] is None


@pytest.mark.parametrize(
    ("without", "why"),
    [
        ("left", "that the employee left is not among the events"),
        ("policy", "policy 1 is not among the events"),
        ("draft", f"how agreement {AGREEMENT} was drafted is not among the events"),
    ],
)
def test_what_rests_on_an_event_that_is_not_there_cannot_be_told(story, without, why):
    drafted, *rest = story.binding
    facts = {"policy": adopted, "draft": drafted} | dict(enumerate((*rest, story.started))) | {"left": left}
    assert decided(*(fact for name, fact in facts.items() if name != without), assessed()) == [why]


def test_where_nobody_left_nothing_is_recomputed(story):
    assert decided(adopted, *story.binding, story.started) == []
