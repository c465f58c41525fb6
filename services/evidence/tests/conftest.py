"""A company in small: services that speak and sign, and a desk that seals what they say."""

import json
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import boto3
import pytest
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

from chassis.keeping.listening import Message
from chassis.testing.processes import answers, free_port
from evidence.adapters.files import TileFolder
from evidence.domain.notes import Checkpoint, Verifier, signed
from evidence.domain.records import Chain, Check, Received, Sealed, read, seal_batch
from evidence.domain.tiles import Bundle, Tile, bundles_changed, encode_bundle, grow
from evidence.domain.tree import Frontier

monday = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ada, grace = UUID("0190a1b2-0000-4000-8000-00000000ada0"), UUID("0190a1b2-0000-4000-8000-0000000097ac")

LEDGER_KEY = SigningKey(b"\7" * 32)
LEDGER = Verifier("qizheng.example/ledger", bytes(LEDGER_KEY.verify_key))


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


@pytest.fixture(scope="module")
def desk_of_all() -> Desk:
    """One desk for all tests of a module."""
    return Desk()


@pytest.fixture
def answered() -> Callable[[Iterable[Check]], list[bool]]:
    return answer


def published(root: Path, records: list[Sealed], batch: int) -> Path:
    """A folder in which a sequencer has published these records, a batch at a time."""
    folder, edge = TileFolder(root), Frontier()
    folder.publish_vkey(str(LEDGER))
    while edge.size < len(records):
        before = edge.size
        edge, tiles = grow(edge, [r.leaf_hash for r in records[before : before + batch]], folder.tile)
        pieces: dict[Tile | Bundle, bytes] = dict(tiles)
        for bundle in bundles_changed(before, edge.size):
            leaves = records[bundle.index * 256 : bundle.index * 256 + bundle.width]
            pieces[bundle] = encode_bundle([record.leaf for record in leaves])
        folder.publish(pieces)
        stated = Checkpoint(LEDGER.name, edge.size, edge.root())
        folder.publish_checkpoint(str(signed(stated.text, LEDGER, lambda text: LEDGER_KEY.sign(text).signature)))
    return root


@pytest.fixture
def publish() -> Callable[[Path, list[Sealed], int], Path]:
    """Publishes records into a folder."""
    return published


@pytest.fixture(scope="session")
def short_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published files of 714 records, with every flag among them, published 300 at a time. To be left as they are."""
    desk = Desk()
    more = [desk.message(desk.event(version=version)) for version in range(9, 709)]
    return published(tmp_path_factory.mktemp("short") / "ledger", [*desk.sample(), *desk.seal(*more)], batch=300)


@pytest.fixture(scope="session")
def long_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same of 66,000 records: a full tile of level 1, and a second begun."""
    desk = Desk()
    records = desk.sample()
    bodies = (desk.event(version=version) for version in range(9, 66_009 - len(records)))
    records += desk.seal(*(desk.message(body, headers=()) for body in bodies))
    return published(tmp_path_factory.mktemp("long") / "ledger", records, batch=16_500)


@dataclass
class Buckets:
    """An S3 server in a process of its own, and what somebody with its keys can do there."""

    endpoint: str
    client: Any

    def made(self, *, locked: bool) -> str:
        """The name of a new bucket; one that locks keeps every version of an object as long as it was asked to."""
        name = f"cold-{uuid4()}"
        self.client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=locked)
        return name


@pytest.fixture(scope="session")
def buckets() -> Iterator[Buckets]:
    port = free_port()
    command = [Path(sys.executable).parent / "moto_server", "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    keys = {"AWS_ACCESS_KEY_ID": "ada", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}
    try:
        until = time.monotonic() + 30
        while not answers(port):
            assert server.poll() is None, "the S3 server has ended"
            assert time.monotonic() < until, "the S3 server does not listen"
            time.sleep(0.05)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in keys.items():
                patch.setenv(name, value)
            yield Buckets(f"http://127.0.0.1:{port}", boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}"))
    finally:
        server.terminate()
        server.wait(timeout=10)
