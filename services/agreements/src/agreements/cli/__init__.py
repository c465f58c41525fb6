"""What operators and auditors of agreements type."""

from collections.abc import Callable, Mapping
from typing import Any

import typer

from agreements.cli.assess import CATEGORIES
from agreements.domain.recomputing import recomputed
from casework import add_assess
from casework.recomputing import add_recompute
from chassis.facing.commands import commands
from chassis.facing.service import Service
from contracts.agreements import DamagesAssessed, DamagesReversed
from contracts.envelope import Fact
from contracts.topics import KNOWN

FIGURES: Mapping[type[Fact], str] = {DamagesAssessed: "amount", DamagesReversed: "amount"}


def build_cli(service: Callable[[], Service[Any]]) -> typer.Typer:
    """The commands of agreements: those of every service, and `assess` and `recompute`, which need neither settings
    nor database."""
    app = commands(service, name="agreements")
    add_assess(app, CATEGORIES)
    add_recompute(app, "agreements", KNOWN, recomputed, FIGURES)
    return app
