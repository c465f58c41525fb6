"""Where a segment is archived, kept in a stream of its own; and how long an archive must refuse to forget."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo

from contracts import Refusal
from contracts.evidence import SegmentArchived

# What can be asked


@dataclass(frozen=True)
class RecordSegment:
    """A segment was put away at `location`, read back and verified against the checkpoint over `checkpoint` records."""

    segment: int
    first: int
    length: int
    sha256: str
    sm3: str
    checkpoint: int
    location: str
    retained_until: date | None


# Why the answer may be no


@dataclass(eq=False)
class NotCovered(Refusal):
    """A checkpoint over fewer records says nothing about those of the segment."""

    segment: int
    checkpoint: int


# What it can be


@dataclass(frozen=True)
class Archived:
    """The places where the segment lies."""

    locations: frozenset[str] = field(default_factory=frozenset[str])


initial = Archived()


def decide(command: RecordSegment, archived: Archived) -> tuple[SegmentArchived, ...]:
    if command.checkpoint < command.first + command.length:
        raise NotCovered(command.segment, command.checkpoint)
    if command.location in archived.locations:
        return ()  # It lies there already.
    return (SegmentArchived(**vars(command)),)


def evolve(archived: Archived, event: SegmentArchived) -> Archived:
    return Archived(archived.locations | {event.location})


# How long

RETENTION = re.compile(r"([1-9][0-9]{0,4})d|([1-9][0-9]?)y", re.ASCII)


def retained_until(today: date, retention: str) -> date | None:
    """The last day of a retention such as `3650d` or `10y` that begins today; an empty one asks for none."""
    if not retention:
        return None
    asked = RETENTION.fullmatch(retention)
    if asked is None:
        raise ValueError(f"a retention is days or years, such as 3650d or 10y; this is none: {retention}")
    if asked[1]:
        return today + timedelta(days=int(asked[1]))
    year = today.year + int(asked[2])
    try:
        return today.replace(year=year)
    except ValueError:  # There is no 29 February in that year.
        return date(year, 3, 1)


def over(day: date, zone: tzinfo) -> datetime:
    """The instant at which a day of the company is over."""
    return datetime.combine(day + timedelta(days=1), time.min, zone)
