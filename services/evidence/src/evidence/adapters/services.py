"""The other services, asked over HTTP whether they are ready: by this they say their build and their own counts."""

import asyncio
import urllib.error
import urllib.request
from collections.abc import Mapping

from pydantic import BaseModel, ValidationError

from evidence.domain.completeness import Said
from evidence.domain.readiness import READY, Readiness

PATIENCE = 5.0  # seconds that a service gets to answer
LONGEST_ANSWER = 10_000  # bytes
LONGEST_WORD = 500  # characters of what keeps a service from being ready


class _Answer(BaseModel):
    status: str
    missing: str | list[str] = ""
    build: str | None = None
    events: int | None = None
    told: int | None = None


class HttpServices:
    """`addresses` is by service; evidence has its own place in it, and is asked like the others."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = addresses

    async def ask(self) -> dict[str, Readiness]:
        """What each service answers, all asked at once. None that is away keeps the others from being heard."""
        answers = await asyncio.gather(
            *(asyncio.to_thread(_readiness, address) for address in self._addresses.values())
        )
        return dict(zip(self._addresses, answers, strict=True))


def _readiness(address: str) -> Readiness:
    try:
        with urllib.request.urlopen(f"{address.rstrip('/')}/health/ready", timeout=PATIENCE) as answer:
            return _read(answer.read(LONGEST_ANSWER))
    except urllib.error.HTTPError as fault:
        with fault:
            return _read(fault.read(LONGEST_ANSWER)) if fault.code == 503 else Readiness(f"away: it says {fault.code}")
    except (OSError, ValueError) as fault:
        return Readiness(f"away: {type(fault).__name__}")


def _read(body: bytes) -> Readiness:
    try:
        answer = _Answer.model_validate_json(body)
    except ValidationError:
        return Readiness("away: its answer cannot be read")
    missing = answer.missing if isinstance(answer.missing, str) else ", ".join(answer.missing)
    health = READY if answer.status == READY else f"{answer.status}: {missing}"[:LONGEST_WORD]
    counted = answer.events is not None and answer.told is not None
    said = Said(answer.events or 0, answer.told or 0) if counted else None
    return Readiness(health, answer.build or None, said)
