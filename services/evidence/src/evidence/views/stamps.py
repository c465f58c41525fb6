"""Time stamps that were kept: of one request, of a case, the newest; and which record waits for one."""

from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact
from contracts.evidence import CheckpointStamped

TABLES = ("stamps",)


def when_stamped(work: Work, event: Event[CheckpointStamped]) -> None:
    it = event.fact
    work.write(
        "insert into stamps (event, size, root, note, authority, policy, evidential, stamped, recorded, token, occasion,"
        " case_id, cause) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        *(event.id, it.size, it.root, it.note, it.authority, it.policy, it.evidential, it.stamped, event.time),
        *(b64decode(it.token), it.occasion, it.case, event.causation),
    )


def of_request(asked: Asked, request: UUID) -> list[dict[str, Any]]:
    """The stamps that were taken for one event (CaseOpened, DossierRequested), one for each authority, oldest first."""
    return asked.rows("select * from stamps where cause = %s order by recorded, authority", request)


def of_case(asked: Asked, case: str) -> list[dict[str, Any]]:
    """The stamps that were taken for a case, oldest first."""
    return asked.rows("select * from stamps where case_id = %s order by recorded, authority", case)


def newest(asked: Asked) -> dict[str, Any] | None:
    """The stamp over the largest checkpoint; None before the first."""
    rows = asked.rows("select * from stamps order by size desc, recorded desc limit 1")
    return rows[0] if rows else None


def newest_by(asked: Asked, authority: str) -> dict[str, Any] | None:
    """Size and instant of recording of this authority's newest stamp; None before its first."""
    rows = asked.rows(
        "select size, recorded from stamps where authority = %s order by size desc, recorded desc limit 1", authority
    )
    return rows[0] if rows else None


def oldest_since(asked: Asked, size: int, apart_from: Sequence[str]) -> dict[str, Any] | None:
    """The first record from `size` on that is of none of these types; None where there is none."""
    rows = asked.rows(
        "select seq, leaf from records where seq >= %s and (type is null or type <> all(%s)) order by seq limit 1",
        *(size, list(apart_from)),
    )
    return rows[0] if rows else None


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {CheckpointStamped: when_stamped}
