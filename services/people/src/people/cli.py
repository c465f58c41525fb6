"""What operators of people type."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

from chassis.facing.commands import at_work, commands
from chassis.facing.service import Service
from chassis.keeping.work import Work, begun_by
from people import handlers


class Vault(Protocol):
    """Where the data keys of persons are kept, under one key-encryption key."""

    def rewrap(self, work: Work, under: Any) -> int: ...


def build_cli(service: Callable[[], Service[Any]], vault_at: Callable[[Path], Vault]) -> typer.Typer:
    """The commands of people: those of every service, opening days, and changing the key-encryption key."""
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

    @app.command()
    def rewrap(to: Annotated[Path, typer.Argument(dir_okay=False)]) -> None:
        """Wrap every data key under the key-encryption key in TO, which is made if it is not there.

        Stop people first, and start it with QIZHENG_KEY_ENCRYPTION_KEY=TO; what is sealed stays as it is.
        """
        people = service()
        vault = vault_at(people.settings.key_encryption_key)
        handler = partial(vault.rewrap, under=vault_at(to))
        count = at_work(people, lambda running: running.committer.commit(begun_by("user:operator"), handler))
        typer.echo(f"{count} data keys are under the key in {to}; start people with QIZHENG_KEY_ENCRYPTION_KEY={to}")

    return app
