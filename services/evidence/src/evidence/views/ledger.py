"""The ledger as it can be asked: one record, records by what they are about, how far it has come. The sequencer fills it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.keeping.work import Asked
from evidence.domain.completeness import Inside


def inside(asked: Asked) -> Inside:
    """The ledger as it stands at one moment; of a topic that was made anew, the positions in its newest incarnation."""
    (row,) = asked.rows(
        "select (select size from ledger) as size,"
        " (select jsonb_agg(jsonb_build_array(topic, partition, next_offset))"
        " from sealed_positions p left join incarnations i using (topic)"
        " where p.incarnation = coalesce(i.incarnation, 1)) as positions,"
        " (select jsonb_agg(jsonb_build_array(topic, what, n)) from tallies) as tallies"
    )
    counts: dict[str, dict[str, int]] = {}
    for topic, what, n in row["tallies"] or ():
        counts.setdefault(topic, {})[what] = n
    positions = {(topic, partition): offset for topic, partition, offset in row["positions"] or ()}
    return Inside(row["size"], positions, counts)


def sealed_positions(asked: Asked, incarnations: Mapping[str, int]) -> dict[tuple[str, int], int]:
    """The next offset of each partition, in the incarnation that its topic has now."""
    rows = asked.rows("select topic, incarnation, partition, next_offset from sealed_positions")
    return {
        (row["topic"], row["partition"]): row["next_offset"]
        for row in rows
        if row["incarnation"] == incarnations.get(row["topic"], 1)
    }


def record_of(asked: Asked, event: UUID) -> dict[str, Any] | None:
    """The record in which an event stands for the first time."""
    rows = asked.rows("select seq, leaf_hash, leaf from records where event = %s order by seq limit 1", event)
    return rows[0] if rows else None


def end(asked: Asked) -> dict[str, Any]:
    """The ledger's epoch, its size, and the peaks of its tree."""
    (row,) = asked.rows("select epoch, size, peaks from ledger")
    return row


def counts(asked: Asked) -> dict[str, dict[str, int]]:
    """By topic: how many records, events and flags of each kind."""
    found: dict[str, dict[str, int]] = {}
    for row in asked.rows("select topic, what, n from tallies order by topic, what"):
        found.setdefault(row["topic"], {})[row["what"]] = row["n"]
    return found


def keys(asked: Asked) -> list[str]:
    """The ids of the keys that the ledger knows, in the order in which they were registered."""
    return [bytes(row["key_id"]).decode() for row in asked.rows("select key_id from ledger_keys order by seq")]


def knows_keys(asked: Asked, wanted: Sequence[str]) -> bool:
    """Whether the registration of each of these keys is sealed."""
    return set(wanted) <= set(keys(asked))
