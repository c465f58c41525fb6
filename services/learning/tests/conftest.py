"""The people and courses of the tests, and learning as it runs: over a real PostgreSQL, spoken to by HTTP and by news."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest
from fastapi.testclient import TestClient

from chassis.facing.http import build_app
from chassis.facing.settings import ServiceSettings
from chassis.facing.tokens import Principal, issue
from chassis.keeping.committer import Committer
from chassis.keeping.deadlines import Deadlines
from chassis.keeping.inbox import Delivery, Hearing
from chassis.keeping.listening import Message
from chassis.keeping.store import Store
from chassis.keeping.work import House
from contracts.envelope import Event, Fact, Sealed, read, record, subject_of
from contracts.learning import CoursePublished
from contracts.people import DayOpened, EmployeeHired
from contracts.topics import PUBLISHED
from learning.handlers import CONSUMES, OVERDUE, when_training_due
from learning.http import POLICY, router
from learning.views import contributions, courses, staff, training_record

VIEWS = (staff, courses, training_record, contributions)
SEALED = Sealed(key="E1/k", text="c2VhbGVk", commitment="0" * 64)
NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def version() -> Callable[..., CoursePublished]:
    """A published version of a course, as asked for."""

    def of(**asked: Any) -> CoursePublished:
        usual = {
            "course": "safety",
            "course_version": 1,
            "title": "安全生产",
            "course_class": "强制",
            "form": "ONLINE",
            "hours": Decimal(8),
            "pass_mark": Decimal(80),
            "due_days": 30,
            "first_day": date(2024, 1, 1),
        }
        return CoursePublished.model_validate(usual | asked)

    return of


@pytest.fixture(scope="session")
def hired() -> Callable[..., EmployeeHired]:
    """A hire, as `people` tells it."""

    def of(employee: str, **asked: Any) -> EmployeeHired:
        usual = {
            "employee": employee,
            "number": employee[1:],
            "name": SEALED,
            "identity_number": SEALED,
            "department": "集团/制造中心/一车间",
            "post": "焊工",
            "rank": "P3",
            "level": "基层",
            "region": "GUANGDONG",
            "on": date(2023, 5, 1),
        }
        return EmployeeHired.model_validate(usual | asked)

    return of


class Learning:
    """Learning at work. `ask` speaks to it by HTTP under any role, `hear` brings it news, `said` is what it told."""

    def __init__(self, store: Store, committer: Committer, house: House, http: TestClient, keys: Path) -> None:
        self.store, self.http, self._committer, self._house, self._keys = store, http, committer, house, keys
        self._versions: dict[UUID, int] = {}
        self._offset = 0
        self.hearing = Hearing(house, CONSUMES)
        self._deadlines = Deadlines("learning", {OVERDUE: when_training_due}, committer, store, dict)

    def ask(
        self, method: str, path: str, body: Any = None, *, role: str = "hr", departments: tuple[str, ...] = ()
    ) -> Any:
        """`role` is one, or one with an employee: `employee:E1`."""
        name, _, employee = role.partition(":")
        token = issue(self._keys, Principal(f"user:{role}", name, employee or None, departments))
        return self.http.request(method, path, json=body, headers={"authorization": f"Bearer {token}"})

    def post(self, path: str, body: Any, **asked: Any) -> dict[str, Any]:
        answer = self.ask("POST", path, body, **asked)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def get(self, path: str, **asked: Any) -> dict[str, Any]:
        answer = self.ask("GET", path, **asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, path: str, body: Any, **asked: Any) -> tuple[int, str]:
        answer = self.ask("POST", path, body, **asked)
        return answer.status_code, answer.json()["title"]

    def hear(self, *facts: Fact) -> list[str]:
        """What became of each."""
        events = [self._event(fact) for fact in facts]
        return [outcome for event in events for outcome in self.deliver(event)]

    def deliver(self, event: Event[Any]) -> list[str]:
        message = Message("people.events.v1", 0, self._offset, subject_of(event.fact, event.stream), event.raw, ())
        self._offset += 1
        return self._committer.submit(Delivery(self.hearing, (message,), {})).result()

    def _event(self, fact: Fact) -> Event[Any]:
        stream = uuid5(NAMESPACE_URL, f"urn:qizheng:people:{getattr(fact, 'employee', 'company')}")
        self._versions[stream] = number = self._versions.get(stream, 0) + 1
        return record(
            fact, stream=stream, version=number, time=NOON, actor="user:hr", correlation=stream, causation=None
        )

    def open(self, *days: date) -> None:
        """Lets days come, and does what is due on them."""
        for day in days:
            self.hear(DayOpened(day=day))
            self._deadlines.fire()

    def said(self, *kinds: type[Fact]) -> list[Any]:
        """The facts that learning told, of these kinds or of all, oldest first."""
        told = (read(one.state, self._house.facts) for one in self.store.recorder.select_notifications(None, 5_000))
        return [event.fact for event in told if not kinds or isinstance(event.fact, kinds)]

    def events(self) -> Sequence[Event[Any]]:
        notifications = self.store.recorder.select_notifications(None, 5_000)
        return [read(one.state, self._house.facts) for one in notifications]

    def tables(self) -> Mapping[str, Any]:
        """What all views hold."""
        return {
            "staff": self.store.rows("select * from staff order by employee"),
            "courses": self.store.rows("select * from courses order by course, course_version"),
            "training_record": self.store.rows("select * from training_record order by employee, course"),
            "contributions": self.store.rows("select * from contributions order by employee, kind, title, on_day"),
        }


@pytest.fixture
def learning(database: str, tmp_path: Path) -> Iterator[Learning]:
    store = Store(database)
    store.migrate("learning")
    house = House("learning", PUBLISHED["learning"], VIEWS, day_opened=DayOpened)
    committer = Committer(house, store)
    committer.start()
    issue(tmp_path, Principal("user:hr", "hr"))
    app = build_app(
        "learning", policy=POLICY, routers=(router,), settings=ServiceSettings(jwks=str(tmp_path / "jwks.json"))
    )
    app.state.running = SimpleNamespace(house=house, store=store, committer=committer, hearing=Hearing(house, CONSUMES))
    yield Learning(store, committer, house, TestClient(app, raise_server_exceptions=False), tmp_path)
    committer.stop()
    store.close()
