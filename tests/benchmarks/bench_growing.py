"""A ledger that has grown: what one person's records cost out of many and out of few, how fast it appends, what it holds.

The large ledger has BENCH_RECORDS records (a million if not given; BENCH_LARGE=1 makes it ten million), the
small one BENCH_FEW (100,000).
"""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from benchmarks.bulk import BEGIN, Said, received
from benchmarks.rounds import medians

from chassis.keeping.listening import Message
from chassis.keeping.signing import signer
from chassis.keeping.store import Store
from chassis.testing.places import PostgresServer
from contracts.learning import CourseStudied
from evidence.adapters.documents import DocumentFolder
from evidence.adapters.files import TileFolder
from evidence.adapters.publisher import Publisher
from evidence.adapters.sequencer import LARGEST_BATCH, Sequencer
from evidence.adapters.signatures import Answers, Checkers, ledger_key
from evidence.domain.proofs import prove
from evidence.domain.records import Check
from evidence.views.search import Search, records_after

FEW = int(os.environ.get("BENCH_FEW", "100000"))
MANY = int(os.environ.get("BENCH_RECORDS", "10000000" if os.environ.get("BENCH_LARGE") else "1000000"))
ONES = 500  # records of the one person
MEASURED = 20_000  # records that are appended to tell the rate
pytestmark = pytest.mark.postgres


class Trusting(Checkers):
    """Believes what was signed just now: for filling a ledger, never for measuring how it is filled."""

    def ask(self, asked: Sequence[Check]) -> Answers:
        return self  # pyright: ignore

    def __call__(self, _: Check) -> bool:
        return True


@dataclass
class Grown:
    """A ledger of so many records, of which 500 are one person's, evenly among the others."""

    store: Store
    sequencer: Sequencer
    ledger: TileFolder
    messages: Iterator[Message]
    held: list[float] = field(default_factory=list[float])
    """Megabytes of the process after the first of its records, and after all of them."""

    def append(self, records: int) -> float:
        """Records a second, signatures not checked, into a ledger of this size."""
        batches = [list(islice(self.messages, LARGEST_BATCH)) for _ in range(records // LARGEST_BATCH)]
        began = time.perf_counter()
        for batch in batches:
            self.sequencer.seal(batch)
        return records / (time.perf_counter() - began)

    def collect(self) -> float:
        """Seconds for the records of the one person, each with its proof."""
        began = time.perf_counter()
        rows = records_after(self.store, -1, 1_000, Search(subject="E999999"))
        assert len(rows) == ONES
        for row in rows:
            assert prove(self.ledger, row["seq"]) is not None
        return time.perf_counter() - began


def grown(postgres: PostgresServer, folder: Path, records: int) -> Grown:
    store = Store(postgres.create_database(f"bench_{uuid4().hex}"))
    store.migrate("evidence")
    sequencer = Sequencer(store, DocumentFolder(folder / "documents"), Trusting())
    sequencer.positions()
    made = Grown(store, sequencer, TileFolder(folder / "ledger"), _heard(folder / "keys", records))
    for sealed in range(0, records, LARGEST_BATCH):
        sequencer.seal(list(islice(made.messages, LARGEST_BATCH)))
        if sealed + LARGEST_BATCH in (FEW, records):
            made.held.append(resident())
    Publisher(store, made.ledger, *ledger_key("qizheng.example/bench", folder / "keys")).publish()
    return made


def _heard(keys: Path, records: int) -> Iterator[Message]:
    """What all say, and between them the one person, on a partition of their own."""
    own, ones = signer("learning", keys), 0
    for n, message in enumerate(Said(keys, records + 4 * MEASURED).messages()):
        yield Message(message.topic, message.partition, message.offset, message.key, message.body, message.headers)
        if n % (records // ONES - 2) == 2 and ones < ONES:
            fact = CourseStudied(employee="E999999", course="安全生产", on=BEGIN.date(), hours=8)
            one = received(fact, own, UUID(int=9), ones + 1, ones, 99, n)
            ones += 1
            yield Message(one.topic, one.partition, one.offset, one.key, one.body, one.headers)


def resident() -> float:
    """Megabytes that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.timeout(7_200)
def test_a_large_ledger_is_as_quick_as_a_small_one(postgres_server: PostgresServer, tmp_path: Path):
    few = grown(postgres_server, tmp_path / "few", FEW)
    many = grown(postgres_server, tmp_path / "many", MANY)
    before, after = many.held[0], many.held[-1]
    found = medians(
        few_collected=few.collect,
        many_collected=many.collect,
        few_appended=lambda: few.append(MEASURED),
        many_appended=lambda: many.append(MEASURED),
    )
    print(f"\none person's {ONES} records with proofs: {found['few_collected']:.3f} s of {FEW:,}", end="")
    print(f", {found['many_collected']:.3f} s of {MANY:,}")
    print(f"appending: {found['few_appended']:,.0f}/s at {FEW:,}, {found['many_appended']:,.0f}/s at {MANY:,}")
    print(f"memory of the sequencer's process: {before:.0f} MB at {FEW:,}, {after:.0f} MB at {MANY:,}")
    _judge("collecting, large / small", found["many_collected"] / found["few_collected"])
    _judge("appending, small / large", found["few_appended"] / found["many_appended"])
    _judge("memory, large / small", after / before)
    for each in (few, many):
        each.sequencer.leave()
        each.store.close()


def _judge(what: str, ratio: float) -> None:
    verdict = "held" if ratio <= 1.2 else "MISSED"
    print(f"  ratio {what}: {ratio:.2f}, goal at most 1.2: {verdict}; see docs/performance.md")
