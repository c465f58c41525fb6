"""The authorities that stamp checkpoints: those of the settings over HTTP, else the one for development on this machine."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx2

from evidence.adapters.development_authority import DevelopmentAuthority
from evidence.adapters.timestamps import LARGEST, Roots, request_over, roots_in, token_in
from evidence.domain.stamping import NOT_EVIDENTIAL, Token
from evidence.errands import NoStamp

PATIENCE = 15.0  # seconds that an authority gets for its whole answer
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
DEVELOPMENT = "development, not evidential / 无证据效力"


class Named(Protocol):
    """An authority as the settings name it."""

    @property
    def name(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def roots(self) -> Path: ...
    @property
    def policy(self) -> str | None: ...
    @property
    def evidential(self) -> bool: ...


@dataclass(frozen=True)
class StampingAuthority:
    """Wherever it is, it is asked the same and believed as little: `send` takes a TimeStampReq to it, and its answer back."""

    name: str
    evidential: bool
    policy: str | None
    send: Callable[[bytes], bytes]
    roots: Callable[[], Roots]

    def stamp(self, message: bytes) -> Token:
        """A token over the SHA-256 of these bytes that holds under the roots. Raises NoStamp."""
        request = request_over(message)
        answer = self.send(request.as_bytes())
        try:
            roots = self.roots()
        except (OSError, ValueError) as fault:
            raise NoStamp(f"its roots cannot be read: {fault}") from fault
        return token_in(answer, request, message, roots, self.policy)


@dataclass(frozen=True)
class Desk:
    """An authority's counter on the web (RFC 3161 3.4)."""

    url: str
    patience: float = PATIENCE

    def send(self, query: bytes) -> bytes:
        """Its answer, which may be no larger, and take no longer, than an answer needs. Raises NoStamp."""
        headers = {"content-type": QUERY, "accept": REPLY}
        answer, until = b"", time.monotonic() + self.patience
        try:
            with httpx2.stream("POST", self.url, content=query, headers=headers, timeout=self.patience) as response:
                if response.status_code != 200:
                    raise NoStamp(f"HTTP {response.status_code}")
                for part in response.iter_bytes():
                    answer += part
                    if len(answer) > LARGEST:
                        raise NoStamp(f"an answer of more than {LARGEST} bytes")
                    if time.monotonic() > until:
                        raise NoStamp(f"no whole answer within {self.patience:.0f} s")
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as fault:
            raise NoStamp(f"{type(fault).__name__}: {fault}") from fault
        return answer


def over_http(at: Named, patience: float = PATIENCE) -> StampingAuthority:
    """An authority at its address, believed under the roots in its file."""

    def roots() -> Roots:
        return roots_in(at.roots.read_bytes())

    return StampingAuthority(at.name, at.evidential, at.policy, Desk(at.url, patience).send, roots)


def for_development(folder: Path) -> StampingAuthority:
    """The authority in this folder, made on first use. It proves nothing to anybody, and says so."""
    own = DevelopmentAuthority(folder)

    def roots() -> Roots:
        return roots_in(own.root.read_bytes())

    return StampingAuthority(DEVELOPMENT, False, NOT_EVIDENTIAL, own.answer, roots)


def authorities_of(named: Sequence[Named], folder: Path) -> tuple[StampingAuthority, ...]:
    """Those that are named, all of which are asked; else the one for development."""
    return tuple(over_http(each) for each in named) or (for_development(folder),)
