"""The HTTP face of the gateway: one passage to every service, joined views, and what it says of itself."""

import asyncio

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.routing import Route

from chassis.facing.problems import speak_problems
from chassis.facing.tokens import Tokens
from gateway.http.employee_file import employee_file
from gateway.http.passage import Passage, Services


def build_app(services: Services, tokens: Tokens, *, largest_body: int, page_patience: float, build: str) -> FastAPI:
    """The application. What a service sends back passes through as it comes, however large it is."""
    app = FastAPI(title="Qizheng gateway", version="1")
    speak_problems(app)
    app.router.routes.append(Route("/api/{service}/{path:path}", Passage(services, tokens, largest_body)))
    app.include_router(employee_file(services, tokens, page_patience))
    _tell_of_itself(app, services, build)
    return app


def _tell_of_itself(app: FastAPI, services: Services, build: str) -> None:
    seen: set[str] = set()

    @app.get("/openapi")
    async def openapi_addresses() -> dict[str, str]:
        """Where the OpenAPI document of each service is; a token is needed to read it."""
        return {name: f"/api/{name}/openapi.json" for name in services.names}

    @app.get("/health/live", include_in_schema=False)
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @app.get("/health/startup", include_in_schema=False)
    @app.get("/health/ready", include_in_schema=False)
    async def ready() -> Response:
        """Ready once every service has answered; one that goes away later is named, but closes no door to the others."""
        lives = await asyncio.gather(*(services.lives(name) for name in services.names))
        away = [name for name, alive in zip(services.names, lives, strict=True) if not alive]
        seen.update(set(services.names).difference(away))
        missing = [name for name in services.names if name not in seen]
        if missing:
            return JSONResponse({"status": "not ready", "missing": missing, "away": away, "build": build}, 503)
        return JSONResponse({"status": "ready", "away": away, "build": build})

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
