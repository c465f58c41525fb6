"""The spec: given, when, then — true for what is true, and seen to fail for what is not."""

from collections.abc import Callable

import pytest

from chassis.testing.counter import domain
from chassis.testing.counter.domain import Count, Counted, Emptied, Empty, NothingToEmpty, TooMuch
from chassis.testing.spec import given

one = Counted(employee="ada", by=1)


def test_what_is_true_is_said_and_passes():
    given(domain).when(Count("ada")).then(one)
    given(domain, one).when(Empty("ada")).then(Emptied(employee="ada"))
    given(domain, one).when(Count("ada", times=0)).then_nothing()
    given(domain).when(Empty("ada")).then_refused(NothingToEmpty())
    given(domain, one).when(Count("ada", 10_000)).then_refused(TooMuch(10_001))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: given(domain).when(Count("ada")).then(),
        lambda: given(domain).when(Count("ada")).then(one, one),
        lambda: given(domain).when(Count("ada")).then_nothing(),
        lambda: given(domain).when(Count("ada")).then_refused(NothingToEmpty()),
        lambda: given(domain).when(Empty("ada")).then_nothing(),
        lambda: given(domain).when(Empty("ada")).then_refused(TooMuch(0)),
        lambda: given(domain, one).when(Count("ada", 10_000)).then_refused(TooMuch(10_002)),
    ],
)
def test_what_is_not_true_fails(wrong: Callable[[], None]):
    with pytest.raises(AssertionError):
        wrong()
