"""The passage from the outside to each service: the token is checked, and what matters of a request goes through."""

import re
import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol
from urllib.parse import unquote

from prometheus_client import Histogram
from starlette.types import Receive, Scope, Send

from chassis.facing.tokens import Tokens
from contracts import Refusal

PASSED_ON = frozenset(
    {b"accept", b"authorization", b"consistency-token", b"content-type", b"idempotency-key", b"if-match", b"prefer"}
    | {b"if-none-match", b"if-range", b"range"}
)
BROUGHT_BACK = frozenset(
    {b"accept-ranges", b"cache-control", b"consistency-token", b"content-disposition", b"content-encoding"}
    | {
        b"content-length",
        b"content-range",
        b"content-type",
        b"etag",
        b"link",
        b"location",
        b"retry-after",
        b"www-authenticate",
    }
)
_TRACEPARENT = re.compile(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

latency = Histogram("gateway_seconds", "How long requests took, the service's part included", ["service", "status"])


class Answered(Protocol):
    """What a service said. Its body must be read to its end, or broken off."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Sequence[tuple[bytes, bytes]]: ...
    def parts(self) -> AsyncGenerator[bytes, None]: ...


class Services(Protocol):
    """The services behind the gateway. One that does not answer is a Refusal that names it."""

    @property
    def names(self) -> Sequence[str]: ...
    async def ask(
        self, service: str, method: str, target: bytes, headers: list[tuple[bytes, bytes]], body: bytes = b""
    ) -> Answered: ...
    async def lives(self, service: str) -> bool: ...


@dataclass(eq=False)
class NoSuchService(Refusal):
    """There is no service of this name behind the gateway."""

    service: str
    status = 404


@dataclass(eq=False)
class BodyTooLarge(Refusal):
    """The body is larger than what is taken."""

    largest: int
    status = 413


def passed_on(sent: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers that a service is to see: those that matter, and a traceparent, which is made if there is none."""
    kept = [(name, value) for name, value in sent if name in PASSED_ON]
    traced = next((value for name, value in sent if name == b"traceparent" and _TRACEPARENT.fullmatch(value)), None)
    made = traced or f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01".encode()
    return [*kept, (b"traceparent", made)]


class Passage:
    """Requests to `/api/SERVICE/…` go to the service; a plain ASGI application, since every request comes this way."""

    def __init__(self, services: Services, tokens: Tokens, largest_body: int) -> None:
        self._services, self._tokens, self._largest = services, tokens, largest_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()
        sent: list[tuple[bytes, bytes]] = scope["headers"]
        await self._tokens.admit(next((v.decode("latin-1") for name, v in sent if name == b"authorization"), None))
        _, _, named, path = scope["raw_path"].split(b"/", 3)
        service = unquote(named.decode("latin-1"))
        if service not in self._services.names:
            raise NoSuchService(service)
        query = scope["query_string"]
        target = b"/" + path + (b"?" + query if query else b"")
        if (body := await self._body(sent, receive)) is None:
            return
        answer = await self._services.ask(service, scope["method"], target, passed_on(sent), body)
        headers = [(low, value) for name, value in answer.headers if (low := name.lower()) in BROUGHT_BACK]
        async with aclosing(answer.parts()) as parts:
            first = await anext(parts, b"")  # Before the status goes out: a service that breaks off at once is a 502.
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            await send({"type": "http.response.body", "body": first, "more_body": True})
            async for part in parts:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        latency.labels(service, answer.status).observe(perf_counter() - began)

    async def _body(self, headers: Sequence[tuple[bytes, bytes]], receive: Receive) -> bytes | None:
        """The whole body; None if whoever sent it went away meanwhile: half a request is not passed on.

        What is too large is read on for a while and dropped: whoever is still sending would not hear the answer.
        """
        said = next((value for name, value in headers if name == b"content-length"), b"0")
        too_large = not said.isdigit() or int(said) > self._largest
        parts: list[bytes] = []
        size, more = 0, True
        while more and size <= 2 * self._largest:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            part: bytes = message.get("body", b"")
            size += len(part)
            too_large |= size > self._largest
            if not too_large:
                parts.append(part)
            more = message.get("more_body", False)
        if too_large:
            raise BodyTooLarge(self._largest)
        return b"".join(parts)
