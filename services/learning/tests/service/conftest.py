"""Learning as it runs: over a real PostgreSQL, spoken to by HTTP and by news."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from psycopg.sql import SQL, Identifier

from chassis.facing.http import build_app
from chassis.facing.settings import ServiceSettings
from chassis.facing.tokens import Principal, issue
from chassis.keeping.running import Duties
from chassis.keeping.work import Batch, House, Work, begun_by, clock
from chassis.testing.service import ServiceUnderTest
from contracts.envelope import Fact, read
from contracts.people import DayOpened
from contracts.topics import PUBLISHED
from learning.handlers import CONSUMES, OVERDUE, when_training_due
from learning.http import POLICY, router
from learning.views import contributions, courses, staff, training_record

HOUSE = House("learning", PUBLISHED["learning"], (staff, courses, training_record, contributions), day_opened=DayOpened)


class Learning(ServiceUnderTest):
    """Learning at work, with its HTTP face. A role is one, or one with an employee: `employee:E1`."""

    def __init__(self, database: str, keys: Path) -> None:
        super().__init__(HOUSE, Duties(consumes=CONSUMES, due={OVERDUE: when_training_due}), "learning", database)
        self._keys = keys
        issue(keys, Principal("user:hr", "hr"))
        settings = ServiceSettings(jwks=str(keys / "jwks.json"))
        app = build_app("learning", policy=POLICY, routers=(router,), settings=settings)
        app.state.running = SimpleNamespace(
            house=HOUSE, store=self.store, committer=self.committer, hearing=self.hearing
        )
        self.http = TestClient(app, raise_server_exceptions=False)

    def call(
        self, method: str, path: str, body: Any = None, *, role: str = "hr", departments: tuple[str, ...] = ()
    ) -> Any:
        name, _, employee = role.partition(":")
        token = issue(self._keys, Principal(f"user:{role}", name, employee or None, departments))
        return self.http.request(method, path, json=body, headers={"authorization": f"Bearer {token}"})

    def post(self, path: str, body: Any, **asked: Any) -> dict[str, Any]:
        answer = self.call("POST", path, body, **asked)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def get(self, path: str, **asked: Any) -> dict[str, Any]:
        answer = self.call("GET", path, **asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, path: str, body: Any, **asked: Any) -> tuple[int, str]:
        answer = self.call("POST", path, body, **asked)
        return answer.status_code, answer.json()["title"]

    def tables(self) -> Mapping[str, Any]:
        """What all views hold."""
        return {
            "staff": self.store.rows("select * from staff order by employee"),
            "courses": self.store.rows("select * from courses order by course, course_version"),
            "training_record": self.store.rows("select * from training_record order by employee, course"),
            "contributions": self.store.rows("select * from contributions order by employee, kind, title, on_day"),
        }

    def fill_views_anew(self, *news: Fact) -> None:
        """As `views rebuild` does: first what others said, then what learning said itself."""
        told = [read(self.news(fact).value or b"", self.hearing.known) for fact in news]
        with self.store.datastore.get_connection() as connection, connection.transaction():
            batch = Batch(HOUSE, self.store, connection, clock())
            for table in (table for view in HOUSE.views for table in view.TABLES):
                connection.execute(SQL("delete from {}").format(Identifier(table)))
            work = Work(batch, begun_by("service:learning"))
            for event in (*told, *self.events()):
                work.show(event)
            batch.flush()


@pytest.fixture
def learning(database: str, tmp_path: Path) -> Iterator[Learning]:
    with Learning(database, tmp_path) as service:
        yield service
