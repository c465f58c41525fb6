"""A story out of the leaves of the ledger, in its order: who, what, when, under which rule, and from what it follows."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import cast

from evidence.domain.canonical import NotCanonical, own_day, parse
from evidence.domain.examining import Examined, examine
from evidence.domain.origins import Origins
from evidence.domain.wording import LINES, WORDS

SEALED = "〔密封〕"
NOTHING = "无"
LONGEST = 60  # characters of a value in a line for which there is no wording
CASE_OPENED = "evidence.CaseOpened.v1"

Event = Mapping[str, object]


@dataclass(frozen=True)
class Entry:
    """A line of the story. `day` is the fact's own; a fact that names none has the day of the one before it.

    `rules` are the versions that it was decided under, `follows` the records that it rests on (or their events, where
    the ledger has not told them before), the one that led to it first.
    """

    seq: int
    id: str
    day: date | None
    time: str
    actor: str
    subject: str
    type: str
    says: str
    steps: tuple[str, ...]
    rules: tuple[str, ...]
    follows: tuple[str, ...]
    flags: tuple[str, ...]
    data: Mapping[str, object]


@dataclass(frozen=True)
class Choice:
    """Whose story is told: the records in which one of `words` stands, and of those the events that `fits`."""

    named: str
    words: tuple[bytes, ...]
    fits: Callable[[Event], bool]
    since: date | None = None
    until: date | None = None


def about(*subjects: str, since: date | None = None, until: date | None = None) -> Choice:
    words = tuple(b'"subject":' + json.dumps(subject, ensure_ascii=False).encode() for subject in subjects)
    return Choice("、".join(subjects), words, lambda event: event.get("subject") in subjects, since, until)


def of_stream(stream: str, until: date | None = None) -> Choice:
    return Choice(
        stream, (f'"streamid":"{stream}"'.encode(),), lambda event: event.get("streamid") == stream, None, until
    )


def of_case(case: str, leaves: Iterable[bytes], until: date | None = None) -> Choice | None:
    """The story of a case's subjects in its period, up to a day; None where the ledger opens no such case."""
    for leaf in leaves:
        if CASE_OPENED.encode() in leaf and case.encode() in leaf:
            event = told(examine(leaf))
            said = event.get("data")
            data: Event = cast(Event, said) if isinstance(said, dict) else {}
            if event.get("type") == CASE_OPENED and data.get("case") == case:
                since, ends = (date.fromisoformat(str(data[name])) for name in ("since", "until"))
                subjects = (str(subject) for subject in cast(list[object], data["subjects"]))
                return about(*subjects, since=since, until=min(ends, until or date.max))
    return None


@dataclass
class Telling:
    """How far a story is told: the last day of each subject, and where each figure came from."""

    days: dict[str, date] = field(default_factory=dict[str, date])
    origins: Origins = field(default_factory=Origins)


def story_of(choice: Choice, leaves: Iterable[bytes]) -> Iterator[Entry]:
    """What happened, in the days of the choice. What was recorded twice is told once."""
    telling = Telling()
    for leaf in leaves:
        chosen = any(word in leaf for word in choice.words)
        if not chosen and not telling.origins.rests_on(leaf):
            continue
        examined = examine(leaf)
        event = told(examined)
        flags = tuple(str(flag) for flag in cast(list[object], examined.envelope.get("flags") or []))
        if not event or "duplicate" in flags:
            continue
        telling.origins.know(cast(int, examined.envelope["seq"]), event)
        if chosen and choice.fits(event):
            entry = _entry(examined, event, telling, flags)
            if _is_within(entry.day, choice):
                yield entry


def _is_within(day: date | None, choice: Choice) -> bool:
    return day is None or (choice.since or date.min) <= day <= (choice.until or date.max)


def told(examined: Examined) -> dict[str, object]:
    """The event of a leaf as its bytes say it; empty where they say none."""
    if examined.reading is None or examined.reading.event is None:
        return {}
    try:
        return parse(examined.reading.received.body)
    except NotCanonical:
        return {}


def _entry(examined: Examined, event: Event, telling: Telling, flags: tuple[str, ...]) -> Entry:
    said, subject, kind = event["data"], str(event.get("subject")), str(event["type"])
    data: Mapping[str, object] = cast(Mapping[str, object], said) if isinstance(said, dict) else {}
    if day := own_day(data) or telling.days.get(subject):
        telling.days[subject] = day
    steps = data.get("steps")
    return Entry(
        seq=cast(int, examined.envelope["seq"]),
        id=str(event["id"]),
        day=day,
        time=str(event["time"]),
        actor=str(event["actor"]),
        subject=subject,
        type=kind,
        says=line(kind, data),
        steps=tuple(str(step) for step in cast(list[object], steps)) if isinstance(steps, list) else (),
        rules=telling.origins.rules_of(event),
        follows=telling.origins.follows(event),
        flags=flags,
        data={name: SEALED if is_sealed(value) else value for name, value in data.items()},
    )


def line(kind: str, data: Mapping[str, object]) -> str:
    """One event in one line; one for which there is no wording says its name and its figures."""
    if kind in LINES:
        return LINES[kind].format_map(_Read(data))
    name = kind.split(".")[-2] if kind.count(".") >= 2 else kind
    figures = [f"{key}={word(value)}" for key, value in data.items() if key != "steps"]
    return " ".join([name, *(each for each in figures if len(each) <= LONGEST)])


def word(value: object) -> str:
    """A value as it is read out."""
    if value is None:
        return NOTHING
    if is_sealed(value):
        return SEALED
    if isinstance(value, list):
        return "、".join(word(each) for each in cast(list[object], value)) or NOTHING
    return WORDS.get(str(value), str(value))


def is_sealed(value: object) -> bool:
    """Whether a value is a personal datum under a key."""
    return isinstance(value, dict) and value.keys() == {"key", "text", "commitment"}


class _Read(dict[str, str]):
    """The data of an event, read out by name; a name that an older event lacks is nothing."""

    def __init__(self, data: Mapping[str, object]) -> None:
        super().__init__({name: word(value) for name, value in data.items()})

    def __missing__(self, _: str) -> str:
        return NOTHING
