"""What operators and auditors of agreements type."""

import typer

from agreements.cli.assess import CATEGORIES
from chassis.facing.assess import add_assess

app = typer.Typer(help="Training agreements: who promised what, and what leaving costs.", no_args_is_help=True)
add_assess(app, CATEGORIES)
