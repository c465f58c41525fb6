"""The file of an employee 一站式: what each service holds of one person, on one page, each part as its owner gives it."""

import asyncio
from typing import Annotated, Any
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Query, Request, Response

from chassis.facing.tokens import Tokens
from contracts import Refusal
from gateway.http.passage import Services, passed_on

PARTS = {
    "particulars": ("people", "/employees/{employee}"),
    "agreements": ("agreements", "/employees/{employee}/agreements"),
    "damages": ("agreements", "/employees/{employee}/damages"),
    "trainings": ("learning", "/employees/{employee}/trainings"),
    "points": ("points", "/employees/{employee}/points"),
    "adjustments": ("payroll-bridge", "/employees/{employee}/adjustments"),
    "records": ("evidence", "/records?subject={employee}"),
}
PARTICULARS = "particulars"


def employee_file(services: Services, tokens: Tokens, patience: float) -> APIRouter:
    """The joined view. `patience` is the seconds that it waits for its slowest part."""
    router = APIRouter()

    @router.get("/employees/{employee}/file")
    async def file_of(
        employee: str, request: Request, year: Annotated[int | None, Query(ge=1, le=9999)] = None
    ) -> Response:
        """Each part says its `state`: given with its `content`; or unknown, forbidden, refused or away, and why.

        404 if people knows no such employee. `year` is the year of the points, else that of the company's last day.
        """
        await tokens.admit(request.headers.get("authorization"))
        headers = passed_on(request.scope["headers"])
        name = quote(employee, safe="")
        targets = {part: (service, path.format(employee=name)) for part, (service, path) in PARTS.items()}
        if year is not None:
            service, path = targets["points"]
            targets["points"] = (service, f"{path}?year={year}")
        asked = (_part(services, service, path, headers, patience) for service, path in targets.values())
        parts = dict(zip(targets, await asyncio.gather(*asked), strict=True))
        if parts[PARTICULARS]["state"] == "unknown":
            return Response(orjson.dumps(parts[PARTICULARS]["problem"]), 404, media_type="application/problem+json")
        return Response(orjson.dumps({"employee": employee, **parts}), media_type="application/json")

    return router


async def _part(
    services: Services, service: str, path: str, headers: list[tuple[bytes, bytes]], patience: float
) -> dict[str, Any]:
    """One part, under its state. Its bytes stay as its owner wrote them: no figure is read and written anew."""
    part: dict[str, Any] = {"from": f"/api/{service}{path}"}
    try:
        async with asyncio.timeout(patience):
            answer = await services.ask(service, "GET", path.encode(), headers)
            body = b"".join([piece async for piece in answer.parts()])
    except Refusal as no:
        return {**part, "state": "away", "problem": {"title": type(no).__name__, "service": service}}
    except TimeoutError:
        return {**part, "state": "away", "problem": {"title": "TookTooLong", "service": service, "seconds": patience}}
    try:
        orjson.loads(body)  # What is no JSON would spoil the whole page.
    except orjson.JSONDecodeError:
        return {**part, "state": "away", "problem": {"title": "NoJson", "service": service, "status": answer.status}}
    said = orjson.Fragment(body)
    match answer.status:
        case 200:
            return {**part, "state": "given", "content": said}
        case 403:
            return {**part, "state": "forbidden", "problem": said}
        case 404:
            return {**part, "state": "unknown", "problem": said}
        case status if status < 500:
            return {**part, "state": "refused", "problem": said}
        case _:
            return {**part, "state": "away", "problem": said}
