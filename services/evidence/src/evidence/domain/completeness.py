"""How complete the ledger is: what the topics hold and what the services say they said, against what is sealed.

All of it moves while it is looked at. So what must be sealed is read first, then what is sealed, and last what may be:
whatever then does not fit was so at one moment, and no work in progress can look like a loss.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

Place = tuple[str, int]
"""A topic and a partition."""


@dataclass(frozen=True)
class Said:
    """What a service says of its own notification log: how many events it holds, and how many of these are told."""

    events: int
    told: int


@dataclass(frozen=True)
class Outside:
    """The next offset of each partition at the brokers, and what each service says; one that is away says nothing."""

    ends: Mapping[Place, int]
    said: Mapping[str, Said] = field(default_factory=dict[str, Said])


@dataclass(frozen=True)
class Inside:
    """The ledger at one moment: its size, the next offset to seal of each partition, its tallies by topic."""

    size: int
    positions: Mapping[Place, int]
    counts: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class TopicStanding:
    """A topic in the ledger, and what is wanting of it. Nobody knows what a service that is away has `said`."""

    service: str
    topic: str
    sealed: int
    events: int
    said: int | None
    behind: int
    """Records that wait in the topic."""
    beyond: int
    """Records that are sealed although the topic ends before them: it was made anew, or lost its end."""
    omitted: int
    """Events that their service has told, as it says, and that neither ledger nor topic holds."""
    untold: int
    """Events that their service had committed before we looked, and has not told yet."""
    unsaid: int
    """Events that are sealed and that their service does not know: it has lost some, or somebody else spoke."""

    @property
    def shortfall(self) -> int:
        return self.behind + self.beyond + self.omitted + self.untold + self.unsaid

    @property
    def complete(self) -> bool:
        return not self.shortfall

    def wanting(self) -> Iterator[str]:
        """What is wanting, a clause each."""
        yield from (f"{self.behind} records of {self.topic} wait to be sealed" for _ in range(self.behind > 0))
        yield from (f"{self.beyond} records are sealed that {self.topic} has no more" for _ in range(self.beyond > 0))
        yield from (f"{self.service} has told {self.omitted} events that are nowhere" for _ in range(self.omitted > 0))
        yield from (f"{self.service} has {self.untold} events that it has not told" for _ in range(self.untold > 0))
        yield from (
            f"{self.unsaid} events are sealed that {self.service} does not know" for _ in range(self.unsaid > 0)
        )


@dataclass(frozen=True)
class Look:
    """What one look found, and the instant at which it began: all that was said before is in the first `size` records,
    if it is complete."""

    looked: datetime
    size: int
    topics: tuple[TopicStanding, ...]

    @property
    def shortfall(self) -> int:
        return sum(each.shortfall for each in self.topics)

    @property
    def complete(self) -> bool:
        return not self.shortfall

    @property
    def wanting(self) -> str:
        return "; ".join(clause for each in self.topics for clause in each.wanting())


def reconciled(topics: Mapping[str, str], before: Outside, inside: Inside, after: Outside) -> tuple[TopicStanding, ...]:
    """Each topic (by its service) as it stands. `before` was read before what is inside, `after` behind it."""
    return tuple(_standing(service, topic, before, inside, after) for service, topic in topics.items())


def _standing(service: str, topic: str, before: Outside, inside: Inside, after: Outside) -> TopicStanding:
    places = {place for place in (*before.ends, *inside.positions, *after.ends) if place[0] == topic}
    at = {place: (before.ends.get(place, 0), inside.positions.get(place, 0)) for place in places}
    lasts = {place: after.ends.get(place, 0) for place in places}
    behind = sum(max(end - sealed, 0) for end, sealed in at.values())
    # Told and sealed while we looked; if the topic has lost its end, what lay behind that was sealed long ago.
    meanwhile = sum(max(min(sealed, lasts[place]) - end, 0) for place, (end, sealed) in at.items())
    tally = inside.counts.get(topic, {})
    events = tally.get("events", 0)
    said, omitted, untold, unsaid = None, 0, 0, 0
    if (first := before.said.get(service)) and (last := after.said.get(service)):
        said, untold, unsaid = last.events, max(first.events - last.told, 0), max(events - last.events, 0)
        omitted = max(first.told - (events - meanwhile) - behind, 0)
    return TopicStanding(
        service=service,
        topic=topic,
        sealed=tally.get("records", 0),
        events=events,
        said=said,
        behind=behind,
        beyond=sum(max(sealed - lasts[place], 0) for place, (_, sealed) in at.items()),
        omitted=omitted,
        untold=untold,
        unsaid=unsaid,
    )
