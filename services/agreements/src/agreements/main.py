"""The one place where agreements is put together."""

from agreements.cli import app


def cli() -> None:
    app()
