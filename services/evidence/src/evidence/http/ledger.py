"""The published files over HTTP: checkpoint, key, tiles and entry bundles, as C2SP tlog-tiles has them."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from chassis.facing.asking import NotFound, caller
from evidence.domain.published import CHECKPOINT, VKEY, Published
from evidence.domain.tiles import NotATile, at_path

FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}
NOT_KEPT = {"cache-control": "no-cache"}
BYTES, TEXT = "application/octet-stream", "text/plain; charset=utf-8"


def published_files(published: Published, *, public: bool) -> APIRouter:
    """The routes of the published files; `public` lets them be read without a token."""
    router = APIRouter(tags=["evidence"])

    async def file(request: Request, path: str, media: str, caching: dict[str, str]) -> Response:
        if not public:
            (await caller(request)).may("evidence.ledger")
        data = await run_in_threadpool(published.read, path)
        if data is None:
            raise NotFound(path)
        return Response(data, media_type=media, headers=caching)

    @router.get("/ledger/checkpoint")
    async def checkpoint(request: Request) -> Response:
        """The newest checkpoint, a signed note (C2SP tlog-checkpoint)."""
        return await file(request, CHECKPOINT, TEXT, NOT_KEPT)

    @router.get("/ledger/vkey")
    async def vkey(request: Request) -> Response:
        """The verifier key of the ledger's notes."""
        return await file(request, VKEY, TEXT, NOT_KEPT)

    @router.get("/ledger/tile/{path:path}")
    async def tile(path: str, request: Request) -> Response:
        """A tile or an entry bundle (C2SP tlog-tiles). None of them ever changes."""
        try:
            at_path(f"tile/{path}")
        except NotATile as fault:
            raise NotFound(f"tile/{path}") from fault
        return await file(request, f"tile/{path}", BYTES, FOR_EVER)

    return router
