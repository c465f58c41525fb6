"""What records lean on: the rules, templates, courses and facts that an event names, without which it cannot be judged."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast
from uuid import UUID

Match = Mapping[str, object]


@dataclass(frozen=True)
class Lean:
    """An event that leans on another of type `on`: the fields of that one, and where their values stand in this one.

    Without fields it leans on every event of the type, such as on the versions of a rule that carry no number here.
    """

    on: str
    fields: Mapping[str, str]


COURSE = Lean("learning.CoursePublished.v1", {"course": "course"})
LEANS: Mapping[str, tuple[Lean, ...]] = {
    "agreements.AgreementDrafted.v1": (
        Lean("agreements.PolicyAdopted.v1", {"policy": "policy"}),
        Lean("agreements.TemplatePublished.v1", {"template": "template", "template_version": "template_version"}),
        COURSE,
    ),
    "learning.CourseAssigned.v1": (COURSE,),
    "learning.ExamPassed.v1": (COURSE,),
    "learning.ExamFailed.v1": (COURSE,),
    "learning.TrainingCompleted.v1": (COURSE,),
    "points.PointsAwarded.v1": (Lean("points.RulesAdopted.v1", {"rules": "rules"}),),
    "payroll-bridge.AdjustmentProposed.v1": (Lean("payroll-bridge.BonusRuleAdopted.v1", {}),),
}
FACTS = ("fact", "completion", "event")
"""The fields in which an event names the id of another that it follows from, or that it opens."""


def wanted(events: Iterable[Mapping[str, object]]) -> dict[str, list[Match]]:
    """By type: what the events lean on, each by the values that it must have."""
    found: dict[str, list[Match]] = {}
    for event in events:
        for lean in LEANS.get(str(event.get("type")), ()):
            match = {theirs: _data(event).get(ours) for theirs, ours in lean.fields.items()}
            if match not in (them := found.setdefault(lean.on, [])):
                them.append(match)
    return found


def is_wanted(data: Mapping[str, object], matches: Iterable[Match]) -> bool:
    return any(all(data.get(name) == value for name, value in match.items()) for match in matches)


def facts_named(events: Iterable[Mapping[str, object]]) -> frozenset[UUID]:
    """The ids of the events that these follow from, or open."""
    named = (_data(event).get(name) for event in events for name in FACTS)
    return frozenset(fact for value in named if isinstance(value, str) and (fact := _id(value)))


def _data(event: Mapping[str, object]) -> Mapping[str, object]:
    data = event.get("data")
    return cast(Mapping[str, object], data) if isinstance(data, dict) else {}


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
