"""The gateway, put together."""

import asyncio

import structlog
import typer
from fastapi import FastAPI

from chassis.facing.build import build_of
from chassis.facing.logging import configure_logging
from chassis.facing.serving import serve_until_told
from chassis.facing.tokens import Tokens
from gateway.adapters.services import HttpServices
from gateway.cli import build_cli
from gateway.http import build_app
from gateway.settings import Settings

log = structlog.get_logger()


def app_of(settings: Settings, services: HttpServices) -> FastAPI:
    tokens = Tokens(settings.jwks, settings.token_audience)
    return build_app(
        services,
        tokens,
        largest_body=settings.largest_body,
        page_patience=settings.page_patience,
        build=build_of("gateway"),
    )


async def _serve(settings: Settings) -> None:
    services = HttpServices(settings.services, settings.patience)
    log.info("started", services=settings.services)
    await serve_until_told(app_of(settings, services), settings.host, settings.port)
    await services.close()
    log.info("stopped")


def serve() -> None:
    """Runs the gateway until SIGTERM or SIGINT, then finishes what it has begun."""
    settings = Settings.of("gateway")
    configure_logging("gateway", settings.log_level)
    try:
        asyncio.run(_serve(settings))
    except OSError as fault:
        typer.echo(f"gateway: cannot listen on port {settings.port}: {fault}", err=True)
        raise typer.Exit(1) from fault


cli = build_cli(serve)
