"""What operators and auditors type at `points`."""

from collections.abc import Callable, Mapping
from typing import Any

import typer

from casework import add_assess
from casework.recomputing import add_recompute
from chassis.facing.commands import commands
from chassis.facing.service import Service
from contracts.envelope import Fact
from contracts.points import PointsAwarded, PointsReversed, PointsYearAssessed, PointsYearClosed
from contracts.topics import KNOWN
from points.cli.assess import assess_points
from points.domain.recomputing import recomputed

FIGURES: Mapping[type[Fact], str] = {
    PointsAwarded: "points",
    PointsReversed: "points",
    PointsYearAssessed: "points",
    PointsYearClosed: "population",
}


def build_cli(service: Callable[[], Service[Any]]) -> typer.Typer:
    """The commands of points: those of every service, worked cases, and figures recomputed."""
    app = commands(service, name="points")
    add_assess(app, {"points": assess_points})
    add_recompute(app, "points", KNOWN, recomputed, FIGURES)
    return app
