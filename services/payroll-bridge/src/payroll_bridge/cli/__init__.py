"""What operators and auditors type at `payroll-bridge`."""

from collections.abc import Callable
from typing import Any

import typer

from casework import add_assess
from chassis.facing.commands import commands
from chassis.facing.service import Service
from payroll_bridge.cli.assess import assess_payroll


def build_cli(service: Callable[[], Service[Any]]) -> typer.Typer:
    """The commands of payroll-bridge: those of every service, and the answers to worked cases."""
    app = commands(service, name="payroll-bridge")
    add_assess(app, {"payroll": assess_payroll})
    return app
