"""Dead letters: what was parked is tried again or discarded by an operator, in the order of its stream."""

from dataclasses import replace
from datetime import date

import pytest
from prometheus_client import REGISTRY

from chassis.keeping.letters import EarlierParked, NoSuchLetter
from chassis.keeping.measuring import measure_store
from chassis.testing.counter.domain import Discarded, Retried
from chassis.testing.counter.service import count, empty
from chassis.testing.counter.telling import counted, kinds, knock, letters
from chassis.testing.service import ServiceUnderTest

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(90)]

monday = date(2031, 3, 3)


def test_what_was_parked_is_heard_in_order_when_an_operator_tries_again(counters: ServiceUnderTest):
    counters.hears(knock(times=10_000), knock(times=1), knock(times=2), knock("grace"))
    assert kinds(counters) == ["refused", "behind"]
    counters.ask(count, "x")
    with pytest.raises(NoSuchLetter):
        letters(counters).retry("nobody", operator="olga", reason="a slip")
    assert letters(counters).retry("ada", operator="olga", reason="tried too soon") == 0
    mend(counters)
    assert letters(counters).retry("ada", operator="olga", reason="the counter was emptied") == 2
    assert counted(counters)[-2:] == [("ada", 1), ("ada", 2)]
    assert kinds(counters) == []
    assert [type(fact).__name__ for fact in counters.said(Retried)] == ["Retried", "Retried"]
    assert counters.hears(knock(times=3)) == ["heard"]
    said = [event.actor for event in counters.events() if isinstance(event.fact, Retried)]
    assert said == ["user:olga"] * 2


def mend(service: ServiceUnderTest) -> None:
    service.ask(empty, "ada")


def test_a_discarded_letter_lets_its_stream_go_on(counters: ServiceUnderTest):
    counters.hears(knock(times=10), knock(times=1), knock(times=2))
    assert letters(counters).discard(1, operator="olga", reason="knocked by mistake") == 2
    assert counted(counters) == [("ada", 1), ("ada", 2)]
    assert kinds(counters) == []
    assert counters.hears(knock(times=3)) == ["heard"]
    (said,) = counters.said(Discarded)
    assert said == Discarded(letter="1", key="ada", reason="knocked by mistake")
    with pytest.raises(NoSuchLetter):
        letters(counters).discard(1, operator="olga", reason="again")


def test_a_discarded_letter_waits_for_nobody_any_more(counters: ServiceUnderTest):
    counters.hears(knock(times=10), knock("grace", times=10))
    assert parked_as_measured(counters) == 2
    letters(counters).discard(1, operator="olga", reason="knocked by mistake")
    assert parked_as_measured(counters) == 1


def parked_as_measured(service: ServiceUnderTest) -> float | None:
    measure_store("counters", service.store)
    return REGISTRY.get_sample_value("inbox_parked", {"service": "counters"})


def test_no_letter_is_discarded_over_the_head_of_an_earlier_one(counters: ServiceUnderTest):
    counters.hears(knock(times=10), knock(times=1))
    with pytest.raises(EarlierParked):
        letters(counters).discard(2, operator="olga", reason="a slip")
    assert kinds(counters) == ["refused", "behind"]


def test_those_that_waited_are_tried_again_in_the_order_of_their_stream(counters: ServiceUnderTest):
    """Parked as 3, 1, 2: by their letters the third would be heard first."""
    one, two, three = counters.news(knock(times=10)), counters.news(knock(times=2)), counters.news(knock(times=3))
    assert counters.delivers(replace(three, offset=10)) == ["waiting"]
    assert counters.delivers(replace(one, offset=11), replace(two, offset=12)) == ["refused", "behind"]
    assert letters(counters).discard(2, operator="olga", reason="a mistake") == 2
    assert counted(counters) == [("ada", 2), ("ada", 3)]
    assert counters.store.rows("select version from inbox_heads") == [{"version": 3}]
    assert kinds(counters) == []


def test_a_key_is_free_again_although_one_of_it_waits(counters: ServiceUnderTest):
    bug, ahead = counters.news(knock(times=10)), counters.news(knock(times=3), version=4)
    assert counters.delivers(bug, ahead) == ["refused", "behind"]
    letters(counters).discard(1, operator="olga", reason="a mistake")
    assert kinds(counters) == ["waiting"]
    assert counters.delivers(counters.news(knock(times=1), version=2)) == ["heard"]
    assert counters.delivers(counters.news(knock(times=2), version=3)) == ["heard"]
    assert counted(counters) == [("ada", 1), ("ada", 2), ("ada", 3)]


def test_a_retry_that_meets_a_bug_again_says_so_and_keeps_the_letter(counters: ServiceUnderTest):
    counters.hears(knock(note="a\0b"), knock())
    assert letters(counters).retry("ada", operator="olga", reason="hope") == 0
    assert kinds(counters) == ["refused", "behind"]
    assert len(counters.said(Retried)) == 1
