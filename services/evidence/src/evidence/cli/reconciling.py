"""`evidence reconcile`: what the brokers hold and what the services say they have said, against what is sealed."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

import typer

from chassis.facing.commands import Json, at_work
from chassis.facing.service import Service
from chassis.keeping.running import Running
from contracts.topics import PUBLISHED
from evidence.cli.instruments import Ask, Instruments, fail
from evidence.domain.completeness import Look, Said


def add_reconcile(app: typer.Typer, service: Callable[[], Service[Any]], instruments: Instruments) -> None:
    @app.command()
    def reconcile(
        counts: Annotated[
            str,
            typer.Option(
                help="What services say they have said: people=1234,agreements=56. Else those known are asked."
            ),
        ] = "",
        as_json: Json = False,
    ) -> None:
        """Compare the ledger with the topics' ends and with each service's own count of its events."""
        given = _counts(counts)
        made = service()

        async def said() -> dict[str, Said]:
            return given

        def act(running: Running) -> Look:
            services = instruments.services_at({n: a for n, a in made.settings.services.items() if n in PUBLISHED})
            ask = said if given else instruments.asking(services, running.relay.said)
            return asyncio.run(found(running, ask))

        async def found(running: Running, ask: Ask) -> Look:
            return await instruments.look(running.store, made.settings.kafka, ask)

        try:
            looked: Look = at_work(made, act)
        except ConnectionError as fault:
            raise fail(str(fault), 2) from fault
        _print(looked, as_json=as_json)
        if not looked.complete:
            raise typer.Exit(1)


def _counts(text: str) -> dict[str, Said]:
    pairs = [pair.partition("=") for pair in text.split(",") if pair]
    if wrong := [name for name, _, count in pairs if name not in PUBLISHED or not count.isdigit()]:
        raise fail(f"a count is SERVICE=NUMBER; this is none: {wrong[0]}")
    return {name: Said(int(count), int(count)) for name, _, count in pairs}


def _print(look: Look, *, as_json: bool) -> None:
    if as_json:
        rows = [{**asdict(each), "complete": each.complete} for each in look.topics]
        typer.echo(json.dumps({"size": look.size, "complete": look.complete, "topics": rows}))
        return
    for each in look.topics:
        said = "" if each.said is None else f", of which its service says {each.said}"
        typer.echo(f"{each.topic:26} {each.sealed:>9,} records, {each.events:,} events{said}")
        for clause in each.wanting():
            typer.echo(f"{'':26} {clause}")
    complete = f"complete up to record {look.size - 1}"
    typer.echo(complete if look.complete else f"not complete: {look.size} records are sealed")
