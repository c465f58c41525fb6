"""A service put together: what `main` hands in, and the process, the application and the commands that come of it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

import structlog
import typer
from fastapi import APIRouter, FastAPI

from chassis.facing.build import build_of
from chassis.facing.http import build_app
from chassis.facing.logging import configure_logging
from chassis.facing.policy import Policy
from chassis.facing.serving import serve_until_told
from chassis.facing.settings import ServiceSettings
from chassis.keeping.running import Duties, Running
from chassis.keeping.signing import signer
from chassis.keeping.store import Store
from chassis.keeping.work import House
from contracts.operations import DeadLetterHandled

log = structlog.get_logger()
S = TypeVar("S", bound=ServiceSettings)
OUT_OF_SERVICE = 0.5  # seconds between "not ready" and the end of listening, on a graceful stop


@dataclass(frozen=True)
class Service(Generic[S]):
    """Everything that makes one service. `routers` and `duties` may depend on its settings, so they are made late."""

    package: str
    house: House
    settings: S
    policy: Policy
    letters: tuple[type[DeadLetterHandled], type[DeadLetterHandled]]
    routers: Sequence[APIRouter] = ()
    duties: Duties = field(default_factory=Duties)
    beside: Callable[[Running], object] | None = None

    @cached_property
    def store(self) -> Store:
        return Store(self.settings.database_url)

    def migrate(self) -> None:
        """Brings the service's database to this version."""
        self.store.migrate(self.package)

    async def start(self) -> Running:
        """Migrates, and starts everything that the service does of itself."""
        await asyncio.to_thread(self.migrate)
        running = self.running()
        await running.start()
        if self.beside:
            self.beside(running)
        log.info("started", kafka=self.settings.kafka)
        return running

    def running(self) -> Running:
        key = signer(self.house.name, self.settings.keys)
        return Running(self.house, self.duties, self.store, key, self.settings.kafka)

    def app(self) -> FastAPI:
        return build_app(self.house.name, policy=self.policy, routers=self.routers, settings=self.settings)

    def serve(self) -> None:
        """Runs the service until SIGTERM or SIGINT, then finishes what it has begun."""
        configure_logging(self.house.name, self.settings.log_level)
        try:
            asyncio.run(self._serve())
        except OSError as fault:
            typer.echo(f"{self.house.name}: cannot listen on port {self.settings.port}: {fault}", err=True)
            raise typer.Exit(1) from fault

    async def _serve(self) -> None:
        app, running = self.app(), await self.start()
        app.state.running, app.state.build = running, build_of(self.package)

        async def leave() -> None:
            running.out_of_service = True
            await asyncio.sleep(OUT_OF_SERVICE)  # who asks for readiness sees it and stays away

        await serve_until_told(app, self.settings.host, self.settings.port, ending=leave)
        await running.stop()
        log.info("stopped")
