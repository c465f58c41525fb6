"""The counters, ready to be asked and told, over a database of the test's own."""

from collections.abc import Iterator

import pytest

from chassis.testing.counter.service import DUTIES, HOUSE
from chassis.testing.service import ServiceUnderTest


@pytest.fixture
def counters(database: str) -> Iterator[ServiceUnderTest]:
    with ServiceUnderTest(HOUSE, DUTIES, "chassis.testing.counter", database) as service:
        yield service
