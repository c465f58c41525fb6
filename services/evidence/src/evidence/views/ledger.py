"""The ledger as it can be asked: one record, records by what they are about, how far it has come. The sequencer fills it."""

from collections.abc import Mapping, Sequence
from datetime import date
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


def known_subjects(asked: Asked, subjects: Sequence[str]) -> frozenset[str]:
    """Those of these subjects about whom the ledger holds anything."""
    rows = asked.rows(
        "select s from unnest(%s::text[]) s where exists (select 1 from records where subject = s)", list(subjects)
    )
    return frozenset(row["s"] for row in rows)


def streams_about(asked: Asked, subjects: Sequence[str], since: date, until: date, size: int) -> list[str]:
    """The streams in which something is recorded about these subjects in this period, among the first `size` records."""
    rows = asked.rows(
        "select distinct stream from records where subject = any(%s) and day between %s and %s and seq < %s"
        " and stream is not null",
        *(list(subjects), since, until, size),
    )
    return sorted(row["stream"] for row in rows)


def records_of_streams(asked: Asked, streams: Sequence[str], size: int) -> list[dict[str, Any]]:
    """Every record of these streams among the first `size`, in the order of the ledger."""
    return asked.rows(
        "select seq, leaf from records where stream = any(%s) and seq < %s order by seq", list(streams), size
    )


def records_of_types(
    asked: Asked, types: Sequence[str], size: int, since: date | None = None, until: date | None = None
) -> list[dict[str, Any]]:
    """The records of these types among the first `size`, those of a period where one is given."""
    return asked.rows(
        "select seq, leaf, stream from records where type = any(%s) and seq < %s"
        " and (%s::date is null or day between %s and %s) order by seq",
        *(list(types), size, since, since, until),
    )


def streams_of_events(asked: Asked, events: Sequence[UUID], size: int) -> list[str]:
    """The streams of these events, as far as they are among the first `size` records."""
    rows = asked.rows(
        "select distinct stream from records where event = any(%s) and seq < %s and stream is not null",
        *(list(events), size),
    )
    return sorted(row["stream"] for row in rows)
