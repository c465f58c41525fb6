"""The services behind the gateway, asked over HTTP through one client that keeps its connections open."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import httpx

from contracts import Refusal

CONNECT_WITHIN, ALIVE_WITHIN = 2.0, 2.0  # seconds
MOST_CONNECTIONS = 200  # to each service
_NEVER_CAME = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_BROKE_OFF = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError, httpx.CloseError)


@dataclass(eq=False)
class ServiceAway(Refusal):
    """The service does not answer; nothing was done. Come again."""

    service: str
    status = 503


@dataclass(eq=False)
class ServiceBrokeOff(Refusal):
    """The service broke off or took too long. Whether it was done is unknown: ask again with the same Idempotency-Key."""

    service: str
    status = 502


@dataclass(frozen=True)
class Answer:
    """What a service said; its body is still on the way. Whoever holds it reads `parts` or closes it."""

    service: str
    response: httpx.Response

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        return self.response.headers.raw

    async def parts(self) -> AsyncIterator[bytes]:
        """The body as it comes. Raises ServiceBrokeOff if it ends too early."""
        try:
            async for part in self.response.aiter_raw():
                yield part
        except httpx.TransportError as fault:
            raise ServiceBrokeOff(self.service) from fault
        finally:
            await self.response.aclose()


class HttpServices:
    """`addresses` says where each service is. A redirect is an answer like any other; it is not followed."""

    def __init__(self, addresses: Mapping[str, str], patience: float) -> None:
        self._bases = {name: httpx.URL(address) for name, address in addresses.items()}
        limits = httpx.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=MOST_CONNECTIONS)
        # A pool for each service: a pool looks at all its connections for every request.
        pools = {f"all://{base.netloc.decode()}": httpx.AsyncHTTPTransport(limits=limits) for base in self._bases.values()}
        self._client = httpx.AsyncClient(
            mounts=pools,
            timeout=httpx.Timeout(patience, connect=CONNECT_WITHIN),
            headers={"accept-encoding": "identity"},
            trust_env=False,
        )

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._bases)

    async def ask(
        self, service: str, method: str, target: bytes, headers: list[tuple[bytes, bytes]], body: bytes = b""
    ) -> Answer:
        """Asks for `target`, a path with its query, as it was sent. Raises ServiceAway or ServiceBrokeOff."""
        url = self._bases[service].copy_with(raw_path=target)
        again = method in {"GET", "HEAD"} or any(name == b"idempotency-key" for name, _ in headers)
        while True:
            request = self._client.build_request(method, url, headers=headers, content=body or None)
            try:
                return Answer(service, await self._client.send(request, stream=True))
            except _NEVER_CAME as fault:
                raise ServiceAway(service) from fault
            except _BROKE_OFF as fault:
                # An idle connection may be closed just when it is used. Asking once more is harmless for these.
                if not again:
                    raise ServiceBrokeOff(service) from fault
                again = False
            except httpx.TransportError as fault:
                raise ServiceBrokeOff(service) from fault

    async def lives(self, service: str) -> bool:
        """Whether the service says that it is alive."""
        try:
            answer = await self._client.get(self._bases[service].join("/health/live"), timeout=ALIVE_WITHIN)
        except httpx.TransportError:
            return False
        return answer.status_code == 200

    async def close(self) -> None:
        await self._client.aclose()
