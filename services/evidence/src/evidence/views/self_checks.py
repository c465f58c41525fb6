"""When evidence last checked itself, and with what outcome."""

from collections.abc import Callable, Mapping
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact
from contracts.evidence import SelfChecked

TABLES = ("self_checks",)


def when_self_checked(work: Work, event: Event[SelfChecked]) -> None:
    work.write(
        "insert into self_checks (recorded, since, size, findings) values (%s, %s, %s, %s)"
        " on conflict (recorded) do nothing",
        *(event.time, event.fact.since, event.fact.size, event.fact.findings),
    )


def newest(asked: Asked) -> dict[str, Any] | None:
    rows = asked.rows("select recorded, since, size, findings from self_checks order by recorded desc limit 1")
    return rows[0] if rows else None


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {SelfChecked: when_self_checked}
