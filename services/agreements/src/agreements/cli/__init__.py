"""What operators and auditors of agreements type."""

from collections.abc import Callable
from typing import Any

import typer

from agreements.cli.assess import CATEGORIES
from casework import add_assess
from chassis.facing.commands import commands
from chassis.facing.service import Service


def build_cli(service: Callable[[], Service[Any]]) -> typer.Typer:
    """The commands of agreements: those of every service, and `assess`, which needs neither settings nor database."""
    app = commands(service, name="agreements")
    add_assess(app, CATEGORIES)
    return app
