"""Where the service is put together."""

from payroll_bridge.cli import app


def cli() -> None:
    app()
