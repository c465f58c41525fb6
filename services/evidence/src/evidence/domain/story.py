"""One person's story, out of the leaves of the ledger, in its order: who, what, when, with the telling figures."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from evidence.domain.canonical import NotCanonical, own_day, parse
from evidence.domain.examining import Examined, examine
from evidence.domain.wording import LINES, WORDS

SEALED = "〔密封〕"
NOTHING = "无"
LONGEST = 60  # characters of a value in a line for which there is no wording


@dataclass(frozen=True)
class Entry:
    """A line of the story. `day` is the fact's own; a fact that names none has the day of the one before it."""

    seq: int
    id: str
    day: date | None
    time: str
    actor: str
    type: str
    says: str
    steps: tuple[str, ...]
    flags: tuple[str, ...]
    data: Mapping[str, object]


def story_of(subject: str, leaves: Iterable[bytes], until: date | None = None) -> Iterator[Entry]:
    """What happened to a subject, up to a day. What was recorded twice is told once."""
    sought = b'"subject":' + json.dumps(subject, ensure_ascii=False).encode()
    day: date | None = None
    for leaf in leaves:
        if sought not in leaf:
            continue
        examined = examine(leaf)
        event = told(examined)
        flags = tuple(str(flag) for flag in cast(list[object], examined.envelope.get("flags") or []))
        if event.get("subject") != subject or "duplicate" in flags:
            continue
        said = event["data"]
        data: Mapping[str, object] = cast(Mapping[str, object], said) if isinstance(said, dict) else {}
        day = own_day(data) or day
        if until is None or day is None or day <= until:
            yield _entry(examined, event, data, day, flags)


def told(examined: Examined) -> dict[str, object]:
    """The event of a leaf as its bytes say it; empty where they say none."""
    if examined.reading is None or examined.reading.event is None:
        return {}
    try:
        return parse(examined.reading.received.body)
    except NotCanonical:
        return {}


def _entry(
    examined: Examined,
    event: Mapping[str, object],
    data: Mapping[str, object],
    day: date | None,
    flags: tuple[str, ...],
) -> Entry:
    steps = data.get("steps")
    kind = str(event["type"])
    return Entry(
        seq=cast(int, examined.envelope["seq"]),
        id=str(event["id"]),
        day=day,
        time=str(event["time"]),
        actor=str(event["actor"]),
        type=kind,
        says=line(kind, data),
        steps=tuple(str(step) for step in cast(list[object], steps)) if isinstance(steps, list) else (),
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
