"""Dossiers over HTTP: asked for in a case, handed over as one ZIP; and a person's own story, for the person alone."""

from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import Field

from chassis.facing.asking import Body, NotFound, Who
from chassis.keeping.work import begun_by
from evidence.domain.case import NoteHandOver, RequestDossier
from evidence.handlers import cases as handlers
from evidence.handlers.dossiers import Dossiers, Made
from evidence.views import cases

AT_ONCE = 64 * 1024  # bytes


class Wanted(Body):
    recipient: Annotated[str, Field(min_length=1, max_length=200)]
    purpose: Annotated[str, Field(min_length=1, max_length=2_000)]


def handed_over(dossiers: Dossiers) -> APIRouter:
    """The routes of dossiers."""
    router = APIRouter(tags=["evidence"])

    @router.post("/cases/{case}/dossiers", status_code=202)
    async def request_dossier(case: UUID, wanted: Wanted, who: Who) -> Response:
        """Asks for a dossier: the checkpoint that it will rest on is stamped now. It is fetched under the id given back."""
        who.may("evidence.dossiers")
        command = RequestDossier(**dict(wanted))

        def told(request: Any) -> dict[str, Any]:
            return {"request": request, "dossier": f"/cases/{case}/dossiers/{request}"}

        handler = partial(handlers.request_dossier, stream=case, asked=command)
        return await who.do(handler, status=202, stream=case, body=told)

    @router.get("/cases/{case}/dossiers/{request}", response_class=StreamingResponse)
    async def read_dossier(case: UUID, request: UUID, who: Who) -> Response:
        """The dossier as a ZIP; 503 until its checkpoint is stamped. Each time that it leaves is noted beforehand."""
        who.may("evidence.dossiers")
        if await run_in_threadpool(cases.request_row, who.asked, str(case), request) is None:
            raise NotFound(str(request))
        made = await run_in_threadpool(dossiers.of_case, who.asked, str(case), request)
        noted = NoteHandOver(str(request), made.size, made.root, made.sha256, made.sm3)
        act = partial(handlers.note_hand_over, stream=case, asked=noted)
        # If we stop here, a hand-over is noted of something that never arrived; never the other way round.
        await run_in_threadpool(who.running.committer.commit, begun_by(who.principal.actor), act)
        return _sent(made)

    @router.get("/subjects/{employee}/dossier", response_class=StreamingResponse)
    async def read_own_dossier(employee: str, who: Who) -> Response:
        """Everything that the ledger holds about oneself, as a ZIP that needs no platform (调解仲裁法6, 39)."""
        who.may("evidence.own-dossier", employee)
        return _sent(await run_in_threadpool(dossiers.of_person, who.asked, employee))

    return router


def _sent(made: Made) -> Response:
    def parts() -> Iterator[bytes]:
        with made.content:
            while part := made.content.read(AT_ONCE):
                yield part

    headers = {
        "content-disposition": f"attachment; filename*=utf-8''{quote(made.name)}",
        "content-length": str(made.length),
        "cache-control": "no-store",
    }
    return StreamingResponse(parts(), media_type="application/zip", headers=headers)
