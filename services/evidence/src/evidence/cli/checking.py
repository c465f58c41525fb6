"""`evidence self-check`: the ledger verified, everyone asked how they are, and the outcome recorded as an event."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import typer

from chassis.facing.build import build_of
from chassis.facing.commands import at_work
from chassis.facing.service import Service
from chassis.keeping.running import Running
from chassis.keeping.work import begun_by
from evidence.cli.instruments import Instruments, fail
from evidence.cli.registering import OPERATOR
from evidence.domain.self_checks import NotVerified, RecordSelfCheck
from evidence.handlers.self_checks import record_self_check


def add_self_check(app: typer.Typer, service: Callable[[], Service[Any]], instruments: Instruments) -> None:
    @app.command("self-check")
    def self_check() -> None:
        """Verify the published ledger, ask every service for its health and build, and record what was found."""
        made = service()
        services = instruments.services_at(made.settings.services)

        async def check(running: Running) -> RecordSelfCheck:
            return await instruments.self_check(running.store, services, build_of(made.package))

        def act(running: Running) -> RecordSelfCheck:
            command = asyncio.run(check(running))
            running.committer.commit(begun_by(OPERATOR), partial(record_self_check, command=command))
            return command

        try:
            done: RecordSelfCheck = at_work(made, act)
        except NotVerified as fault:
            raise fail(f"nothing was recorded: {fault}", 2) from fault
        _print(done)
        if done.verified.findings:
            raise typer.Exit(1)


def _print(done: RecordSelfCheck) -> None:
    verified = done.verified
    typer.echo(
        f"{verified.size - verified.since:,} of {verified.size:,} records verified, {verified.findings} findings"
    )
    for name, answer in sorted(done.services.items()):
        typer.echo(f"  {name:15} {answer.health}{f', build {answer.build[:12]}' if answer.build else ''}")
    if done.clock:
        typer.echo(f"  our clock was {done.clock.offset} ms ahead of {done.clock.authority}")
