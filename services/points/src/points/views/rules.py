"""The rules that were adopted, as they stand for whoever asks outside a Work."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact, canonical
from contracts.points import RulesAdopted

TABLES = ("adopted_rules",)


def when_adopted(work: Work, event: Event[RulesAdopted]) -> None:
    work.write(
        "insert into adopted_rules (rules, first_day, adopted) values (%s, %s, %s) on conflict (rules) do nothing",
        *(event.fact.rules, event.fact.first_day, canonical(event.fact.model_dump(mode="json")).decode()),
    )


def rules_on(asked: Asked, day: date) -> RulesAdopted | None:
    """The version that was the newest on a day; None before the first."""
    rows = asked.rows("select adopted from adopted_rules where first_day <= %s order by first_day desc limit 1", day)
    return RulesAdopted.model_validate_json(rows[0]["adopted"]) if rows else None


def versions(asked: Asked) -> list[RulesAdopted]:
    """Every version, oldest first."""
    rows = asked.rows("select adopted from adopted_rules order by rules")
    return [RulesAdopted.model_validate_json(row["adopted"]) for row in rows]


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {RulesAdopted: when_adopted}
