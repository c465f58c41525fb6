"""What operators of people type."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import typer

from chassis.facing.commands import at_work, commands
from chassis.facing.service import Service
from chassis.keeping.work import begun_by
from people import handlers


def build_cli(service: Callable[[], Service[Any]]) -> typer.Typer:
    """The commands of people: those of every service, and opening days."""
    app = commands(service, name="people")

    @app.command()
    def open_days(
        until: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"])],
        since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    ) -> None:
        """Open each day of the company up to UNTIL (the first ever is SINCE)."""
        handler = partial(handlers.open_days, until=until.date(), since=since.date() if since else None)
        version = at_work(service(), lambda running: running.committer.commit(begun_by("user:operator"), handler))
        typer.echo(f"the days up to {until:%Y-%m-%d} are open; the company's stream is at version {version}")

    return app
