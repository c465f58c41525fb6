"""What went wrong, for whoever asked: problem documents (RFC 9457) with stable types, that say what and where."""

# fastapi-problem says little of its types.
# pyright: reportUnknownVariableType=false

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from traceback import format_tb
from typing import Any

import structlog
from eventsourcing.persistence import DataError, PersistenceError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi_problem.error import Problem
from fastapi_problem.handler import (
    ExceptionHandler,
    add_exception_handler,
    http_exception_handler_,
    new_exception_handler,
)
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from chassis.facing.policy import NotAllowed
from chassis.facing.tokens import TokenRefused
from chassis.keeping.committer import Busy, KeyReused, transient
from chassis.keeping.work import StreamMoved
from contracts import Refusal
from contracts.envelope import EventTooLarge

log = structlog.get_logger()

PREFIX = "urn:qizheng:problem:"
_STATUS: Mapping[type[Refusal], int] = {StreamMoved: 412, KeyReused: 422}


def _dashed(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


def problem_of(no: Refusal, status: int | None = None) -> Problem:
    """A refusal as a problem: its name is the type, its fields are the facts. 409 unless it says otherwise.

    The detail is the sentence that it speaks itself, else the first line of what it is.
    """
    facts = {field.name: str(getattr(no, field.name)) for field in fields(no)} if is_dataclass(no) else {}
    doc = (type(no).__doc__ or "").split("\n")[0]
    speaks = type(no).__str__ is not Refusal.__str__ or (bool(no.args) and not is_dataclass(no))
    said = getattr(no, "status", None) or _STATUS.get(type(no), 409)
    reserved: dict[str, Any] = {
        f"{name}_" if name in {"status", "type", "title", "detail"} else name: fact for name, fact in facts.items()
    }
    return Problem(
        title=type(no).__name__,
        type_=_dashed(type(no).__name__),
        status=status or said,
        detail=str(no) if speaks else doc,
        headers={"Retry-After": "1"} if said in {502, 503} else None,
        **reserved,
    )


def _invalid(_: ExceptionHandler, __: Request, fault: Exception) -> Problem:
    """What is wrong with a request, without repeating what was sent."""
    assert isinstance(fault, RequestValidationError)
    errors = [{"where": ".".join(str(part) for part in e["loc"]), "what": e["msg"]} for e in fault.errors()]
    first = errors[0]
    return Problem(
        title="InvalidRequest",
        type_="invalid-request",
        status=422,
        detail=f"{first['where']}: {first['what']}",
        errors=errors,
    )


def told(problem: Problem) -> Response:
    """A problem as an answer, for whoever stands outside of the application's own handlers."""
    content = problem.marshal(uri=f"{PREFIX}{{type}}", strict=True)
    return JSONResponse(content, problem.status, problem.headers, media_type="application/problem+json")


def simple(status: int, name: str, detail: str, headers: dict[str, str] | None = None, **facts: Any) -> Problem:
    return Problem(title=name, type_=_dashed(name), status=status, detail=detail, headers=headers, **facts)


def _unkept(_: ExceptionHandler, __: Request, fault: Exception) -> Problem:
    if isinstance(fault, DataError):
        return simple(422, "TextNotStorable", "a text holds a character that cannot be stored, such as NUL")
    if not transient(fault):
        return _unforeseen(_, __, fault)
    log.error("database-away", why=type(fault).__name__)
    return simple(503, "DatabaseAway", "the database does not answer; nothing was done", {"Retry-After": "1"})


def _not_allowed(_: ExceptionHandler, __: Request, fault: Exception) -> Problem:
    assert isinstance(fault, NotAllowed)
    return simple(403, "NotAllowed", f"the role {fault.role or '(none)'} may not: {fault.action}", action=fault.action)


def _token(_: ExceptionHandler, __: Request, fault: Exception) -> Problem:
    return simple(401, "TokenRefused", str(fault), {"WWW-Authenticate": 'Bearer error="invalid_token"'})


def _busy(_: ExceptionHandler, __: Request, ___: Exception) -> Problem:
    return simple(503, "Busy", "too much waits to be committed; nothing was done", {"Retry-After": "1"})


def _too_large(_: ExceptionHandler, __: Request, fault: Exception) -> Problem:
    assert isinstance(fault, EventTooLarge)
    return simple(
        413, "EventTooLarge", f"{fault.type} would be {fault.size} bytes; at most 60,000 are kept", size=fault.size
    )


def _refused(_: ExceptionHandler, __: Request, fault: Exception) -> Problem:
    assert isinstance(fault, Refusal)
    return problem_of(fault)


def _unforeseen(_: ExceptionHandler, __: Request, fault: Exception) -> Problem:
    log.error("unforeseen", why=type(fault).__name__, where=format_tb(fault.__traceback__)[-4:])  # and not with what
    return simple(500, "Unforeseen", "something failed that should not; the log of the service says what")


def speak_problems(app: FastAPI) -> None:
    """Lets every error of the application answer as application/problem+json."""
    handler = new_exception_handler(
        handlers={
            HTTPException: http_exception_handler_,  # The first that fits is taken, so the widest stands last.
            RequestValidationError: _invalid,
            Refusal: _refused,
            NotAllowed: _not_allowed,
            TokenRefused: _token,
            Busy: _busy,
            EventTooLarge: _too_large,
            PersistenceError: _unkept,
            Exception: _unforeseen,
        },
        request_validation_handler=_invalid,
        documentation_uri_template=f"{PREFIX}{{type}}",
        strict_rfc9457=True,
    )
    add_exception_handler(app, handler)
    for kind in (Refusal, NotAllowed, TokenRefused, Busy, EventTooLarge, PersistenceError):
        app.add_exception_handler(kind, handler)
