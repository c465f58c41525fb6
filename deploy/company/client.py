"""A client of the house, as a company's own systems would be: through the gateway, by role, never twice."""

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

import httpx2
from house import GATEWAY, House

PATIENCE = 30.0  # seconds that a service may be away, as after a power cut
PLEASE_WAIT = {"prefer": "wait=10"}


class StepFailed(Exception):
    """A step of the demo was not answered as it should be; the message is one sentence."""


@dataclass
class Client:
    """Speaks to the gateway under the tokens of several roles, and remembers what it has seen done."""

    house: House
    http: httpx2.Client = field(init=False)
    tokens: dict[str, str] = field(default_factory=dict)
    seen: dict[str, deque[str]] = field(default_factory=dict)
    requests: int = 0

    def __post_init__(self) -> None:
        self.http = httpx2.Client(base_url=self.house.address(GATEWAY), timeout=60)

    def post(self, service: str, path: str, body: Any = None, *, role: str = "hr", **asked: Any) -> dict[str, Any]:
        """Asks for something to be done. Asking again with the same words does nothing twice."""
        key = uuid5(NAMESPACE_URL, f"{service} {path} {body!r} {asked.get('params')!r}")
        headers = {"idempotency-key": str(key)}
        answer = self._send("POST", service, path, role, headers=headers, json=body, **asked)
        if token := answer.headers.get("consistency-token"):
            self.seen.setdefault(service, deque(maxlen=40)).append(token)
        return _json(answer)

    def upload(self, service: str, path: str, name: str, content: bytes, /, **params: str) -> dict[str, Any]:
        """Sends a file as a body of its own, under its name as `file` or as `params` say."""
        headers = {"idempotency-key": str(uuid5(NAMESPACE_URL, f"{service} {path} {name}"))}
        asked = {"params": params or {"file": name}, "content": content}
        return _json(self._send("POST", service, path, "hr", headers=headers, **asked))

    def get(self, service: str, path: str, *, role: str = "hr", token: str | None = None, **params: Any) -> Any:
        headers = {"consistency-token": token, **PLEASE_WAIT} if token else {}
        return _json(self._send("GET", service, path, role, headers=headers, params=params))

    def download(self, service: str, path: str, *, role: str = "hr") -> bytes:
        """A file, once it is there."""
        return self._send("GET", service, path, role, headers={}).content

    def wait_for_last(self, of: str, *, by: str) -> None:
        """Waits until service `by` has heard the last thing that service `of` was asked to do."""
        if held := self.seen.get(of):
            self._send("GET", by, "/health/heard", "operator", headers={"consistency-token": held[-1], **PLEASE_WAIT})

    def wait_until_heard(self, of: str, *, by: str) -> None:
        """Waits until service `by` has heard all that service `of` was lately asked to do."""
        for token in tuple(self.seen.get(of, ())):
            self._send("GET", by, "/health/heard", "operator", headers={"consistency-token": token, **PLEASE_WAIT})

    def _send(self, method: str, service: str, path: str, role: str, **asked: Any) -> httpx2.Response:
        headers = {"authorization": f"Bearer {self._token(role)}", **asked.pop("headers")}
        address = f"/api/{service}{quote(path)}" if service != GATEWAY else quote(path)
        until = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self.http.request(method, address, headers=headers, **asked)
            except httpx2.TransportError as fault:
                raise StepFailed(
                    f"{method} {service}{path} was not answered: {type(fault).__name__} {fault}"
                ) from fault
            self.requests += 1
            if answer.status_code not in (502, 503) or time.monotonic() > until:
                break
            time.sleep(0.1)  # A service that was killed needs a moment; the gateway says 502 or 503 until then.
        if answer.status_code >= 400:
            raise StepFailed(f"{method} {service}{path} was answered {answer.status_code}: {answer.text[:400]}")
        return answer

    def _token(self, role: str) -> str:
        """A role's token; `employee:E001` is the employee E001 in person."""
        if role not in self.tokens:
            name, _, employee = role.partition(":")
            self.tokens[role] = self.house.token(name, f"user:{role}", **({"employee": employee} if employee else {}))
        return self.tokens[role]


def _json(answer: httpx2.Response) -> Any:
    try:
        return answer.json()
    except ValueError as fault:
        asked = f"{answer.request.method} {answer.request.url.path}"
        raise StepFailed(f"{asked} was answered something other than JSON: {answer.text[:400]}") from fault
