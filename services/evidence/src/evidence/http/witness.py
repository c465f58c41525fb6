"""The HTTP face of a witness, as C2SP tlog-witness has it: one question, and what it answered last, in plain text."""

import re
from typing import Protocol

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool

from contracts import Refusal
from evidence.domain.witnessing import SeenOtherwise

log = structlog.get_logger()

LARGEST_REQUEST = 64 * 1024  # bytes: a checkpoint with its signatures, and a proof
TEXT, SIZE = "text/plain; charset=utf-8", "text/x.tlog.size"


class Book(Protocol):
    def cosign(self, request: bytes) -> str:
        """The signature line for an add-checkpoint request; refuses with the Refusals of `witnessing`."""
        ...

    def newest(self, origin_hash: str) -> bytes | None: ...


def witness_app(book: Book, vkey: str) -> FastAPI:
    """The application of a witness that signs under `vkey`."""
    app = FastAPI(title="witness", openapi_url=None)

    @app.post("/add-checkpoint")
    async def add_checkpoint(request: Request) -> Response:
        if (body := await _body(request)) is None:
            return _said(413, f"a request has at most {LARGEST_REQUEST} bytes")
        try:
            return Response(await run_in_threadpool(book.cosign, body), media_type=TEXT)
        except SeenOtherwise as no:
            # `headers`, for a media type that begins with text/ would be given a charset.
            return Response(f"{no.size}\n", no.status, {"content-type": SIZE})
        except Refusal as no:
            return _said(getattr(no, "status", 409), f"{(type(no).__doc__ or '').splitlines()[0]} {vars(no)}")
        except (OSError, ValueError) as fault:  # A disk that is full, or a page of the book that is torn.
            log.error("book-in-trouble", why=f"{type(fault).__name__}: {fault}")
            return _said(500, "the witness cannot keep its book, so it signs nothing")

    @app.get("/{origin_hash}/checkpoint")
    def newest(origin_hash: str) -> Response:
        """For whoever watches the ledger: what was cosigned last of it."""
        kept = book.newest(origin_hash) if re.fullmatch("[0-9a-f]{64}", origin_hash, re.ASCII) else None
        return Response(kept, media_type=TEXT) if kept else _said(404, "nothing of this ledger was cosigned")

    @app.get("/vkey")
    async def own_key() -> Response:
        return Response(f"{vkey}\n", media_type=TEXT)

    return app


def _said(status: int, sentence: str) -> Response:
    return Response(f"{sentence}\n", status, media_type=TEXT)


async def _body(request: Request) -> bytes | None:
    """The whole body; None as soon as it is too large."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_REQUEST:
            return None
    return body
