"""What operators and auditors type at `points`."""

from collections.abc import Callable
from typing import Any

import typer

from casework import add_assess
from chassis.facing.commands import commands
from chassis.facing.service import Service
from points.cli.assess import assess_points


def build_cli(service: Callable[[], Service[Any]]) -> typer.Typer:
    """The commands of points: those of every service, and worked cases."""
    app = commands(service, name="points")
    add_assess(app, {"points": assess_points})
    return app
