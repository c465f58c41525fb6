"""Commands that change what the ledger goes by: the keys of the services, and topics that were made anew."""

import time
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import typer

from chassis.facing.commands import at_work
from chassis.facing.service import Service
from chassis.keeping.running import Running
from chassis.keeping.signing import signer
from chassis.keeping.work import begun_by
from contracts.topics import PUBLISHED, events_topic
from evidence.cli.instruments import fail
from evidence.domain.keys import RegisterKey
from evidence.handlers.keys import raise_incarnation, register_keys
from evidence.views.ledger import knows_keys

SEALED_WITHIN = 30.0  # seconds
OPERATOR = "user:operator"


def keys(service: Callable[[], Service[Any]]) -> typer.Typer:
    app = typer.Typer(no_args_is_help=True)

    @app.callback()
    def group() -> None:
        """Whose key speaks for which service."""

    @app.command()
    def register(
        services: Annotated[list[str], typer.Argument(help="Names of services; evidence itself comes first.")],
        wait: Annotated[bool, typer.Option("--wait", help="Return only when the registrations are sealed.")] = False,
    ) -> None:
        """Register the public key of each service; a service that has no key yet is given one. Again is harmless."""
        if unknown := [name for name in services if name not in PUBLISHED]:
            raise fail(f"{', '.join(unknown)} publishes nothing; services are {', '.join(PUBLISHED)}")
        made = service()
        asked = [RegisterKey(name, signer(name, made.settings.keys).public) for name in services]

        def act(running: Running) -> bool:
            running.committer.commit(begun_by(OPERATOR), partial(register_keys, asked=asked))
            return not wait or _are_sealed(running, [command.key_id for command in asked])

        if not at_work(made, act):
            raise fail(f"the keys were not sealed within {SEALED_WITHIN:.0f} s; does the service of evidence run?")
        for command in asked:
            typer.echo(command.key_id)

    return app


def _are_sealed(running: Running, wanted: list[str]) -> bool:
    until = time.monotonic() + SEALED_WITHIN
    while not knows_keys(running.store, wanted):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def incarnations(service: Callable[[], Service[Any]]) -> typer.Typer:
    app = typer.Typer(no_args_is_help=True)

    @app.callback()
    def group() -> None:
        """Topics that were made anew."""

    @app.command("raise")
    def raise_(topic: str, reason: Annotated[str, typer.Option(help="Why.")]) -> None:
        """Say that a topic was made anew under its name: its offsets start again. Restart the service then."""
        if topic not in (ours := [events_topic(name) for name in PUBLISHED]):
            raise fail(f"{topic} is no topic of events; they are {', '.join(ours)}")
        handler = partial(raise_incarnation, topic=topic, reason=reason)
        now = at_work(service(), lambda running: running.committer.commit(begun_by(OPERATOR), handler))
        typer.echo(f"{topic} is in its incarnation {now}")

    return app
