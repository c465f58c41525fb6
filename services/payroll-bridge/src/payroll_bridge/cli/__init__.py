"""What operators and auditors type at `payroll-bridge`."""

import typer

from chassis.facing.assess import add_assess
from payroll_bridge.cli.assess import assess_payroll

app = typer.Typer(help="What must reach payroll, exactly once.", no_args_is_help=True)
add_assess(app, {"payroll": assess_payroll})
