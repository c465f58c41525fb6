"""Where a figure comes from: the rules in force, by version, and the records that it rests on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

Event = Mapping[str, object]

DRAFTED, ASSESSED = "agreements.AgreementDrafted.v1", "agreements.DamagesAssessed.v1"
ADOPTED, YEAR_ASSESSED = "points.RulesAdopted.v1", "points.PointsYearAssessed.v1"
RESTS_ON = ("fact", "completion", "request")
"""Fields that hold the id of an event."""
BEGINNINGS = (ADOPTED.encode(), DRAFTED.encode())


@dataclass
class Origins:
    """What was told so far that later figures rest on."""

    places: dict[str, int] = field(default_factory=dict[str, int])
    drafts: dict[str, tuple[str, int]] = field(default_factory=dict[str, tuple[str, int]])
    """By agreement: the versions that it froze, and the record of its draft."""
    points_rules: list[tuple[str, object, int]] = field(default_factory=list[tuple[str, object, int]])
    """First day, version and record of each version of the points rules."""

    @staticmethod
    def rests_on(leaf: bytes) -> bool:
        """Whether a record of somebody else's may say what a figure rests on."""
        return any(word in leaf for word in BEGINNINGS)

    def know(self, seq: int, event: Event) -> None:
        self.places[str(event.get("id"))] = seq
        data = _data(event)
        if event.get("type") == DRAFTED:
            frozen = f"制度第{data.get('policy')}版,模板{data.get('template')}第{data.get('template_version')}版"
            self.drafts[str(event.get("streamid"))] = frozen, seq
        elif event.get("type") == ADOPTED:
            self.points_rules.append((str(data.get("first_day")), data.get("rules"), seq))

    def rules_of(self, event: Event) -> tuple[str, ...]:
        """The versions that an event was decided under, where its own words do not say them."""
        data = _data(event)
        match event.get("type"):
            case "agreements.DamagesAssessed.v1":
                return tuple(dict.fromkeys(self.drafts[one][0] for one in _named(data) if one in self.drafts))
            case "points.PointsYearAssessed.v1":
                return tuple(f"积分规则第{rules}版" for rules, _ in self._rules_by(data))
            case _:
                return ()

    def follows(self, event: Event) -> tuple[str, ...]:
        """The records that an event follows from, its cause first; the event's id where the record is not told yet."""
        data = _data(event)
        ids = [event.get("causationid"), *(data.get(name) for name in RESTS_ON)]
        found = [f"#{self.places[one]}" if one in self.places else one for one in ids if isinstance(one, str) and one]
        found += [f"#{self.drafts[one][1]}" for one in _named(data) if one in self.drafts]
        if event.get("type") == YEAR_ASSESSED:
            found += [f"#{seq}" for _, seq in self._rules_by(data)]
        return tuple(dict.fromkeys(found))

    def _rules_by(self, data: Event) -> Iterator[tuple[object, int]]:
        """The points rules that held at the end of the year that was assessed."""
        held = [each for each in self.points_rules if each[0] <= f"{data.get('year')}-12-31"]
        if held:
            _, rules, seq = max(held, key=lambda each: each[0])
            yield rules, seq


def _data(event: Event) -> Event:
    said = event.get("data")
    return cast(Event, said) if isinstance(said, dict) else {}


def _named(data: Event) -> list[str]:
    """The agreements that an event names."""
    named = data.get("agreements")
    return [str(one) for one in cast(list[object], named)] if isinstance(named, list) else []
