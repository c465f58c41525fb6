"""The HTTP face of a witness: one question, as C2SP tlog-witness asks it, answered in plain text."""

from collections.abc import Callable

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool

from contracts import Refusal
from evidence.domain.witnessing import SeenOtherwise

LARGEST_REQUEST = 64 * 1024  # bytes: a checkpoint with its signatures, and a proof
TEXT, SIZE = "text/plain; charset=utf-8", "text/x.tlog.size"
Cosign = Callable[[bytes], str]
"""The signature line for an add-checkpoint request; refuses with the Refusals of `witnessing`."""


def witness_app(cosign: Cosign, vkey: str) -> FastAPI:
    """The application of a witness that signs under `vkey`."""
    app = FastAPI(title="witness", openapi_url=None)

    @app.post("/add-checkpoint")
    async def add_checkpoint(request: Request) -> Response:
        if (body := await _body(request)) is None:
            return Response(f"a request has at most {LARGEST_REQUEST} bytes\n", 413, media_type=TEXT)
        try:
            return Response(await run_in_threadpool(cosign, body), media_type=TEXT)
        except SeenOtherwise as no:
            return Response(f"{no.size}\n", no.status, media_type=SIZE)
        except Refusal as no:
            said = (type(no).__doc__ or "").split("\n")[0]
            return Response(f"{said} {vars(no)}\n", getattr(no, "status", 409), media_type=TEXT)

    @app.get("/vkey")
    async def own_key() -> Response:
        return Response(f"{vkey}\n", media_type=TEXT)

    return app


async def _body(request: Request) -> bytes | None:
    """The whole body; None as soon as it is too large."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_REQUEST:
            return None
    return body
