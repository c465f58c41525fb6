"""The services behind the gateway, asked over HTTP on connections that are kept open."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass

import httpx2

from contracts import Refusal

CONNECT_WITHIN, ALIVE_WITHIN = 2.0, 2.0  # seconds
IDLE_FOR = 5.0  # seconds that an unused connection is kept
MOST_CONNECTIONS = 200  # to each service
_NEVER_CAME = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
_CUT = (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError, httpx2.CloseError)


@dataclass(eq=False)
class ServiceAway(Refusal):
    """The service does not answer; nothing was done. Come again."""

    service: str
    status = 503


@dataclass(eq=False)
class ServiceBrokeOff(Refusal):
    """The service broke off or took too long; it may be done or not. Ask again with the same Idempotency-Key."""

    service: str
    status = 502


@dataclass(frozen=True)
class Answer:
    """What a service said; its body is still on the way, until `parts` is read or closed."""

    service: str
    response: httpx2.Response

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        return self.response.headers.raw

    async def parts(self) -> AsyncGenerator[bytes, None]:
        """The body as it comes. Raises ServiceBrokeOff if it ends too early."""
        try:
            async for part in self.response.aiter_raw():
                yield part
        except httpx2.TransportError as fault:
            raise ServiceBrokeOff(self.service) from fault
        finally:
            await self.response.aclose()


class HttpServices:
    """`addresses` says where each service is, `patience` how many seconds it may be silent.

    Each has its own pool, used without a client around it: for what only passes through, a client's redirects, cookies
    and codecs would be half of the cost.
    """

    def __init__(self, addresses: Mapping[str, str], patience: float) -> None:
        self._bases = {name: httpx2.URL(address) for name, address in addresses.items()}
        limits = httpx2.Limits(
            max_connections=MOST_CONNECTIONS, max_keepalive_connections=MOST_CONNECTIONS, keepalive_expiry=IDLE_FOR
        )
        self._pools = {name: httpx2.AsyncHTTPTransport(limits=limits, trust_env=False) for name in addresses}
        self._patience = patience

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._bases)

    async def ask(
        self, service: str, method: str, target: bytes, headers: list[tuple[bytes, bytes]], body: bytes = b""
    ) -> Answer:
        """Asks for `target`, a path with its query, as it was sent. Raises ServiceAway or ServiceBrokeOff."""
        # An idle connection may be closed just when it is used. Asking once more does no harm if it is one of these.
        again = method in {"GET", "HEAD"} or any(name == b"idempotency-key" for name, _ in headers)
        while True:
            try:
                return await self._once(service, method, target, headers, body, self._patience)
            except _NEVER_CAME as fault:
                raise ServiceAway(service) from fault
            except httpx2.TransportError as fault:
                if not (again and isinstance(fault, _CUT)):
                    raise ServiceBrokeOff(service) from fault
                again = False

    async def lives(self, service: str) -> bool:
        """Whether the service says that it is alive."""
        try:
            answer = await self._once(service, "GET", b"/health/live", [], b"", ALIVE_WITHIN)
            await answer.response.aclose()
        except httpx2.TransportError:
            return False
        return answer.status == 200

    async def close(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()

    async def _once(
        self,
        service: str,
        method: str,
        target: bytes,
        headers: list[tuple[bytes, bytes]],
        body: bytes,
        patience: float,
    ) -> Answer:
        asked = httpx2.Request(
            method,
            self._bases[service].copy_with(raw_path=target),
            headers=headers,
            content=body or None,
            extensions={"timeout": {"connect": CONNECT_WITHIN, "pool": patience, "read": patience, "write": patience}},
        )
        return Answer(service, await self._pools[service].handle_async_request(asked))
