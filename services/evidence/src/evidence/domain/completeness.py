"""How complete the ledger is: what the topics hold and what the services say they said, against what is sealed."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class TopicStanding:
    """A topic in the ledger: how many of its records wait, and its events there and by its service's own count."""

    topic: str
    sealed: int
    behind: int
    beyond: int
    """Records that are sealed although the topic ends before them: it was made anew, or lost its end."""
    events: int
    said: int | None

    @property
    def complete(self) -> bool:
        return not self.behind and not self.beyond and self.said in (None, self.events)


def reconciled(
    topics: Mapping[str, str],
    ends: Mapping[tuple[str, int], int],
    sealed: Mapping[tuple[str, int], int],
    counts: Mapping[str, Mapping[str, int]],
    said: Mapping[str, int],
) -> tuple[TopicStanding, ...]:
    """Each topic (by its service) as it stands. `ends` and `sealed` are next offsets by topic and partition."""
    found: list[TopicStanding] = []
    for service, topic in topics.items():
        places = {place for place in (*ends, *sealed) if place[0] == topic}
        differences = [ends.get(place, 0) - sealed.get(place, 0) for place in places]
        tally = counts.get(topic, {})
        found.append(
            TopicStanding(
                topic=topic,
                sealed=tally.get("records", 0),
                behind=sum(more for more in differences if more > 0),
                beyond=-sum(more for more in differences if more < 0),
                events=tally.get("events", 0),
                said=said.get(service),
            )
        )
    return tuple(found)
