"""`evidence rebuild SERVICE`: a service's event store out of the ledger alone, compared with the running one."""

import json
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import typer

from chassis.facing.commands import Json
from chassis.facing.service import Service
from contracts.topics import PUBLISHED
from evidence.cli.instruments import Instruments, Stores, fail, ledger_at
from evidence.cli.reading import Copy, copy_at
from evidence.domain.hearing import Heard
from evidence.domain.rebuilding import Comparison, NotEmpty, Rebuilding, StoreAway, StreamHasAGap, compared

Url = Annotated[str, typer.Option(help="postgresql://… of an empty database.")]


def add_rebuild(app: typer.Typer, service: Callable[[], Service[Any]], instruments: Instruments) -> None:
    stores = instruments.stores

    @app.command()
    def rebuild(
        name: Annotated[str, typer.Argument(metavar="SERVICE", help="Whose event store.")],
        database: Url,
        compare: Annotated[str | None, typer.Option(help="postgresql://… of the running service.")] = None,
        ledger: Annotated[str | None, typer.Option(help="Folder or http address of the published ledger.")] = None,
        as_json: Json = False,
    ) -> None:
        """Write a service's event store into an empty database, from the published ledger alone. Then run the service's
        own `migrate` and `views rebuild` on it."""
        if name not in PUBLISHED:
            raise fail(f"{name} publishes nothing; services are {', '.join(PUBLISHED)}", 2)
        where = ledger_at(ledger, service)
        rebuilding = Rebuilding(name)
        with copy_at(where, instruments.published_at(where)) as copy:
            try:
                events = rebuilding.events(copy.leaves(None if as_json else "rebuilding"))
                written = stores.rebuild(database, events, partial(_heard, copy, rebuilding))
                found = _compare(stores, database, compare) if compare else None
            except StreamHasAGap as gap:
                raise fail(f"nothing was written: {gap}") from gap
            except NotEmpty as no:
                raise fail("that database holds events already; nothing was written") from no
            except StoreAway as fault:
                raise fail(f"the database does not answer: {fault}", 2) from fault
        _print(name, written, rebuilding, found, as_json=as_json)
        if found and not found.equal:
            raise typer.Exit(1)


def _heard(copy: Copy, rebuilding: Rebuilding) -> Heard:
    """What the service had heard, once its events are known."""
    rebuilding.heard.look(copy.leaves(), copy.leaves())
    return rebuilding.heard


def _compare(stores: Stores, rebuilt: str, running: str) -> Comparison:
    with stores.stored_in(rebuilt) as ours, stores.stored_in(running) as theirs:
        return compared(ours, theirs)


def _print(name: str, written: int, rebuilding: Rebuilding, found: Comparison | None, *, as_json: bool) -> None:
    if as_json:
        compared_with = found and {"equal": found.equal, "same": found.same, **found.counts, "first": found.first}
        head = {"service": name, "events": written, "streams": len(rebuilding.heads), "left_out": rebuilding.left_out}
        typer.echo(json.dumps({**head, "compared": compared_with}))
        return
    typer.echo(f"{name}: {written:,} events in {len(rebuilding.heads):,} streams, out of the ledger alone")
    for why, count in sorted(rebuilding.left_out.items()):
        typer.echo(f"  left out: {count:,} {why}")
    if found is None:
        return
    counts = ", ".join(f"{count} {kind}" for kind, count in found.counts.items())
    typer.echo(f"  compared with the running store: {found.same:,} the same byte for byte, {counts}")
    for kind, places in found.first.items():
        for place in places:
            typer.echo(f"    {kind}: {place}")
