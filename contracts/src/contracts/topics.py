"""Who says what, and where: each publishing service has one topic, and each topic one writer."""

from collections.abc import Iterable
from typing import get_args

from contracts import agreements, evidence, learning, payroll_bridge, people, points
from contracts.envelope import Fact

PARTITIONS = 12


def _facts(*published: object) -> dict[str, type[Fact]]:
    return {fact.TYPE: fact for union in published for fact in get_args(union)}


PUBLISHED: dict[str, dict[str, type[Fact]]] = {
    "people": _facts(people.Event),
    "agreements": _facts(agreements.Event),
    "learning": _facts(learning.Event),
    "points": _facts(points.Event),
    "payroll-bridge": _facts(payroll_bridge.Event),
    "evidence": _facts(evidence.Event),
}
KNOWN: dict[str, type[Fact]] = {name: fact for facts in PUBLISHED.values() for name, fact in facts.items()}


def events_topic(service: str) -> str:
    """The topic that `service` alone writes its events to."""
    return f"{service}.events.v1"


def dead_letters_topic(service: str) -> str:
    """The topic that `service` copies what it parked to."""
    return f"{service}.dead-letters.v1"


def topics_of(facts: Iterable[type[Fact]]) -> tuple[str, ...]:
    """The topics that carry these facts, sorted."""
    return tuple(sorted({events_topic(fact.TYPE.split(".", 1)[0]) for fact in facts}))
