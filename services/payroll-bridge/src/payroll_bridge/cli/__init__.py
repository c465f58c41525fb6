"""What operators and auditors type at `payroll-bridge`."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any

import typer

from casework import add_assess
from casework.recomputing import AsJson, answer_events
from chassis.facing.commands import commands
from chassis.facing.service import Service
from chassis.keeping.sealing import Keyring
from contracts import Refusal
from contracts.envelope import Fact
from contracts.payroll_bridge import AdjustmentProposed, AdjustmentWithdrawn, DamagesDeducted, PayrollClosed
from contracts.topics import KNOWN
from payroll_bridge.cli.assess import assess_payroll
from payroll_bridge.domain.pay import MonthsPay
from payroll_bridge.domain.recomputing import recomputed
from payroll_bridge.domain.wage import SealedWage
from payroll_bridge.handlers.keeping import opened

FIGURES: Mapping[type[Fact], str] = {
    AdjustmentProposed: "amount",
    AdjustmentWithdrawn: "period",
    DamagesDeducted: "amount",
    PayrollClosed: "paid",
}


def build_cli(service: Callable[[], Service[Any]], keyring: Callable[[], Keyring]) -> typer.Typer:
    """The commands of payroll-bridge: those of every service, the answers to worked cases, and figures recomputed.
    `keyring` is asked only where wages are to be opened."""
    app = commands(service, name="payroll-bridge")
    add_assess(app, {"payroll": assess_payroll})

    @app.command()
    def recompute(  # pyright: ignore[reportUnusedFunction]  # typer keeps it
        open_wages: Annotated[bool, typer.Option("--open-wages", help="Ask people for the keys of wages.")] = False,
        as_json: AsJson = False,
    ) -> None:
        """Recompute the figures of the events on standard input, one a line in the ledger's order, by today's rules."""
        opening = partial(_opened, keyring()) if open_wages else None
        rules = partial(recomputed, open_wages=opening)
        try:
            answer_events("payroll-bridge", KNOWN, rules, FIGURES, as_json=as_json)
        except Refusal as no:
            typer.echo(f"payroll-bridge: {type(no).__name__}: {(type(no).__doc__ or '').splitlines()[0]}", err=True)
            raise typer.Exit(2) from no

    return app


def _opened(keyring: Keyring, sealed: Mapping[str, SealedWage]) -> dict[str, MonthsPay | None]:
    return {who: wage.pay for who, wage in opened(sealed, keyring.keys(sealed)).items()}
