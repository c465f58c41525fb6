"""The HTTP face of a service: its routes, and what every service answers beside them: health, metrics, OpenAPI."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, Histogram, generate_latest

from chassis.facing.asking import Who
from chassis.facing.policy import Policy
from chassis.facing.problems import answer_of, speak_problems
from chassis.facing.settings import ServiceSettings
from chassis.facing.tokens import Tokens
from contracts import Refusal

latency = Histogram("http_seconds", "How long requests took", ["service", "method", "route", "status"])


class LengthRequired(Refusal):
    """A body must say its length beforehand, by Content-Length (RFC 9110 15.5.12)."""

    status = 411


@dataclass(eq=False)
class BodyTooLarge(Refusal):
    """The body has more bytes than are taken (RFC 9110 15.5.14)."""

    length: str
    largest: int
    status = 413


def build_app(name: str, *, policy: Policy, routers: Sequence[APIRouter], settings: ServiceSettings) -> FastAPI:
    """The application of a service. Its keeping and its build are handed in later, as `app.state.running` and
    `app.state.build`, once it has started.
    """
    app = FastAPI(title=f"Qizheng {name}", version="1")
    app.state.policy, app.state.tokens = policy, Tokens(settings.jwks, settings.token_audience)
    speak_problems(app)
    for router in routers:
        app.include_router(router)
    _health(app)
    _measure(app, name, settings.largest_body)
    return app


def _health(app: FastAPI) -> None:
    @app.get("/health/live", include_in_schema=False)
    @app.get("/health/startup", include_in_schema=False)
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @app.get("/health/ready", include_in_schema=False)
    async def ready(request: Request) -> Response:
        """Beside it: which build this is, how many events the service has said, and how many of these it has told."""
        running, build = request.app.state.running, request.app.state.build
        if missing := running.missing():
            return JSONResponse({"status": "not ready", "missing": missing, "build": build}, 503)
        return JSONResponse({"status": "ready", "build": build, **await asyncio.to_thread(running.relay.said)})

    @app.get("/health/heard", include_in_schema=False)
    async def heard(_: Who) -> dict[str, str]:
        """Answers once this service has heard what the Consistency-Token speaks of (`Prefer: wait`), or 503."""
        return {"status": "heard"}

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _measure(app: FastAPI, name: str, largest: int) -> None:
    @app.middleware("http")
    async def measured(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        began = perf_counter()
        response = _refused_body(request, largest) or await go_on(request)
        route = getattr(request.scope.get("route"), "path", "(none)")
        latency.labels(name, request.method, route, response.status_code).observe(perf_counter() - began)
        return response


def _refused_body(request: Request, largest: int) -> Response | None:
    """A body may be read whole only if its length is known beforehand, and bounded."""
    length = request.headers.get("content-length", "0")
    if "transfer-encoding" in request.headers:
        return answer_of(LengthRequired())
    if not length.isdigit() or int(length) > largest:
        return answer_of(BodyTooLarge(length, largest))
    return None
