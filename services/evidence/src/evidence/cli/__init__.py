"""What operators and auditors type."""

from collections.abc import Callable
from typing import Any

import typer

from chassis.facing.commands import commands
from chassis.facing.service import Service
from evidence.cli.archiving import add_archive
from evidence.cli.checking import add_self_check
from evidence.cli.conducting import cases
from evidence.cli.exporting import add_dossier
from evidence.cli.instruments import Instruments
from evidence.cli.proving import add_prove
from evidence.cli.rebuilding import add_rebuild
from evidence.cli.reconciling import add_reconcile
from evidence.cli.registering import incarnations, keys
from evidence.cli.replaying import add_replay
from evidence.cli.restoring import add_restore
from evidence.cli.stamping import add_stamps
from evidence.cli.verifying import add_verify
from evidence.cli.witnessing import add_witness

__all__ = ["Instruments", "build_cli"]


def build_cli(service: Callable[[], Service[Any]], instruments: Instruments) -> typer.Typer:
    """The commands of evidence: those of every service, and its own."""
    app = commands(service, name="evidence")
    app.add_typer(keys(service), name="keys", help="Whose key speaks for which service.")
    app.add_typer(incarnations(service), name="incarnations", help="Topics that were made anew.")
    app.add_typer(cases(service), name="cases", help="Disputes that the record is kept together for.")
    add_dossier(app, service, instruments)
    add_verify(app, service, instruments)
    add_prove(app, service, instruments)
    add_replay(app, service, instruments)
    add_rebuild(app, service, instruments)
    add_reconcile(app, service, instruments)
    add_self_check(app, service, instruments)
    add_stamps(app, service, instruments)
    add_witness(app, instruments)
    add_archive(app, service, instruments)
    add_restore(app, service, instruments)
    return app
