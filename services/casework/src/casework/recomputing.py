"""Figures recomputed: events on standard input, folded by a service's own rules, beside what was recorded of them."""

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

import typer

from contracts.envelope import Event, Fact, NotAnEvent, read

WORDS = frozenset(["steps", "note", "basis", "reason", "limit"])
"""Fields that say in words how a figure came about: a later release may put them otherwise, so they are no figure."""

Recomputed = tuple[Event[Fact], Fact | None, Fact | str | None]
"""The event by which a figure stands or is missed, what it records, and what the rules decide: nothing, or a text why
that cannot be told."""
Rules = Callable[[Iterable[Event[Fact]]], Iterable[Recomputed]]


AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
Key = tuple[str, str]  # publisher and subject
Place = tuple[Key, int]  # the how-manieth of its key


@dataclass(frozen=True)
class Figure:
    """One figure: `where` names each field that differs, `worded` those that only say it otherwise. It is `equal` only
    if it was recomputed; `why` says why it could not be."""

    event: str
    subject: str
    what: str
    recorded: str | None
    recomputed: str | None
    equal: bool
    where: tuple[str, ...] = ()
    worded: tuple[str, ...] = ()
    why: str | None = None


def figure(found: Recomputed, named: Mapping[type[Fact], str]) -> Figure:
    """What a person compares; `named` says which field of a fact is its figure."""
    event, recorded, recomputed = found
    kind = type(recorded or recomputed or event.fact)
    kind = kind if issubclass(kind, Fact) else type(event.fact)
    said, made = _data(recorded), _data(recomputed)
    subject = next((str(data["employee"]) for data in (said, made) if data and data.get("employee")), event.subject)
    differ = [name for name in {**(said or {}), **(made or {})} if (said or {}).get(name) != (made or {}).get(name)]
    if isinstance(recomputed, str) or said is None or made is None:
        where = () if isinstance(recomputed, str) else ("not recorded" if said is None else "not decided by the rules",)
    else:
        where = tuple(f"{name}: {_text(said[name])} → {_text(made[name])}" for name in differ if name not in WORDS)
    return Figure(
        event=str(event.id),
        subject=subject,
        what=kind.TYPE.split(".")[1],
        recorded=_text(said[named[kind]]) if said else None,
        recomputed=_text(made[named[kind]]) if made else None,
        equal=not where and made is not None,
        where=where,
        worded=tuple(name for name in differ if name in WORDS) if said and made else (),
        why=recomputed if isinstance(recomputed, str) else None,
    )


def _data(fact: Fact | str | None) -> dict[str, Any] | None:
    return fact.model_dump(mode="json") if isinstance(fact, Fact) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def as_it_was_known(events: Iterable[Event[Fact]], service: str) -> Iterator[Event[Fact]]:
    """The events of several services as one of them came to know them, each once.

    By the instants of recording, since the ledger's order between two partitions is only that of their sealing. But
    never an event before an earlier one of its publisher and subject, which Kafka keeps in order; never one before what
    caused it; and no news before what the service itself said on the news before it, which was decided by then.
    """
    course = _Course(service)
    for number, event in enumerate(events):
        course.take(number, event)
    for _, _, place in sorted(course.moments):
        yield from course.up_to(place)


class _Course:
    """The events in the order of each publisher and subject, and how far each was told."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._queues: dict[Key, list[Event[Fact]]] = defaultdict(list)
        self._places = dict[UUID, Place]()
        self._said_on: dict[UUID, list[Place]] = defaultdict(list)
        self._latest = dict[Key, datetime]()
        self._told: dict[Key, int] = defaultdict(int)
        self.moments = list[tuple[datetime, int, Place]]()

    def take(self, number: int, event: Event[Fact]) -> None:
        if event.id in self._places:
            return
        key = event.publisher, event.subject
        self._latest[key] = max(event.time, self._latest.get(key, event.time))
        self._places[event.id] = place = key, len(self._queues[key])
        self._queues[key].append(event)
        self.moments.append((self._latest[key], number, place))
        if event.causation and event.publisher == self._service:
            self._said_on[event.causation].append(place)

    def up_to(self, place: Place) -> Iterator[Event[Fact]]:
        """All of a key up to a place that was not told yet."""
        key, last = place
        while (at := self._told[key]) <= last:
            event = self._queues[key][at]
            self._told[key] += 1  # before what it rests on, so that a circle, which no history has, ends here
            if at and event.publisher != self._service:
                for said in self._said_on.pop(self._queues[key][at - 1].id, ()):
                    yield from self.up_to(said)
            if event.causation and (cause := self._places.get(event.causation)):
                yield from self.up_to(cause)
            yield event


# The command


def add_recompute(
    app: typer.Typer, service: str, known: Mapping[str, type[Fact]], rules: Rules, named: Mapping[type[Fact], str]
) -> None:
    """Registers `recompute [--json]`. It needs neither settings nor database."""

    @app.command()
    def recompute(as_json: AsJson = False) -> None:  # pyright: ignore[reportUnusedFunction]  # typer keeps it
        """Recompute the figures of the events on standard input, one a line in the ledger's order, by today's rules."""
        answer_events(service, known, rules, named, as_json=as_json)


def answer_events(
    service: str, known: Mapping[str, type[Fact]], rules: Rules, named: Mapping[type[Fact], str], *, as_json: bool
) -> None:
    """Prints each figure. Exits with 1 if one differs, with 2 if a line is no event."""
    try:
        events = list(read_events(sys.stdin.buffer, known))
    except NotAnEvent as fault:
        typer.echo(f"{fault.why}.", err=True)
        raise typer.Exit(2) from fault
    order = {event.id: number for number, event in enumerate(events)}
    found = sorted(rules(as_it_was_known(events, service)), key=lambda each: order[each[0].id])
    figures = [figure(each, named) for each in found]
    if as_json:
        typer.echo(json.dumps({"figures": [asdict(each) for each in figures]}, ensure_ascii=False).encode())
    else:
        for each in figures:
            typer.echo(line(each))
    if any(not each.equal and each.why is None for each in figures):
        raise typer.Exit(1)


def read_events(lines: Iterable[bytes], known: Mapping[str, type[Fact]]) -> Iterator[Event[Fact]]:
    """The events that are known, out of lines of canonical JSON. Raises NotAnEvent, which names the line."""
    for number, text in enumerate(lines, start=1):
        try:
            event = read(text.rstrip(b"\n"), known)
        except NotAnEvent as fault:
            raise NotAnEvent(f"line {number} holds no event: {fault.why}") from fault
        if event.fact is not None:
            yield cast("Event[Fact]", event)


def line(each: Figure) -> str:
    """A figure as a person reads it."""
    said = f"{each.subject}  {each.what}  recorded {each.recorded or 'nothing'}, "
    if each.why:
        return f"{said}not recomputable: {each.why}"
    if each.equal:
        return f"{said}recomputed the same"
    return f"{said}recomputed {each.recomputed or 'nothing'}: {'; '.join(each.where)} (event {each.event})"
