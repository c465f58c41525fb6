"""How often a topic was made anew under its name: its offsets start again then, and only an operator may say so."""

from dataclasses import dataclass

from contracts import Refusal
from contracts.evidence import IncarnationRaised

# What can be asked


@dataclass(frozen=True)
class RaiseIncarnation:
    topic: str
    reason: str


# Why the answer may be no


@dataclass(eq=False)
class NotATopicOfEvents(Refusal):
    """The ledger hears only the topics of events that services publish."""

    topic: str


# What it can be

Incarnation = int
initial: Incarnation = 1


def decide(command: RaiseIncarnation, incarnation: Incarnation) -> tuple[IncarnationRaised, ...]:
    if not command.topic.endswith(".events.v1"):
        raise NotATopicOfEvents(command.topic)
    return (IncarnationRaised(topic=command.topic, incarnation=incarnation + 1, reason=command.reason),)


def evolve(_: Incarnation, event: IncarnationRaised) -> Incarnation:
    return event.incarnation
