"""A company in small: services that speak and sign, and a desk that seals what they say."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

import pytest
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

from chassis.keeping.listening import Message
from evidence.domain.records import Chain, Check, Received, Sealed, read, seal_batch

monday = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ada, grace = UUID("0190a1b2-0000-4000-8000-00000000ada0"), UUID("0190a1b2-0000-4000-8000-0000000097ac")


def holds(check: Check) -> bool:
    try:
        VerifyKey(check.public).verify(check.message, check.signature)
    except (CryptoError, ValueError):
        return False
    return True


def answer(asked: Iterable[Check]) -> list[bool]:
    return [holds(check) for check in asked]


def written(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def signing_key(service: str) -> SigningKey:
    return SigningKey(sha256(service.encode()).digest())


def key_id(service: str) -> str:
    return f"{service}/{sha256(bytes(signing_key(service).verify_key)).hexdigest()[:8]}"


def as_heard(received: Received) -> Message:
    """What was received as the listener hands it over."""
    return Message(received.topic, received.partition, received.offset, received.key, received.body, received.headers)


@dataclass
class Desk:
    """Hands out messages as a topic would, and seals them."""

    chain: Chain = field(default_factory=Chain)
    offsets: dict[str, int] = field(default_factory=dict[str, int])
    heard: int = 0

    def event(self, stream: object = ada, version: object = 1, service: str = "people", **said: object) -> bytes:
        return written(
            {
                "specversion": "1.0",
                "id": str(uuid5(UUID(str(stream)), str(version))),
                "source": f"urn:qizheng:{service}",
                "type": f"{service}.EmployeeHired.v1",
                "subject": "E1001",
                "time": "2026-03-02T08:00:00.000001Z",
                "streamid": str(stream),
                "streamversion": version,
                "correlationid": str(stream),
                "actor": "user:grace",
                "data": {"part": "技术部", "hours": "36.5"},
            }
            | said
        )

    def registration(self, whose: str, version: int, **data: object) -> bytes:
        public = bytes(signing_key(whose).verify_key)
        said = {"service": whose, "key_id": key_id(whose), "public_key": b64encode(public).decode()} | data
        kind = "evidence.ServiceKeyRegistered.v1"
        return self.event(grace, version, "evidence", type=kind, subject=str(grace), data=said)

    def message(
        self,
        body: bytes,
        service: str = "people",
        headers: tuple[tuple[str, bytes | None], ...] | None = None,
        key: bytes | None = b"E1001",
    ) -> Received:
        """The next message on this service's topic; signed by the service unless other headers are given."""
        topic = f"{service}.events.v1"
        offset = self.offsets[topic] = self.offsets.get(topic, -1) + 1
        self.heard += 1
        at = monday + timedelta(seconds=self.heard)
        return Received(
            1, at, topic, 1, 3, offset, key, self.signed(body, service) if headers is None else headers, body
        )

    def signed(self, body: bytes, service: str) -> tuple[tuple[str, bytes | None], ...]:
        signature = signing_key(service).sign(body).signature
        return ("ce_type", b"people.EmployeeHired.v1"), (
            "signature",
            f"{key_id(service)} ".encode() + b64encode(signature),
        )

    def opening(self) -> tuple[Message, Message]:
        """The registrations of the keys of evidence and of people, as heard."""
        return (
            as_heard(self.message(self.registration("evidence", 1), "evidence")),
            as_heard(self.message(self.registration("people", 2), "evidence")),
        )

    def hears(self, body: bytes, service: str = "people", **said: Any) -> Message:
        """The next message on this service's topic, as heard."""
        return as_heard(self.message(body, service, **said))

    def seal(self, *messages: Received) -> list[Sealed]:
        return seal_batch([read(message) for message in messages], self.chain, holds)

    def open(self) -> list[Sealed]:
        """Register the keys of evidence, which vouches for itself, and of people."""
        return self.seal(
            self.message(self.registration("evidence", 1), "evidence"),
            self.message(self.registration("people", 2), "evidence"),
        )

    def sample(self) -> list[Sealed]:
        """A ledger in which every flag occurs."""
        first, third = self.event(), self.event(version=3)
        return [
            *self.open(),
            *self.seal(
                self.message(first),
                self.message(self.event(version=2)),
                self.message(self.event(grace, 3)),
                self.message(first),
                self.message(self.event(version=4)),
                self.message(third, headers=()),
                self.message(self.event(version=5), headers=self.signed(third, "people")),
                self.message(self.event(service="learning", stream=grace, version=4), "learning"),
                self.message(b"\xff not json", key=b"\xff", headers=(("odd", b"\xfe"), ("none", None))),
                self.message(self.event(version=6, data="x" * 60_000)),
                self.message(self.event(version=7)),
                self.message(self.event(version=8)),
            ),
        ]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def answered() -> Callable[[Iterable[Check]], list[bool]]:
    return answer
