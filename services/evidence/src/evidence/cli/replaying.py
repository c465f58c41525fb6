"""`evidence replay`: one person's story, line by line, out of the published ledger and in its order."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer

from chassis.facing.commands import Json
from chassis.facing.service import Service
from evidence.cli.instruments import Instruments, fail, ledger_at
from evidence.domain.notes import NotANote, parse_checkpoint, parse_note
from evidence.domain.story import Entry, story_of
from evidence.domain.tiles import NotATile


def add_replay(app: typer.Typer, service: Callable[[], Service[Any]], instruments: Instruments) -> None:
    @app.command()
    def replay(
        subject: Annotated[str, typer.Option(help="Whose story: an employee, such as E1001.")],
        until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day to tell of.")] = None,
        ledger: Annotated[str | None, typer.Option(help="Folder or http address of the published ledger.")] = None,
        as_json: Json = False,
    ) -> None:
        """Tell one person's story as the ledger has it. It believes the files; `verify` checks them."""
        where = ledger_at(ledger, service)
        published = instruments.published_at(where)
        try:
            note = published.checkpoint()
            if note is None:
                raise fail(f"there is no ledger at {where}", 2)
            size = parse_checkpoint(parse_note(note).text).size
            story = list(story_of(subject, published.leaves(size), until.date() if until else None))
        except (OSError, NotANote, NotATile) as fault:
            raise fail(f"the ledger at {where} cannot be read: {fault}", 2) from fault
        if as_json:
            typer.echo(json.dumps([asdict(entry) for entry in story], default=str, ensure_ascii=False))
            return
        if not story:
            raise fail(f"the ledger tells nothing about {subject}")
        for entry in story:
            _print(entry)


def _print(entry: Entry) -> None:
    flags = f" 〔{','.join(entry.flags)}〕" if entry.flags else ""
    typer.echo(f"{entry.seq:>7}  {entry.day or ''!s:10}  {entry.actor:24}  {entry.says}{flags}")
    for step in entry.steps:
        typer.echo(f"{'':47}{step}")
