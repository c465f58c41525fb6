"""What operators type: each service has these commands, and its own beside them."""

import asyncio
import json
import os
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, LiteralString

import typer
from eventsourcing.persistence import PersistenceError
from rich.console import Console
from rich.table import Table

from chassis.facing.service import S, Service
from chassis.keeping.letters import PARKED, Letters, NoSuchLetter
from chassis.keeping.rebuilding import rebuild_views
from chassis.keeping.running import Running
from contracts import Refusal

Json = Annotated[bool, typer.Option("--json", help="For machines.")]
Operator = Annotated[str, typer.Option(help="Who does this.", envvar="USER")]
Reason = Annotated[str, typer.Option(help="Why.")]
FAILING: LiteralString = (
    "select 'deadline' as kind, name, key, parked as reason from deadlines where parked is not null"
    " union all select 'errand', name, event::text, failure from errands where failure is not null order by 1, 2, 3"
)
TRIED_AGAIN: LiteralString = (
    "with due as (update deadlines set parked = null where parked is not null and (name, key) = (%s, %s) returning 1)"
    ", errand as (update errands set next_try = now() where (name, event::text) = (%s, %s) returning 1)"
    " select from due union all select from errand"
)


@dataclass(eq=False)
class NothingThere(Refusal):
    """Nothing here is of this name: no parked deadline, no failed errand, no topic that was heard."""

    asked: str


@contextmanager
def _one_sentence(name: str) -> Generator[None]:
    """Lets a failure be one sentence and a non-zero exit."""
    try:
        yield
    except Refusal as no:
        typer.echo(f"{name}: {type(no).__name__}: {(type(no).__doc__ or '').splitlines()[0]} {vars(no)}", err=True)
        raise typer.Exit(1) from no
    except PersistenceError as fault:
        typer.echo(f"{name}: the database does not answer: {str(fault).splitlines()[0]}", err=True)
        raise typer.Exit(2) from fault


def at_work(service: Service[S], act: Callable[[Running], Any]) -> Any:
    """Runs one act with the service's committer, beside the service itself; the database's lock keeps them in order."""

    async def run() -> Any:
        running = service.running()
        running.committer.start()
        try:
            return await asyncio.to_thread(act, running)
        finally:
            await asyncio.to_thread(running.committer.stop)
            service.store.close()

    with _one_sentence(service.house.name):
        return asyncio.run(run())


def _rows(
    service: Service[S], sql: LiteralString, *values: object, none: Refusal | None = None
) -> list[dict[str, Any]]:
    with _one_sentence(service.house.name), closing(service.store) as store:
        rows = store.rows(sql, *values)
        if none and not rows:
            raise none
    return rows


def _tell(rows: Sequence[Mapping[str, Any]], as_json: bool, otherwise: str) -> None:
    if as_json:
        typer.echo(json.dumps(rows, default=str, ensure_ascii=False))
    elif rows:
        table = Table(*rows[0])
        for row in rows:
            table.add_row(*map(str, row.values()))
        Console().print(table)
    else:
        typer.echo(otherwise)


def commands(service: Callable[[], Service[Any]], *, name: str) -> typer.Typer:
    """The commands of a service. `service` makes it when a command needs it."""
    app = typer.Typer(name=name, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)

    @app.command()
    def serve(
        settings: Annotated[Path | None, typer.Option(help="A file of settings, NAME=VALUE a line.")] = None,
    ) -> None:
        """Run the service."""
        if settings:
            os.environ["QIZHENG_SETTINGS"] = str(settings)
        service().serve()

    @app.command()
    def migrate() -> None:
        """Bring the service's database to this version."""
        with _one_sentence(name):
            service().migrate()

    app.add_typer(_letters(service), name="dead-letters", help="What could not be heard, and is parked.")
    app.add_typer(_duties(service), name="duties", help="What the service does of itself, and failed at.")
    app.add_typer(_consumer(service), name="consumer", help="Pause and resume hearing.")
    views = typer.Typer(no_args_is_help=True, help="What the service answers queries from.")
    app.add_typer(views, name="views")

    @views.command()
    def rebuild() -> None:
        """Fill all views anew, from the service's own events and the topics that it hears."""
        made = service()

        async def run() -> int:
            return await rebuild_views(made.running().hearing, made.store, made.settings.kafka)

        with _one_sentence(name):
            typer.echo(f"{asyncio.run(run())} events applied")

    return app


def _letters(service: Callable[[], Service[Any]]) -> typer.Typer:
    app = typer.Typer(no_args_is_help=True)

    def letters(act: Callable[[Letters], Any]) -> Any:
        made = service()
        return at_work(made, lambda running: act(Letters(running.hearing, running.committer, *made.letters)))

    @app.command("list")
    def list_(as_json: Json = False) -> None:
        """What is parked, oldest first."""
        _tell(_rows(service(), PARKED), as_json, "nothing is parked")

    @app.command()
    def show(letter: int) -> None:
        """One parked message, with its bytes."""
        (row,) = _rows(
            service(), "select * from inbox_parked where letter = %s", letter, none=NoSuchLetter(str(letter))
        )
        raw = bytes(row.pop("raw") or b"").decode(errors="backslashreplace")
        typer.echo(json.dumps({**row, "raw": raw}, default=str, ensure_ascii=False, indent=2))

    @app.command()
    def retry(key: str, reason: Reason, operator: Operator = "operator") -> None:
        """Hear the parked messages of a key again, in order."""
        typer.echo(f"{letters(lambda held: held.retry(key, operator=operator, reason=reason))} heard")

    @app.command()
    def discard(letter: int, reason: Reason, operator: Operator = "operator") -> None:
        """Give one message up; those behind it are heard."""
        typer.echo(f"{letters(lambda held: held.discard(letter, operator=operator, reason=reason))} heard behind it")

    return app


def _duties(service: Callable[[], Service[Any]]) -> typer.Typer:
    app = typer.Typer(no_args_is_help=True)

    @app.command("list")
    def list_(as_json: Json = False) -> None:
        """Deadlines that were parked, and errands that have failed so far and are tried again, with why."""
        _tell(_rows(service(), FAILING), as_json, "nothing has failed")

    @app.command()
    def retry(name: str, key: str) -> None:
        """Let a parked deadline fire, or an errand be tried, within a second. The key of an errand is its event's id."""
        _rows(service(), TRIED_AGAIN, name, key, name, key, none=NothingThere(f"{name} {key}"))

    return app


def _consumer(service: Callable[[], Service[Any]]) -> typer.Typer:
    app = typer.Typer(no_args_is_help=True)

    @app.command()
    def pause() -> None:
        """Stop hearing within a second; what is committed stays."""
        _rows(service(), "update consumer_switch set paused = true returning paused")

    @app.command()
    def resume() -> None:
        """Go on hearing within a second."""
        _rows(service(), "update consumer_switch set paused = false returning paused")

    @app.command()
    def new_incarnation(topic: str) -> None:
        """Say that a topic was made anew under its name: its offsets are read from the start. Restart the service then."""
        begun = _rows(
            service(),
            "insert into inbox_positions (topic, incarnation, partition, next_offset)"
            " select topic, max(incarnation) + 1, partition, 0 from inbox_positions where topic = %s"
            " group by topic, partition returning topic",
            topic,
            none=NothingThere(topic),
        )
        typer.echo(f"{len(begun)} partitions are read from their start")

    return app
