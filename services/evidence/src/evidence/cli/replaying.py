"""`evidence replay`: what the ledger tells again: a story line by line, a day's figures recomputed, records on a topic."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from chassis.facing.commands import Json
from chassis.facing.service import Service
from evidence.cli.instruments import Instruments, fail, ledger_at
from evidence.cli.reading import Copy, copy_at
from evidence.cli.recomputing import recompute_as_of
from evidence.cli.republishing import republish
from evidence.domain.story import Choice, Entry, about, of_case, of_stream, story_of


def add_replay(app: typer.Typer, service: Callable[[], Service[Any]], instruments: Instruments) -> None:
    @app.command()
    def replay(
        subject: Annotated[str | None, typer.Option(help="Whose story: an employee, such as E1001.")] = None,
        stream: Annotated[UUID | None, typer.Option(help="The story of one stream.")] = None,
        case: Annotated[UUID | None, typer.Option(help="The stories of a case's subjects, in its period.")] = None,
        until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day to tell of.")] = None,
        as_of: Annotated[
            datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Recompute the figures as known on this day.")
        ] = None,
        open_wages: Annotated[bool, typer.Option("--open-wages", help="With --as-of: let wages be opened.")] = False,
        services: Annotated[Path | None, typer.Option(help="With --as-of: folder of the services' commands.")] = None,
        to_topic: Annotated[str | None, typer.Option(help="Publish the records again, on this topic.")] = None,
        kafka: Annotated[str | None, typer.Option(help="With --to-topic: the brokers, if not evidence's own.")] = None,
        documents: Annotated[Path | None, typer.Option(help="With --to-topic: folder of large documents.")] = None,
        ledger: Annotated[str | None, typer.Option(help="Folder or http address of the published ledger.")] = None,
        as_json: Json = False,
    ) -> None:
        """Tell again what the ledger has. It believes the files; `verify` checks them."""
        if sum(each is not None for each in (stream, case, as_of, to_topic)) > 1:
            raise fail("--stream, --case, --as-of and --to-topic are each a replay of their own", 2)
        if subject is None and stream is None and case is None and as_of is None and to_topic is None:
            raise fail("say what to replay: --subject, --stream, --case, --as-of or --to-topic", 2)
        where = ledger_at(ledger, service)
        with copy_at(where, instruments.published_at(where)) as copy:
            if as_of is not None:
                asked = instruments.recomputers(services or Path(sys.executable).parent)
                recompute_as_of(copy, as_of.date(), subject, asked, opens=open_wages, as_json=as_json)
            elif to_topic is not None:
                reader = instruments.documents_in(documents).read if documents else None
                brokers = kafka or service().settings.kafka
                republish(copy, to_topic, subject, instruments.teller(brokers), reader, as_json=as_json)
            else:
                tell(copy, chosen(copy, subject, stream, case, until.date() if until else None), as_json=as_json)


def chosen(copy: Copy, subject: str | None, stream: UUID | None, case: UUID | None, until: date | None) -> Choice:
    if stream is not None:
        return of_stream(str(stream), until)
    if case is None:
        return about(str(subject), until=until)
    found = of_case(str(case), copy.leaves(), until)
    if found is None:
        raise fail(f"the ledger opens no case {case}")
    return found


def tell(copy: Copy, choice: Choice, *, as_json: bool) -> None:
    story = list(story_of(choice, copy.leaves()))
    if as_json:
        typer.echo(json.dumps([asdict(entry) for entry in story], default=str, ensure_ascii=False))
        return
    if not story:
        raise fail(f"the ledger tells nothing about {choice.named}")
    whose = len({entry.subject for entry in story}) > 1
    for entry in story:
        _print(entry, whose=whose)


def _print(entry: Entry, *, whose: bool) -> None:
    flags = f" 〔{','.join(entry.flags)}〕" if entry.flags else ""
    about = f"{entry.subject:8}  " if whose else ""
    origin = f" ←{'、'.join((*entry.rules, *entry.follows))}" if entry.rules or entry.follows else ""
    typer.echo(f"{entry.seq:>7}  {entry.day or ''!s:10}  {entry.actor:24}  {about}{entry.says}{origin}{flags}")
    for step in entry.steps:
        typer.echo(f"{'':47}{step}")
