"""`evidence dossier`: what leaves the house in a case, for an operator without HTTP."""

import json
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from chassis.facing.commands import Json, at_work
from chassis.facing.service import Service
from chassis.keeping.running import Running
from chassis.keeping.work import begun_by
from evidence.cli.conducting import Case, Operator
from evidence.cli.instruments import Instruments, fail
from evidence.domain.case import NoteHandOver, RequestDossier
from evidence.handlers import cases as handlers
from evidence.handlers.dossiers import Dossiers, Made, NotStampedYet
from evidence.views import cases as view

STAMPED_WITHIN = 60.0  # seconds


def add_dossier(app: typer.Typer, service: Callable[[], Service[Any]], instruments: Instruments) -> None:
    @app.command()
    def dossier(
        case: Case,
        into: Annotated[Path, typer.Option(help="The ZIP to write.")],
        recipient: Annotated[str | None, typer.Option(help="Whom it is for; asks for a new one.")] = None,
        purpose: Annotated[str | None, typer.Option(help="What it is for.")] = None,
        request: Annotated[UUID | None, typer.Option(help="Export again what was asked for before.")] = None,
        operator: Operator = "operator",
        as_json: Json = False,
    ) -> None:
        """Hand over the dossier of a case: ask for it, wait for its time stamp, note that it leaves, and write it."""
        if (request is None) == (recipient is None or purpose is None):
            raise fail("a dossier has --recipient and --purpose, or the --request of one that was asked for before", 2)
        made = service()
        dossiers = instruments.dossiers(made.settings)

        def act(running: Running) -> tuple[UUID, Made]:
            def do(handler: Callable[..., Any]) -> Any:
                return running.committer.commit(begun_by(f"user:{operator}"), partial(handler, stream=case))

            wanted = request or UUID(do(partial(handlers.request_dossier, asked=_wanted(recipient, purpose))))
            found = _once_stamped(running, dossiers, case, wanted)
            noted = NoteHandOver(str(wanted), found.size, found.root, found.sha256, found.sm3)
            do(partial(handlers.note_hand_over, asked=noted))
            return wanted, found

        wanted, found = at_work(made, act)
        # If we stop here, a hand-over is noted of something that never arrived; never the other way round.
        try:
            with found.content, into.open("wb") as file:
                shutil.copyfileobj(found.content, file)
        except OSError as fault:
            raise fail(f"{into} cannot be written: {fault.strerror}", 2) from fault
        if as_json:
            told = {"request": str(wanted), "size": found.size, "root": found.root, "sha256": found.sha256}
            typer.echo(json.dumps({**told, "sm3": found.sm3, "file": str(into)}, ensure_ascii=False))
        else:
            typer.echo(
                f"{into}: over {found.size:,} records, asked for as {wanted}\nSHA-256 {found.sha256}\nSM3 {found.sm3}"
            )


def _wanted(recipient: str | None, purpose: str | None) -> RequestDossier:
    return RequestDossier(recipient or "", purpose or "")


def _once_stamped(running: Running, dossiers: Dossiers, case: UUID, request: UUID) -> Made:
    """The dossier, as soon as the service of evidence has had its checkpoint stamped."""
    until = time.monotonic() + STAMPED_WITHIN
    while True:
        try:
            return dossiers.of_case(running.store, str(case), request)
        except NotStampedYet as no:
            if view.request_row(running.store, str(case), request) is None:
                raise fail(f"no dossier of the case {case} was asked for as {request}") from no
            if time.monotonic() > until:
                again = f"export it later with --request {request}"
                raise fail(f"its checkpoint was not stamped within {STAMPED_WITHIN:.0f} s; {again}") from no
            time.sleep(0.2)
