"""A caller of the HTTP interface: who they are, what they may, and the one way to have something done or read."""

import asyncio
import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from time import monotonic
from typing import Annotated, Any
from uuid import UUID, uuid4

import orjson
from aiokafka.partitioner import murmur2  # pyright: ignore[reportUnknownVariableType]  # untyped
from fastapi import Depends, Request, Response
from pydantic import BaseModel, ConfigDict, model_validator

from chassis.facing.policy import Policy
from chassis.facing.problems import answer_of
from chassis.facing.tokens import Principal
from chassis.keeping.committer import Answer
from chassis.keeping.committer import Request as WorkRequest
from chassis.keeping.running import Running
from chassis.keeping.work import Asked, Cause, Work
from contracts import Refusal
from contracts.topics import PARTITIONS

LONGEST_KEY = 200  # characters
LONGEST_WAIT = 10.0  # seconds that `Prefer: wait` may ask for
_UNSTORABLE = re.compile("\\\\u0000|[\ud800-\udfff]")
_TRACEPARENT = re.compile(r"^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$")


class Body(BaseModel):
    """A request's body: what it does not know it refuses, and no text in it holds a NUL."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, sent: Any) -> Any:
        if _UNSTORABLE.search(json.dumps(sent, default=str, ensure_ascii=False).replace("\\\\", "")):
            raise ValueError("a text holds the character NUL or half a character, which cannot be stored")
        return sent


@dataclass(eq=False)
class NotCaughtUp(Refusal):
    """What the Consistency-Token speaks of has not arrived here yet; come again."""

    service: str
    status = 503


class BadToken(Refusal):
    """The Consistency-Token or cursor is none that this system gave."""

    status = 422


@dataclass(eq=False)
class NotFound(Refusal):
    """There is nothing under this name, or nothing that you may see."""

    what: str
    status = 404


@dataclass(frozen=True)
class Caller:
    """One request, known by its token. `running` is the service that was asked."""

    request: Request
    principal: Principal
    running: Running
    policy: Policy

    @property
    def asked(self) -> Asked:
        """Whoever answers queries."""
        return self.running.store

    @property
    def today(self) -> date | None:
        """The last day of the company that was heard of, by which what remains is counted."""
        (row,) = self.asked.rows("select max(day) as day from days")
        return row["day"]

    def may(self, action: str, employee: str | None = None, department: str | None = None) -> None:
        """Raises NotAllowed unless the policy table allows it."""
        self.policy.check(self.principal, action, employee, department)

    async def do(
        self,
        handler: Callable[[Work], Any],
        *,
        status: int = 200,
        stream: UUID | None = None,
        body: Callable[[Any], Mapping[str, Any]] | None = None,
        unkept: Mapping[str, Any] | None = None,
    ) -> Response:
        """Runs a handler as one Work and answers with its stream's version as ETag. Asking again gets the same answer,
        which is kept in the open: what names a person is `unkept`, and added to each answer as it stands then.
        """
        headers, url = self.request.headers, self.request.url
        raw = await self.request.body()
        asked = WorkRequest(
            cause=Cause(self.principal.actor, self._correlation()),
            handler=self._guarded(handler, stream, headers.get("if-match")),
            streams=(stream,) if stream else (),
            key=self._key(),
            fingerprint=hashlib.sha256(f"{self.request.method} {url.path}?{url.query} ".encode() + raw).digest(),
            answer=partial(self._answer, status=status, stream=stream, body=body),
        )
        answer: Answer = await asyncio.wrap_future(self.running.committer.submit(asked))
        content = answer.body
        if unkept and answer.status < 400:
            content = orjson.dumps({**orjson.loads(content), **unkept}, default=str)
        return Response(content, answer.status, answer.headers)

    def _guarded(self, handler: Callable[[Work], Any], stream: UUID | None, match: str | None) -> Callable[[Work], Any]:
        if match is None or stream is None:
            return handler
        version = match.strip('"')
        if not version.isdigit():
            raise BadToken

        def only_at(work: Work) -> Any:
            work.must_be_at(stream, int(version))
            return handler(work)

        return only_at

    def _key(self) -> str | None:
        """A key of this caller alone, which always fits into an index; none was given by who will not ask again."""
        if not (given := self.request.headers.get("idempotency-key")):
            return None
        return f"{self.principal.user} {given if len(given) <= LONGEST_KEY else hashlib.sha256(given.encode()).hexdigest()}"

    def _correlation(self) -> UUID:
        found = _TRACEPARENT.match(self.request.headers.get("traceparent", ""))
        return UUID(found[1]) if found else uuid4()

    def _answer(
        self,
        work: Work,
        outcome: Any,
        *,
        status: int,
        stream: UUID | None,
        body: Callable[[Any], Mapping[str, Any]] | None,
    ) -> Answer:
        if isinstance(outcome, Refusal):
            problem = answer_of(outcome)
            return Answer(problem.status_code, bytes(problem.body), {"content-type": "application/problem+json"})
        headers = {"content-type": "application/json"}
        newest = {event.stream: event.version for event in work.decided}
        last = {_partition(event.subject): event for event in work.decided}  # Order holds within a partition.
        if stream is not None and stream in newest:
            headers["etag"] = f'"{newest[stream]}"'
        if newest:
            service = self.running.house.name
            headers["consistency-token"] = consistency_token(
                {(service, event.stream): event.version for event in last.values()}
            )
        content: Any = body(outcome) if body else outcome
        if not isinstance(content, Mapping):
            content = {"version": content}
        return Answer(status, orjson.dumps(content, default=str), headers)


def _partition(subject: str) -> int:
    """Where Kafka's partitioner puts a subject."""
    return (murmur2(subject.encode()) & 0x7FFFFFFF) % PARTITIONS


def consistency_token(seen: Mapping[tuple[str, UUID], int]) -> str:
    """What a caller has seen done, to be shown to any service: opaque to them."""
    items = [[service, str(stream), version] for (service, stream), version in seen.items()]
    return base64.urlsafe_b64encode(orjson.dumps(items)).decode().rstrip("=")


def seen_in(token: str) -> dict[tuple[str, UUID], int]:
    """What a consistency token says was seen. Refuses with BadToken."""
    try:
        items = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return {(str(service), UUID(stream)): int(version) for service, stream, version in items}
    except (ValueError, TypeError, AttributeError) as fault:
        raise BadToken from fault


async def caught_up(running: Running, token: str | None, prefer: str | None) -> None:
    """Waits until this service has heard what the token speaks of, or refuses with NotCaughtUp; never serves the past."""
    if not token:
        return
    facts = running.hearing.facts
    publishers = {fact.TYPE.split(".", 1)[0] for fact in facts}
    wanted = {stream: v for (service, stream), v in seen_in(token).items() if service in publishers}
    found = re.search(r"wait=(\d+)", prefer or "")
    until = monotonic() + (min(float(found[1]), LONGEST_WAIT) if found else 0.0)
    while wanted:
        rows = await asyncio.to_thread(
            running.store.rows, "select stream, version from inbox_heads where stream = any(%s)", list(wanted)
        )
        heads = {row["stream"]: row["version"] for row in rows}
        if all(heads.get(stream, 0) >= version for stream, version in wanted.items()):
            return
        if monotonic() >= until:
            raise NotCaughtUp(running.house.name)
        await asyncio.sleep(0.02)


async def caller(request: Request) -> Caller:
    """The caller of this request. Raises TokenRefused without a token that holds."""
    state = request.app.state
    principal = await state.tokens.admit(request.headers.get("authorization"))
    headers = request.headers
    await caught_up(state.running, headers.get("consistency-token"), headers.get("prefer"))
    return Caller(request, principal, state.running, state.policy)


Who = Annotated[Caller, Depends(caller)]


def cursor_of(last: str | None) -> str | None:
    """An opaque cursor that goes on after `last`."""
    return base64.urlsafe_b64encode(last.encode()).decode().rstrip("=") if last is not None else None


def after_of(cursor: str | None) -> str:
    """What a cursor goes on after; nothing, for the first page. Refuses with BadToken."""
    if not cursor:
        return ""
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError as fault:
        raise BadToken from fault
