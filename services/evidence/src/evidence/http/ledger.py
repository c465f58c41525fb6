"""The published files over HTTP: checkpoint, key, tiles and entry bundles, as C2SP tlog-tiles has them."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from chassis.facing.asking import NotFound, caller
from evidence.domain.published import CHECKPOINT, VKEY, Published
from evidence.domain.tiles import NotATile, at_path
from evidence.http.files import unchanging

NOT_KEPT = {"cache-control": "no-cache"}
BYTES, TEXT = "application/octet-stream", "text/plain; charset=utf-8"


def published_files(published: Published, *, public: bool) -> APIRouter:
    """The routes of the published files; `public` lets them be read without a token."""
    router = APIRouter(tags=["evidence"])

    async def read(request: Request, path: str) -> bytes:
        if not public:
            (await caller(request)).may("evidence.ledger")
        data = await run_in_threadpool(published.read, path)
        if data is None:
            raise NotFound(path)
        return data

    @router.head("/ledger/checkpoint", include_in_schema=False)
    @router.get("/ledger/checkpoint")
    async def checkpoint(request: Request) -> Response:
        """The newest checkpoint, a signed note (C2SP tlog-checkpoint)."""
        return Response(await read(request, CHECKPOINT), media_type=TEXT, headers=NOT_KEPT)

    @router.head("/ledger/vkey", include_in_schema=False)
    @router.get("/ledger/vkey")
    async def vkey(request: Request) -> Response:
        """The verifier key of the ledger's notes."""
        return Response(await read(request, VKEY), media_type=TEXT, headers=NOT_KEPT)

    @router.head("/ledger/tile/{path:path}", include_in_schema=False)
    @router.get("/ledger/tile/{path:path}", responses={206: {}, 304: {}, 416: {}})
    async def tile(path: str, request: Request) -> Response:
        """A tile or an entry bundle (C2SP tlog-tiles), whole or a range of its bytes. None of them ever changes."""
        try:
            at_path(f"tile/{path}")
        except NotATile as fault:
            raise NotFound(f"tile/{path}") from fault
        return unchanging(request, await read(request, f"tile/{path}"), BYTES)

    return router
