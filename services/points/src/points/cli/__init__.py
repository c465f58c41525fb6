"""What operators and auditors type at `points`."""

import typer

from chassis.facing.assess import add_assess
from points.cli.assess import assess_points

app = typer.Typer(help="What learning is worth.", no_args_is_help=True)
add_assess(app, {"points": assess_points})
