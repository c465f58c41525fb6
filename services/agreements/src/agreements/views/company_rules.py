"""The company's rules: its policies and its templates, every version of them."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.agreements import PolicyAdopted, TemplatePublished
from contracts.envelope import Event, Fact

TABLES = ("policies", "templates")


def when_policy_adopted(work: Work, event: Event[PolicyAdopted]) -> None:
    it = event.fact
    work.write(
        "insert into policies values (%s, %s, %s::jsonb, %s, %s, %s, %s) on conflict do nothing",
        *(it.policy, it.first_day, json.dumps([[f"{over:f}", months] for over, months in it.thresholds])),
        *(it.proration, it.probation_rule, it.cost_basis, it.rounding),
    )


def when_template_published(work: Work, event: Event[TemplatePublished]) -> None:
    it = event.fact
    work.write(
        "insert into templates values (%s, %s, %s, %s::jsonb) on conflict do nothing",
        *(it.template, it.template_version, it.training_class, json.dumps(it.clauses, ensure_ascii=False)),
    )


def policies(asked: Asked) -> list[dict[str, Any]]:
    """Every policy, oldest first."""
    return asked.rows("select * from policies order by policy")


def templates(asked: Asked) -> list[dict[str, Any]]:
    """Every version of every template."""
    return asked.rows("select * from templates order by template, template_version")


def clauses(asked: Asked, template: str, version: int) -> dict[str, str]:
    """The texts of one version of a template, which an agreement froze."""
    (row,) = asked.rows(
        "select clauses from templates where template = %s and template_version = %s", template, version
    )
    return row["clauses"]


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {
    PolicyAdopted: when_policy_adopted,
    TemplatePublished: when_template_published,
}
