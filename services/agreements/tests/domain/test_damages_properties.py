"""Whatever is promised and whenever one leaves: never above the ceiling, never negative, less the longer one stays."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from agreements.domain.costs import Cost
from agreements.domain.damages import Departure, Promise, assess
from agreements.domain.policy import Policy, ProbationRule
from contracts.agreements import Proration, TrainingClass
from contracts.people import Ground

FEN = Decimal("0.01")
money = st.decimals(0, 500_000, places=2)
days = st.dates(date(2019, 1, 1), date(2032, 12, 31))
policies = st.builds(
    Policy,
    proration=st.sampled_from(get_args(Proration)),
    probation_rule=st.sampled_from(get_args(ProbationRule)),
)
promises = st.builds(
    Promise,
    name=st.just("协议"),
    service_months=st.integers(0, 72),
    training_end=days,
    cost=st.builds(Cost, verified=money, agreed=st.none() | money),
    training_class=st.sampled_from(get_args(TrainingClass)),
    flat_penalty=st.none() | money,
    ends_with_contract=st.booleans(),
    suspended_months=st.integers(0, 12),
)
departures = st.builds(
    Departure,
    last_day=days,
    ground=st.sampled_from(get_args(Ground)),
    settlement=st.none() | money,
    waiver_pct=st.decimals(0, 100, places=1),
)
several = st.lists(promises, max_size=3).map(tuple)


@given(departures, several, policies)
def test_never_negative_never_above_the_ceiling_and_never_above_the_cost(departure, bound, policy):
    assessed = assess(departure, bound, policy)
    assert 0 <= assessed.amount <= assessed.ceiling <= sum((promise.cost.base for promise in bound), Decimal())
    assert assessed.amount == assessed.amount.quantize(FEN)
    assert 0 <= assessed.exactly - Fraction(assessed.amount) < Fraction(FEN)


@given(departures, several, policies, st.integers(0, 400))
def test_who_stays_longer_never_owes_more(departure, bound, policy, more_days):
    later = replace(departure, last_day=departure.last_day + timedelta(days=more_days))
    assert assess(later, bound, policy).amount <= assess(departure, bound, policy).amount


@given(departures, several, several, policies)
def test_agreements_add_up_where_nothing_was_settled(departure, some, others, policy):
    unsettled = replace(departure, settlement=None)
    apart = assess(unsettled, some, policy).exactly + assess(unsettled, others, policy).exactly
    assert assess(unsettled, some + others, policy).exactly == apart


@given(departures, several, policies)
def test_a_suspension_never_makes_less_due(departure, bound, policy):
    longer = tuple(replace(promise, suspended_months=promise.suspended_months + 1) for promise in bound)
    assert assess(departure, longer, policy).exactly >= assess(departure, bound, policy).exactly


@given(departures, several, policies)
def test_every_other_reading_shown_gives_more(departure, bound, policy):
    assessed = assess(departure, bound, policy)
    assert all(other.amount > assessed.amount for other in assessed.higher_readings)
    for part in assessed.parts:
        assert Fraction() <= part.claim <= part.ceiling <= part.prorated_ceiling
