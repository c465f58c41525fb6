"""The ledger's records once more, for a topic of somebody's own: key, headers and body as they were sealed."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from evidence.domain.examining import examine, headers_are_away
from evidence.domain.records import Headers
from evidence.domain.retelling import flags_of

RESERVED = (".events.v1", ".dead-letters.v1")
"""How the topics end that the services write to, and nobody else."""


@dataclass(frozen=True)
class Again:
    """A record to publish again."""

    key: bytes | None
    headers: Headers
    body: bytes


@dataclass
class Republishing:
    """What is published again of a ledger. A duplicate is left out, and so is a document that is not at hand."""

    subject: str | None = None
    documents: Callable[[str], bytes | None] | None = None
    left_out: Counter[str] = field(default_factory=Counter[str])

    def records(self, leaves: Iterable[bytes]) -> Iterator[Again]:
        for leaf in leaves:
            examined = examine(leaf)
            if examined.reading is None:
                self.left_out["broken"] += 1
            elif "duplicate" in flags_of(examined):
                self.left_out["duplicate"] += 1
            else:
                received, event = examined.reading.received, examined.reading.event
                if self.subject is not None and (event is None or event.subject != self.subject):
                    continue
                body = self._document(str(examined.envelope["sha256"])) if examined.oversize else received.body
                if body is None or headers_are_away(examined.envelope):
                    self.left_out["oversize"] += 1
                else:
                    yield Again(received.key, received.headers, body)

    def _document(self, digest: str) -> bytes | None:
        return self.documents(digest) if self.documents else None
