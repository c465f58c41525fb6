"""The records as they are searched: by what they are about, when, and how they were flagged, in the ledger's order.

Every condition is answered from an index that is in the order of the ledger behind it, so a page costs the same however
deep it lies. Only a period is not: its days lie side by side in the index, each in an order of its own. So a period is
first turned into the stretch of the ledger in which its days lie, a probe or two for each day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString
from uuid import UUID

from chassis.keeping.work import Asked


@dataclass(frozen=True)
class Search:
    """What is looked for; a condition that is None is none. A day is the fact's own, else that of its recording."""

    subject: str | None = None
    stream: UUID | None = None
    type: str | None = None
    day: date | None = None
    since: date | None = None
    until: date | None = None
    flag: str | None = None


def records_after(asked: Asked, after: int, limit: int, search: Search) -> list[dict[str, Any]]:
    """A page of records behind `after`, in the order of the ledger, of those that meet every condition."""
    conditions = list(_conditions(search))
    if (search.since or search.until) and search.subject is None and search.stream is None:  # These have few as it is.
        stretch = _stretch(asked, search.since, search.until)
        if stretch is None:
            return []
        conditions.append(("seq between %s and %s", stretch))
    where = " and ".join(["seq > %s", *(sql for sql, _ in conditions)])
    values = (value for _, given in conditions for value in given)
    return asked.rows(
        "select seq, leaf_hash, leaf from records where " + where + " order by seq limit %s", after, *values, limit
    )


def _conditions(search: Search) -> Iterator[tuple[LiteralString, tuple[object, ...]]]:
    if search.subject is not None:
        yield "subject = %s", (search.subject,)
    if search.stream is not None:
        yield "stream = %s", (str(search.stream),)
    if search.type is not None:
        yield "type = %s", (search.type,)
    if search.day is not None:
        yield "day = %s", (search.day,)
    if search.since is not None:
        yield "day >= %s", (search.since,)
    if search.until is not None:
        yield "day <= %s", (search.until,)
    if search.flag is not None:
        # The first half names the index of the few that are flagged at all.
        yield "flags <> '{}' and flags @> array[%s]::text[]", (search.flag,)


def _stretch(asked: Asked, since: date | None, until: date | None) -> tuple[int, int] | None:
    """The first and the last record of a period; None if there is none. Each day's are the ends of its part of an index."""
    (found,) = asked.rows(
        "with recursive days(day) as ("
        " (select day from records where day >= %s::date and day <= %s::date order by day limit 1)"
        " union all"
        " select (select day from records where day > days.day and day <= %s::date order by day limit 1)"
        " from days where days.day is not null)"
        " select min(first) as first, max(last) as last from days,"
        " lateral (select seq as first from records r where r.day = days.day order by seq limit 1) f,"
        " lateral (select seq as last from records r where r.day = days.day order by seq desc limit 1) l",
        *(since or date.min, until or date.max, until or date.max),
    )
    return None if found["first"] is None else (found["first"], found["last"])
