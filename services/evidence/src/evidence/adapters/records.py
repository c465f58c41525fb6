"""The ledger's tables: what a sequencer loads before it seals a batch, and writes when it has, in one transaction."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection, Cursor

from evidence.adapters.copying import indexed
from evidence.domain.records import Chain, Head, Reading, Sealed, SeenIds
from evidence.domain.tree import Frontier

Row = tuple[Any, ...]
Place = tuple[str, int, int]
"""A topic, its incarnation, a partition."""


class Fenced(Exception):
    """Another sequencer has raised the epoch since: what was begun here is thrown away."""


@dataclass(frozen=True)
class End:
    """The end of the ledger: what the next record follows, and how far each partition is sealed."""

    chain: Chain
    frontier: Frontier
    positions: Mapping[Place, int]


def take_turn(connection: Connection[Row]) -> bool:
    """Whether this connection may now seal: it holds the lock until it is closed, and nobody else does."""
    row = connection.execute("select pg_try_advisory_lock(hashtext('sequencer'))").fetchone()
    return bool(row and row[0])


def raise_epoch(connection: Connection[Row]) -> int:
    """A new epoch; whoever writes under an older one is fenced from here on."""
    row = connection.execute("update ledger set epoch = epoch + 1 returning epoch").fetchone()
    assert row is not None  # the migration made it
    return row[0]


def load_end(connection: Connection[Row], epoch: int) -> End:
    """The end of the ledger, held still until the transaction ends. Raises Fenced unless `epoch` is the newest."""
    with connection.pipeline(), connection.cursor() as end, connection.cursor() as keys, connection.cursor() as places:
        end.execute("select epoch, size, last_hash, peaks from ledger for update")
        keys.execute("select key_id, public from ledger_keys order by seq")
        places.execute("select topic, incarnation, partition, next_offset from sealed_positions")
        row = end.fetchone()
        known = {key_id.decode(): public for key_id, public in keys.fetchall()}
        positions = {(topic, incarnation, part): offset for topic, incarnation, part, offset in places.fetchall()}
    assert row is not None  # the migration made it
    newest, size, last, peaks = row
    if newest != epoch:
        raise Fenced(f"epoch {epoch} has ended; it is {newest} now")
    return End(Chain(size=size, last=last, keys=known), Frontier(size, tuple(peaks)), positions)


def load_streams(connection: Connection[Row], chain: Chain, batch: Iterable[Reading]) -> None:
    """Puts into the chain what it must know of the streams and the events that a batch names."""
    events = [reading.event for reading in batch if reading.event]
    streams = {indexed(event.stream): event.stream for event in events}
    with connection.pipeline(), connection.cursor() as heads, connection.cursor() as seen:
        heads.execute("select stream, leaf_hash, version from stream_heads where stream = any(%b)", (list(streams),))
        seen.execute("select event from records where event = any(%b::uuid[])", ([UUID(event.id) for event in events],))
        chain.heads = {streams[stream]: Head(hash_, version) for stream, hash_, version in heads.fetchall()}
        chain.seen = SeenIds({str(event) for (event,) in seen.fetchall()})


def write(connection: Connection[Row], records: Sequence[Sealed], chain: Chain, frontier: Frontier) -> None:
    """Heads, keys, positions, tallies and the new end of records that were copied; the transaction commits them together."""
    with connection.pipeline(), connection.cursor() as cursor:
        _write_heads(cursor, records, chain)
        _write_positions(cursor, records)
        _write_tallies(cursor, records)
        cursor.executemany(
            "insert into ledger_keys (seq, key_id, public) values (%s, %s, %s)",
            [(r.seq, k.id.encode(), k.public) for r in records if r.event and (k := r.event.registers)],
        )
        cursor.execute(
            "update ledger set size = %s, last_hash = %s, peaks = %s",
            (frontier.size, chain.last, list(frontier.peaks)),
        )


def _write_heads(cursor: Cursor[Row], records: Sequence[Sealed], chain: Chain) -> None:
    streams = {r.event.stream for r in records if r.event}
    heads = {indexed(stream): head for stream in streams if (head := chain.heads.get(stream))}
    cursor.execute(
        "insert into stream_heads (stream, leaf_hash, version)"
        " select * from unnest(%b::text[], %b::bytea[], %s::bigint[])"
        " on conflict (stream) do update set leaf_hash = excluded.leaf_hash, version = excluded.version",
        (list(heads), [head.leaf_hash for head in heads.values()], [head.version for head in heads.values()]),
    )


def _write_positions(cursor: Cursor[Row], records: Sequence[Sealed]) -> None:
    ends = {(m.topic, m.incarnation, m.partition): m.offset + 1 for m in (record.received for record in records)}
    cursor.execute(
        "insert into sealed_positions (topic, incarnation, partition, next_offset)"
        " select * from unnest(%s::text[], %s::int[], %s::int[], %s::bigint[])"
        " on conflict (topic, incarnation, partition) do update set next_offset = excluded.next_offset",
        ([topic for topic, _, _ in ends], [n for _, n, _ in ends], [part for _, _, part in ends], list(ends.values())),
    )


def _write_tallies(cursor: Cursor[Row], records: Sequence[Sealed]) -> None:
    counts = tallies(records)
    cursor.execute(
        "insert into tallies (topic, what, n) select * from unnest(%s::text[], %s::text[], %s::bigint[])"
        " on conflict (topic, what) do update set n = tallies.n + excluded.n",
        ([topic for topic, _ in counts], [what for _, what in counts], list(counts.values())),
    )


def tallies(records: Iterable[Sealed]) -> Counter[tuple[str, str]]:
    """By topic: how many records, how many events for the first time, how many of each flag."""
    counts = Counter[tuple[str, str]]()
    for record in records:
        topic = record.received.topic
        counts[topic, "records"] += 1
        counts[topic, "events"] += record.event is not None and "duplicate" not in record.flags
        counts.update((topic, flag) for flag in record.flags)
    return counts
