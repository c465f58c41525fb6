"""What operators type."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer


def build_cli(serve: Callable[[], None]) -> typer.Typer:
    """The one command of the gateway: there is nothing to migrate, to hear or to rebuild."""
    app = typer.Typer(name="gateway", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)

    @app.callback()
    def named() -> None:  # pyright: ignore[reportUnusedFunction]  # without it, typer drops a single command's name
        """One address for the outside."""

    @app.command("serve")
    def serve_(  # pyright: ignore[reportUnusedFunction]  # typer keeps it
        settings: Annotated[Path | None, typer.Option(help="A file of settings, NAME=VALUE a line.")] = None,
    ) -> None:
        """Run the gateway."""
        if settings:
            os.environ["QIZHENG_SETTINGS"] = str(settings)
        serve()

    return app
