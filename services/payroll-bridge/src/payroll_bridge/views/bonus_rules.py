"""The rules under which a bonus may be withheld, and which of them is in force on a day."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact
from contracts.payroll_bridge import BonusRuleAdopted
from payroll_bridge.domain.bonus_rule import in_force

TABLES = ("bonus_rules",)


def when_adopted(work: Work, event: Event[BonusRuleAdopted]) -> None:
    it = event.fact
    work.write(
        "insert into bonus_rules (rule, first_day, discussed_on, published_on, receipts) values (%s, %s, %s, %s, %s)"
        " on conflict do nothing",
        *(it.rule, it.first_day, it.discussed_on, it.published_on, it.receipts),
    )


def rule_on(asked: Asked, day: date) -> int | None:
    """The number of the rule in force on a day, None where there is none."""
    return in_force(((row["rule"], row["first_day"]) for row in asked.rows("select * from bonus_rules")), day)


def bonus_rules(asked: Asked) -> list[dict[str, Any]]:
    return asked.rows("select * from bonus_rules order by rule")


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {BonusRuleAdopted: when_adopted}
