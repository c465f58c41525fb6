"""What a service answers when it is asked whether it is ready."""

from collections.abc import Mapping
from dataclasses import dataclass

from evidence.domain.completeness import Said

READY = "ready"


@dataclass(frozen=True)
class Readiness:
    """`health` is "ready", or in words why not; one that does not answer is away, and says neither build nor count."""

    health: str
    build: str | None = None
    said: Said | None = None


def counts(answers: Mapping[str, Readiness]) -> dict[str, Said]:
    """What each service says of its own log, of those that said it."""
    return {name: answer.said for name, answer in answers.items() if answer.said is not None}
