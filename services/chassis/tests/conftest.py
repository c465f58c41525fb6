"""The counters, ready to be asked, told and met over HTTP, over a database that each test finds empty."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi import APIRouter, Response
from fastapi.testclient import TestClient
from psycopg.sql import SQL, Identifier

from chassis.facing.asking import Body, NotFound, Who, after_of, cursor_of
from chassis.facing.http import build_app
from chassis.facing.policy import Policy, Relation
from chassis.facing.settings import ServiceSettings
from chassis.facing.tokens import Principal, issue
from chassis.keeping.store import Store
from chassis.testing.counter.service import DUTIES, HOUSE, count, stream_of
from chassis.testing.places import KafkaServer, PostgresServer
from chassis.testing.service import ServiceUnderTest
from chassis.testing.topics import delete_topics, topics_at


@pytest.fixture(scope="session")
def counters_database(postgres_server: PostgresServer) -> str:
    """One database for all tests of the counters: to empty it is much faster than to make another."""
    url = postgres_server.create_database("counters")
    store = Store(url)
    store.migrate("chassis.testing.counter")
    store.close()
    return url


@pytest.fixture(scope="module")
def kafka_server(kafka_server: KafkaServer) -> Iterator[KafkaServer]:
    """The broker that all tests share; the topics made in a module are gone after it."""
    before = topics_at(kafka_server.bootstrap_servers)
    yield kafka_server
    delete_topics(kafka_server.bootstrap_servers, topics_at(kafka_server.bootstrap_servers) - before)


@pytest.fixture
def counters(counters_database: str) -> Iterator[ServiceUnderTest]:
    with psycopg.connect(counters_database) as connection:
        kept = "_yoyo%", "yoyo%", "relay_position", "consumer_switch"
        rows = connection.execute(
            "select tablename from pg_tables where schemaname = 'public' and not tablename like any(%s)", (list(kept),)
        )
        connection.execute(SQL("truncate {} restart identity").format(SQL(",").join(Identifier(t) for (t,) in rows)))
        connection.execute("update relay_position set notification = 0")
    with ServiceUnderTest(HOUSE, DUTIES, "chassis.testing.counter", counters_database) as service:
        yield service


class Door:
    """The HTTP face of the counters, under the token of any role; `role:employee` is an employee with their own id."""

    def __init__(self, service: ServiceUnderTest, keys: Path) -> None:
        self.service, self.keys = service, keys
        issue(keys, Principal("user:hr", "hr"))
        settings = ServiceSettings(jwks=str(keys / "jwks.json"), largest_body=100_000)
        self.app = build_app("counters", policy=POLICY, routers=(routes(),), settings=settings)
        self.app.state.running = service
        self.http = TestClient(self.app, raise_server_exceptions=False)

    def ask(
        self, method: str, path: str, *, role: str = "hr", headers: dict[str, str] | None = None, **sent: Any
    ) -> Any:
        name, _, employee = role.partition(":")
        token = issue(self.keys, Principal(f"user:{role}", name, employee or None))
        return self.http.request(method, path, headers={"authorization": f"Bearer {token}", **(headers or {})}, **sent)

    def count(self, employee: str = "ada", by: int = 1, note: str = "", **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("POST", f"/counters/{employee}", json={"by": by, "note": note}, headers=named)


POLICY = Policy({"count": {"hr": Relation.ANYONE, "employee": Relation.SELF}, "read": {"hr": Relation.ANYONE}})


class CountBody(Body):
    by: int
    note: str = ""


def routes() -> APIRouter:
    router = APIRouter()

    @router.post("/counters/{employee}")
    async def add(who: Who, employee: str, asked: CountBody) -> Response:
        who.may("count", employee)
        handler = partial(count, employee=employee, by=asked.by, note=asked.note)
        return await who.do(handler, status=201, stream=stream_of(employee))

    @router.get("/counters/{employee}")
    def total(who: Who, employee: str) -> dict[str, int]:
        who.may("read", employee)
        rows = who.asked.rows("select total from tallies where stream = %s", stream_of(employee))
        if not rows:
            raise NotFound(employee)
        return {"total": rows[0]["total"]}

    @router.get("/pages")
    def page(who: Who, cursor: str = "") -> dict[str, str | None]:
        who.may("read")
        return {"after": after_of(cursor), "next": cursor_of("工" + after_of(cursor))}

    @router.get("/broken")
    def broken(who: Who) -> None:
        raise ZeroDivisionError(who.principal.user)

    return router


@pytest.fixture
def door(counters: ServiceUnderTest, tmp_path: Path) -> Door:
    return Door(counters, tmp_path)
