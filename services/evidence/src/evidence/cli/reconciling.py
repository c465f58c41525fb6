"""`evidence reconcile`: what the brokers hold and what the services say they have said, against what is sealed."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from chassis.facing.commands import Json, at_work
from chassis.facing.service import Service
from chassis.keeping.listening import ends_of
from chassis.keeping.running import Running
from contracts.topics import PUBLISHED, events_topic
from evidence.cli.instruments import fail
from evidence.domain.completeness import TopicStanding, reconciled
from evidence.views import ledger
from evidence.views.topics_made_anew import made_anew


def add_reconcile(app: typer.Typer, service: Callable[[], Service[Any]]) -> None:
    @app.command()
    def reconcile(
        counts: Annotated[str, typer.Option(help="What services say they have said: people=1234,agreements=56.")] = "",
        as_json: Json = False,
    ) -> None:
        """Compare the ledger with the topics' ends and, where given, with each service's own count of its events."""
        said = _counts(counts)
        made = service()
        topics = {name: events_topic(name) for name in PUBLISHED}
        try:
            ends = asyncio.run(ends_of(made.settings.kafka, topics.values()))
        except ConnectionError as fault:
            raise fail(str(fault), 2) from fault

        def look(running: Running) -> tuple[int, tuple[TopicStanding, ...]]:
            asked = running.store
            sealed = ledger.sealed_positions(asked, made_anew(asked))
            return ledger.end(asked)["size"], reconciled(topics, ends, sealed, ledger.counts(asked), said)

        size, found = at_work(made, look)
        _print(size, found, as_json=as_json)
        if not all(each.complete for each in found):
            raise typer.Exit(1)


def _counts(text: str) -> dict[str, int]:
    pairs = [pair.partition("=") for pair in text.split(",") if pair]
    if wrong := [name for name, _, count in pairs if name not in PUBLISHED or not count.isdigit()]:
        raise fail(f"a count is SERVICE=NUMBER; this is none: {wrong[0]}")
    return {name: int(count) for name, _, count in pairs}


def _print(size: int, found: Sequence[TopicStanding], *, as_json: bool) -> None:
    complete = all(each.complete for each in found)
    if as_json:
        rows = [{**asdict(each), "complete": each.complete} for each in found]
        typer.echo(json.dumps({"size": size, "complete": complete, "topics": rows}))
        return
    for each in found:
        said = "" if each.said is None else f", of which its service says {each.said}"
        wait = f", {each.behind} wait to be sealed" if each.behind else ""
        gone = f", {each.beyond} are sealed that the topic has no more" if each.beyond else ""
        typer.echo(f"{each.topic:26} {each.sealed:>9,} records, {each.events:,} events{said}{wait}{gone}")
    typer.echo(f"complete up to record {size - 1}" if complete else f"not complete: {size} records are sealed")
