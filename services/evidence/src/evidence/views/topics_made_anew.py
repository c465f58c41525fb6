"""Topics that were made anew: the incarnation that each has now. One that is not here has its first."""

from collections.abc import Callable, Mapping
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact
from contracts.evidence import IncarnationRaised

TABLES = ("incarnations",)


def when_raised(work: Work, event: Event[IncarnationRaised]) -> None:
    work.write(
        "insert into incarnations (topic, incarnation) values (%s, %s) on conflict (topic)"
        " do update set incarnation = excluded.incarnation",
        *(event.fact.topic, event.fact.incarnation),
    )


def made_anew(asked: Asked) -> dict[str, int]:
    """The incarnation of each topic that was made anew."""
    return {row["topic"]: row["incarnation"] for row in asked.rows("select topic, incarnation from incarnations")}


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {IncarnationRaised: when_raised}
