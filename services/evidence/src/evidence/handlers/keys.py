"""What evidence does about keys and topics when asked. Each runs inside one Work, which only the chassis commits."""

from collections.abc import Iterable
from uuid import NAMESPACE_URL, UUID, uuid5

from chassis.keeping.work import Work
from evidence.domain import incarnations, keys
from evidence.domain.incarnations import RaiseIncarnation
from evidence.domain.keys import OWN, RegisterKey

KEYS = uuid5(NAMESPACE_URL, "urn:qizheng:evidence:keys")


def topic_stream(topic: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"urn:qizheng:evidence:topic:{topic}")


def register_keys(work: Work, asked: Iterable[RegisterKey]) -> int:
    """Registers keys, the ledger's own before all others; those that speak already are left. Returns the version."""
    version = 0
    for command in sorted(asked, key=lambda command: command.service != OWN):
        version = work.decide(keys, KEYS, command)
    return version


def raise_incarnation(work: Work, topic: str, reason: str) -> int:
    """Says that a topic was made anew. Returns the incarnation that it has now."""
    work.decide(incarnations, topic_stream(topic), RaiseIncarnation(topic, reason))
    return work.state(incarnations, topic_stream(topic))
