"""Learning as it runs: over a real PostgreSQL, spoken to by HTTP and by news."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from chassis.facing.http import build_app
from chassis.facing.settings import ServiceSettings
from chassis.facing.tokens import Principal, issue
from chassis.keeping.running import Duties
from chassis.testing.service import ServiceUnderTest
from learning.handlers import CONSUMES, when_training_due
from learning.http import POLICY, router
from learning.main import HOUSE
from learning.views.deadlines import OVERDUE


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


@pytest.fixture
def learning(database: str, tmp_path: Path) -> Iterator[Learning]:
    with Learning(database, tmp_path) as service:
        yield service
