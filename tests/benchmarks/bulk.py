"""A ledger in bulk: any number of records, sealed in memory by the ledger's own rules, published by its own code."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from uuid import UUID

from chassis.keeping.relay import headers_of
from chassis.keeping.signing import Signer, signer
from contracts.envelope import Fact, record
from contracts.evidence import ServiceKeyRegistered
from contracts.learning import CourseStudied
from contracts.topics import events_topic
from evidence.adapters.files import TileFolder
from evidence.adapters.signatures import ledger_key
from evidence.domain.notes import Checkpoint, signed
from evidence.domain.records import Chain, Received, read, seal_batch
from evidence.domain.tiles import WIDTH, Bundle, Tile, bundles_changed, encode_bundle, grow
from evidence.domain.tree import Frontier

BEGIN = datetime(2024, 1, 8, 8, tzinfo=UTC)
OF_A_STREAM = 8  # events
EMPLOYEES = 5_000
COURSE = "安全生产与职业健康" * 4
AT_ONCE = 64 * WIDTH
PARTITIONS = 12


@dataclass
class Said:
    """What services say: the registrations of their keys, then studies of 5,000 people, some 650 bytes each."""

    keys: Path
    records: int

    def messages(self) -> Iterator[Received]:
        own, learning = signer("evidence", self.keys), signer("learning", self.keys)
        for place, (name, key) in enumerate([("evidence", own), ("learning", learning)]):
            fact = ServiceKeyRegistered(service=name, key_id=key.key_id, public_key=b64encode(key.public).decode())
            yield received(fact, own, UUID(int=1), place + 1, place, 0, place)
        for n in range(self.records - 2):
            stream = UUID(int=(n // OF_A_STREAM * 0x9E3779B97F4A7C15 + 5) % (1 << 64) << 64 | n // OF_A_STREAM)
            fact = CourseStudied(
                employee=f"E{n // OF_A_STREAM % EMPLOYEES:06d}", course=COURSE, on=BEGIN.date(), hours=Decimal(8)
            )
            yield received(fact, learning, stream, n % OF_A_STREAM + 1, n // PARTITIONS, n % PARTITIONS, n)


def published(folder: Path, records: int) -> TileFolder:
    """The folder of a ledger of so many records."""
    key, sign = ledger_key("qizheng.example/bench", folder / "keys")
    ledger, chain, frontier = TileFolder(folder / "ledger"), Chain(), Frontier()
    ledger.publish_vkey(str(key))
    messages = Said(folder / "keys", records).messages()
    while batch := [read(message) for message in islice(messages, AT_ONCE)]:
        sealed = seal_batch(batch, chain, lambda _: True)  # They are signed just now, by the keys that they name.
        before = frontier.size
        frontier, tiles = grow(frontier, [each.leaf_hash for each in sealed], ledger.tile)
        pieces: dict[Tile | Bundle, bytes] = {**tiles}
        for bundle in bundles_changed(before, frontier.size):
            at = bundle.index * WIDTH - before
            pieces[bundle] = encode_bundle([each.leaf for each in sealed[at : at + bundle.width]])
        ledger.publish(pieces)
    stated = Checkpoint(key.name, frontier.size, frontier.root())
    ledger.publish_checkpoint(str(signed(stated.text, key, sign)))
    return ledger


def received(fact: Fact, key: Signer, stream: UUID, version: int, offset: int, partition: int, n: int) -> Received:
    at = BEGIN + timedelta(milliseconds=n)
    event = record(fact, stream=stream, version=version, time=at, actor="user:ada", correlation=stream, causation=None)
    headers = tuple(headers_of(event.raw, key))
    topic = events_topic(event.type.split(".")[0])
    taken = BEGIN + timedelta(seconds=n // 5_000)  # with its batch
    return Received(1, taken, topic, 1, partition, offset, dict(headers)["ce_subject"], headers, event.raw)
