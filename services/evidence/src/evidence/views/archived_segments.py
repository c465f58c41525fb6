"""Where which segments are archived."""

from collections.abc import Callable, Mapping
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact
from contracts.evidence import SegmentArchived

TABLES = ("archived_segments",)


def when_archived(work: Work, event: Event[SegmentArchived]) -> None:
    work.write(
        "insert into archived_segments (segment, location, retained_until) values (%s, %s, %s)",
        *(event.fact.segment, event.fact.location, event.fact.retained_until),
    )


def locations(asked: Asked) -> set[str]:
    """Every place where a segment lies."""
    return {row["location"] for row in asked.rows("select location from archived_segments")}


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {SegmentArchived: when_archived}
