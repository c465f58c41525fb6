"""What operators do to a service that listens: each use of the dead-letter commands is itself a fact."""

from typing import ClassVar

from contracts.envelope import Fact, Visibility


class DeadLetterHandled(Fact):
    """A parked message was retried or discarded; `letter` is its id, `key` its sequence, `reason` a person's."""

    VISIBILITY: ClassVar[Visibility] = "record"
    letter: str
    key: str
    reason: str
