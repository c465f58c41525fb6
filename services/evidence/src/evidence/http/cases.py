"""Cases over HTTP: opened, filled with documents and opened fields, read, and closed; and whether a person is held."""

import json
from datetime import date
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from chassis.facing.asking import Body, Caller, NotFound, Who, after_of, cursor_of
from chassis.keeping.sealing import CannotUnseal, DataKey, Keyring, opened, seal, unseal
from contracts import Refusal
from contracts.envelope import Money, Sealed
from evidence.domain.case import CaseHasEnded, Dispute, FileDocument, NotASubject, OpenCase
from evidence.handlers import cases as handlers
from evidence.handlers.cases import Documents
from evidence.views import cases, holds

LARGEST_PAGE = 1_000
Text = Annotated[str, Field(min_length=1, max_length=200)]
Long = Annotated[str, Field(min_length=1, max_length=2_000)]


class NoDataKey(Refusal):
    """People has no data key of this person, so nothing of theirs can be sealed or opened."""

    status = 422


class EmptyDocument(Refusal):
    """The body is the document, and it has no bytes."""

    status = 422


class CaseGiven(Body):
    case: UUID
    number: Text
    dispute: Dispute
    subjects: Annotated[tuple[Text, ...], Field(min_length=1, max_length=100)]
    since: date
    until: date
    claim: Long
    amount: Annotated[Money, Field(ge=0)] | None = None


class Opening(Body):
    event: UUID
    field: Text
    purpose: Long


class Outcome(Body):
    outcome: Long


def kept_cases(keyring: Keyring, documents: Documents) -> APIRouter:
    """The routes of cases and holds. Data keys are fetched, and documents kept, before a Work begins."""
    router = APIRouter(tags=["evidence"])

    @router.post("/cases", status_code=201)
    async def open_case(case: CaseGiven, who: Who) -> Response:
        """Opens a case under an id of the caller's; a legal hold is placed on each person whom it is about."""
        who.may("evidence.cases")
        command = OpenCase(known=await run_in_threadpool(handlers.known, who.asked, case.subjects), **dict(case))
        return await who.do(partial(handlers.open_case, asked=command), status=201, stream=case.case)

    @router.get("/cases")
    def list_cases(who: Who, subject: str | None = None, cursor: str | None = None, limit: int = 100) -> dict[str, Any]:
        """A page of cases; of those about one subject, if it is given."""
        who.may("evidence.read-cases")
        most = max(1, min(limit, LARGEST_PAGE))
        rows = cases.cases_after(who.asked, after_of(cursor), most, subject)
        more = cursor_of(rows[-1]["case_id"]) if len(rows) == most else None
        return {"cases": [_shown(row) for row in rows], "next": more}

    @router.get("/cases/{case}")
    def read_case(case: UUID, who: Who) -> dict[str, Any]:
        """A case with what was filed, opened, asked for and handed over in it. Documents are named as far as keys allow."""
        who.may("evidence.read-cases")
        row = _row(who, case)
        filed = cases.documents(who.asked, str(case))
        keys = keyring.keys({document["person"] for document in filed})
        return {
            **_shown(row),
            "documents": [{**document, "name": _named(document, keys.get(document["person"]))} for document in filed],
            "openings": holds.fields_opened(who.asked, str(case)),
            "requests": cases.requests(who.asked, str(case)),
            "hand_overs": cases.hand_overs(who.asked, str(case)),
        }

    @router.post("/cases/{case}/documents", status_code=201)
    async def file_document(
        case: UUID, request: Request, who: Who, name: Text, person: Text, handed_in_by: Text = ""
    ) -> Response:
        """Puts a document to a case: the body is the file. It is kept sealed under the key of `person`."""
        who.may("evidence.cases")
        row = await run_in_threadpool(_open_row, who, case, person)
        key = await run_in_threadpool(_key_of, keyring, person)
        if not (body := await request.body()):
            raise EmptyDocument
        kept = await run_in_threadpool(documents.keep, key, row["case_id"], person, body)
        command = FileDocument(
            person=person,
            name=seal(key, person, "name", name),
            media_type=request.headers.get("content-type", "application/octet-stream")[:200],
            handed_in_by=handed_in_by or who.principal.actor,
            **vars(kept),
        )
        told = {"sha256": kept.sha256, "sm3": kept.sm3, "length": kept.length}
        handler = partial(handlers.file_document, stream=case, asked=command)
        return await who.do(handler, status=201, stream=case, body=lambda version: {"version": version, **told})

    @router.post("/cases/{case}/openings", status_code=201)
    async def open_field(case: UUID, opening: Opening, who: Who) -> Response:
        """Opens a sealed field of an event for a case. That it was is an event; what it holds is told and never kept."""
        who.may("evidence.cases")
        found = await run_in_threadpool(handlers.sealed_field, who.asked, opening.event, opening.field)
        key = await run_in_threadpool(_key_of, keyring, found.owner)
        salt, value = opened(key, found.owner, found.field, found.sealed)
        handler = partial(handlers.open_field, stream=case, found=found, event=opening.event, purpose=opening.purpose)
        told = {"event": opening.event, "field": found.field, "owner": found.owner}
        return await who.do(
            handler,
            status=201,
            body=lambda _: {**told, "commitment": found.sealed.commitment},
            unkept={"salt": salt.hex(), "value": value},
        )

    @router.post("/cases/{case}/close")
    async def close_case(case: UUID, outcome: Outcome, who: Who) -> Response:
        """Closes a case, and lifts the holds that it placed. What was asked for before may still be handed over."""
        who.may("evidence.cases")
        handler = partial(handlers.close_case, stream=case, outcome=outcome.outcome)
        return await who.do(handler, stream=case)

    @router.get("/holds/{employee}")
    def read_holds(employee: str, who: Who) -> dict[str, Any]:
        """Whether a hold stands on a person's record, and of which cases: who asks before erasing refuses with 423."""
        who.may("evidence.holds")
        found = holds.holds_on(who.asked, employee)
        return {"employee": employee, "held": bool(found), "holds": found}

    return router


def _row(who: Caller, case: UUID) -> dict[str, Any]:
    row = cases.case_row(who.asked, str(case))
    if row is None:
        raise NotFound(str(case))
    return row


def _open_row(who: Caller, case: UUID, person: str) -> dict[str, Any]:
    """The case; refuses beforehand what would be refused anyway, so that no document is kept for nothing."""
    row = _row(who, case)
    if row["closed"]:
        raise CaseHasEnded(row["number"], row["outcome"])
    if person not in row["subjects"]:
        raise NotASubject(person, tuple(row["subjects"]))
    return row


def _key_of(keyring: Keyring, person: str) -> DataKey:
    key = keyring.keys((person,)).get(person)
    if key is None:
        raise NoDataKey(f"no data key of {person}")
    return key


def _named(document: dict[str, Any], key: DataKey | None) -> str | None:
    """The name of a document; None once its person's key is gone."""
    sealed = Sealed.model_validate(json.loads(document["name"]))
    try:
        return unseal(key, document["person"], "name", sealed) if key else None
    except CannotUnseal:
        return None


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {"case": row["case_id"], **{name: it for name, it in row.items() if name != "case_id"}}
