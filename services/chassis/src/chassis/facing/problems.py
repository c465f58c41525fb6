"""What went wrong, for whoever asked: problem documents (RFC 9457) with stable types, that say what and where."""

# fastapi-problem says little of its types.
# pyright: reportUnknownVariableType=false

import re
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

from chassis.keeping.committer import transient
from contracts import Refusal

log = structlog.get_logger()

PREFIX = "urn:qizheng:problem:"
_COME_AGAIN = {"Retry-After": "1"}
_HEADERS = {401: {"WWW-Authenticate": 'Bearer error="invalid_token"'}, 502: _COME_AGAIN, 503: _COME_AGAIN}


def _dashed(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


def _problem(status: int, name: str, detail: str, **facts: Any) -> Problem:
    return Problem(title=name, type_=_dashed(name), status=status, detail=detail, headers=_HEADERS.get(status), **facts)


def problem_of(no: Refusal) -> Problem:
    """A refusal as a problem: its name is the type, its fields are the facts. 409 unless it says otherwise.

    The detail is the sentence that it speaks itself, else the first line of what it is.
    """
    facts = {field.name: str(getattr(no, field.name)) for field in fields(no)} if is_dataclass(no) else {}
    taken = {"status", "type", "title", "detail"} & facts.keys()
    speaks = type(no).__str__ is not Refusal.__str__ or (bool(no.args) and not is_dataclass(no))
    detail = str(no) if speaks else (type(no).__doc__ or "").split("\n")[0]
    status: int = getattr(no, "status", 409)
    free: dict[str, Any] = {f"{name}_" if name in taken else name: fact for name, fact in facts.items()}
    return _problem(status, type(no).__name__, detail, **free)


def _invalid(_: ExceptionHandler, __: Request, fault: Exception) -> Problem:
    """What is wrong with a request, without repeating what was sent."""
    assert isinstance(fault, RequestValidationError)
    errors = [
        {"where": ".".join(str(part) for part in e["loc"]), "what": e["msg"].removeprefix("Value error, ")}
        for e in fault.errors()
    ]
    first = errors[0]
    return _problem(422, "InvalidRequest", f"{first['where']}: {first['what']}", errors=errors)


def answer_of(no: Refusal) -> Response:
    """A refusal as an answer, for whoever stands outside of the application's own handlers."""
    problem = problem_of(no)
    content = problem.marshal(uri=f"{PREFIX}{{type}}", strict=True)
    return JSONResponse(content, problem.status, problem.headers, media_type="application/problem+json")


def _unkept(_: ExceptionHandler, __: Request, fault: Exception) -> Problem:
    if isinstance(fault, DataError):
        return _problem(422, "TextNotStorable", "a text holds a character that cannot be stored, such as NUL")
    if not transient(fault):
        return _unforeseen(_, __, fault)
    log.error("database-away", why=type(fault).__name__)
    return _problem(503, "DatabaseAway", "the database does not answer; nothing was done")


def _refused(_: ExceptionHandler, __: Request, fault: Exception) -> Problem:
    assert isinstance(fault, Refusal)
    return problem_of(fault)


def _unforeseen(_: ExceptionHandler, __: Request, fault: Exception) -> Problem:
    log.error("unforeseen", why=type(fault).__name__, where=format_tb(fault.__traceback__)[-4:])  # and not with what
    return _problem(500, "Unforeseen", "something failed that should not; the log of the service says what")


def speak_problems(app: FastAPI) -> None:
    """Lets every error of the application answer as application/problem+json."""
    handler = new_exception_handler(
        handlers={
            HTTPException: http_exception_handler_,  # The first that fits is taken, so the widest stands last.
            RequestValidationError: _invalid,
            Refusal: _refused,
            PersistenceError: _unkept,
            Exception: _unforeseen,
        },
        request_validation_handler=_invalid,
        documentation_uri_template=f"{PREFIX}{{type}}",
        strict_rfc9457=True,
    )
    add_exception_handler(app, handler)
    for kind in (Refusal, PersistenceError):
        app.add_exception_handler(kind, handler)
