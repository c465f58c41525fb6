"""Where the service is put together."""

from points.cli import app


def cli() -> None:
    app()
