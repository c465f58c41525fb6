"""What `evidence` says: whose key speaks for which service, and when a topic was made anew."""

from typing import ClassVar

from contracts.envelope import Fact
from contracts.operations import DeadLetterHandled


class ServiceKeyRegistered(Fact):
    """`key_id` is the service, `/`, and the first 8 hex of the raw public key's SHA-256; `public_key` is base64."""

    TYPE: ClassVar[str] = "evidence.ServiceKeyRegistered.v1"
    service: str
    key_id: str
    public_key: str


class IncarnationRaised(Fact):
    """A topic was made anew, so its offsets start again."""

    TYPE: ClassVar[str] = "evidence.IncarnationRaised.v1"
    topic: str
    incarnation: int
    reason: str


class DeadLetterRetried(DeadLetterHandled):
    TYPE: ClassVar[str] = "evidence.DeadLetterRetried.v1"


class DeadLetterDiscarded(DeadLetterHandled):
    TYPE: ClassVar[str] = "evidence.DeadLetterDiscarded.v1"


Event = ServiceKeyRegistered | IncarnationRaised | DeadLetterRetried | DeadLetterDiscarded
