"""Points as it runs: over a real PostgreSQL, spoken to by HTTP and by news."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest
from fastapi.testclient import TestClient

from casework.recomputing import Figure, as_it_was_known, figure
from chassis.facing.http import build_app
from chassis.facing.settings import ServiceSettings
from chassis.facing.tokens import Principal, issue
from chassis.keeping.committer import Committer
from chassis.keeping.inbox import Delivery, Hearing
from chassis.keeping.listening import Message
from chassis.keeping.store import Store
from chassis.keeping.work import House, clock
from contracts.envelope import Event, Fact, Sealed, read, record
from contracts.learning import ContributionMade, ExamPassed, TrainingCompleted, TrainingVoided
from contracts.people import DayOpened, EmployeeHired
from contracts.topics import PUBLISHED
from points.cli import FIGURES
from points.domain.recomputing import recomputed
from points.handlers import CONSUMES
from points.http import POLICY, router
from points.views import entries, learned, ranking, rules, staff

VIEWS = (staff, learned, rules, entries, ranking)
SEALED = Sealed(key="E1/k", text="c2VhbGVk", commitment="0" * 64)
RULES = {
    "first_day": "2024-01-01",
    "rates": {"ONLINE_HOURS": "2", "WORKSHOP": "5", "EXAM_PASSED": "10", "SHARING": "15", "MENTORING_DONE": "20"},
    "role_rates": {"RD_MIDDLE": {"TECH_PROJECT": "30"}},
    "scheme": "SHARES_40_30_20_10",
    "target": "100",
}


class Points:
    """Points at work. `ask` speaks to it by HTTP under any role, `hear` brings it news, `said` is what it told."""

    def __init__(self, store: Store, committer: Committer, house: House, http: TestClient, keys: Path) -> None:
        self.store, self.http, self._committer, self._house, self._keys = store, http, committer, house, keys
        self._versions: dict[UUID, int] = {}
        self.heard: list[Event[Any]] = []
        self.hearing = Hearing(house, CONSUMES)

    def ask(
        self, method: str, path: str, body: Any = None, *, role: str = "hr", departments: tuple[str, ...] = ()
    ) -> Any:
        """`role` is one, or one with an employee: `employee:E1`."""
        name, _, employee = role.partition(":")
        token = issue(self._keys, Principal(f"user:{role}", name, employee or None, departments))
        return self.http.request(method, path, json=body, headers={"authorization": f"Bearer {token}"})

    def post(self, path: str, body: Any = None, **asked: Any) -> dict[str, Any]:
        answer = self.ask("POST", path, body, **asked)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def get(self, path: str, **asked: Any) -> dict[str, Any]:
        answer = self.ask("GET", path, **asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, path: str, body: Any = None, **asked: Any) -> tuple[int, str]:
        answer = self.ask("POST", path, body, **asked)
        return answer.status_code, answer.json()["title"]

    def points(self, employee: str, year: int = 2024) -> str:
        return self.get(f"/employees/{employee}/points?year={year}")["points"]

    def adopt(self, **changed: Any) -> dict[str, Any]:
        return self.post("/rules", RULES | changed)

    def hear(self, *facts: Fact) -> list[str]:
        """The ids of the events that the facts came in."""
        events = [self._event(fact) for fact in facts]
        assert [outcome for event in events for outcome in self.deliver(event)] == ["heard"] * len(events)
        return [str(event.id) for event in events]

    def deliver(self, event: Event[Any]) -> list[str]:
        message = Message("learning.events.v1", 0, len(self.heard), event.subject.encode(), event.raw, ())
        self.heard.append(event)
        return self._committer.submit(Delivery(self.hearing, (message,), {})).result()

    def repeat_all(self) -> list[str]:
        """Delivers once more, at new offsets, all that was heard."""
        return [outcome for event in tuple(self.heard) for outcome in self.deliver(event)]

    def _event(self, fact: Fact) -> Event[Any]:
        about = (fact.TYPE.split(".")[0], getattr(fact, "employee", ""), getattr(fact, "course", ""))
        stream = uuid5(NAMESPACE_URL, "urn:test:" + ":".join(about))
        self._versions[stream] = number = self._versions.get(stream, 0) + 1
        return record(
            fact, stream=stream, version=number, time=clock(), actor="user:hr", correlation=stream, causation=None
        )

    def said(self, *kinds: type[Fact]) -> list[Any]:
        """The facts that points told, of these kinds or of all, oldest first."""
        return [event.fact for event in self.events() if not kinds or isinstance(event.fact, kinds)]

    def differing(self) -> list[Figure]:
        """The figures that are not recomputed the same from what was heard and said."""
        told = as_it_was_known([*self.heard, *self.events()], "points")
        return [it for each in recomputed(told) if not (it := figure(each, FIGURES)).equal and it.why is None]

    def events(self) -> list[Event[Any]]:
        notifications = self.store.recorder.select_notifications(None, 5_000)
        return [read(one.state, self._house.facts) for one in notifications]


@pytest.fixture
def points(database: str, tmp_path: Path) -> Iterator[Points]:
    """Points at work. Whatever a test does with it, at its end each figure is recomputed the same."""
    store = Store(database)
    store.migrate("points")
    house = House("points", PUBLISHED["points"], VIEWS, day_opened=DayOpened)
    committer = Committer(house, store)
    committer.start()
    issue(tmp_path, Principal("user:hr", "hr"))
    app = build_app(
        "points", policy=POLICY, routers=(router,), settings=ServiceSettings(jwks=str(tmp_path / "jwks.json"))
    )
    app.state.running = SimpleNamespace(house=house, store=store, committer=committer, hearing=Hearing(house, CONSUMES))
    made = Points(store, committer, house, TestClient(app, raise_server_exceptions=False), tmp_path)
    yield made
    assert made.differing() == []
    committer.stop()
    store.close()


class News:
    """What people and learning tell, with the usual particulars."""

    def hired(self, employee: str, **asked: Any) -> EmployeeHired:
        usual = {
            "employee": employee,
            "number": employee[1:],
            "name": SEALED,
            "identity_number": SEALED,
            "department": "集团/研发中心",
            "post": "研发经理",
            "rank": "M1",
            "level": "中层",
            "region": "GUANGDONG",
            "on": date(2023, 5, 1),
        }
        return EmployeeHired.model_validate(usual | asked)

    def completed(self, employee: str, on: date, **asked: Any) -> TrainingCompleted:
        usual = {
            "employee": employee,
            "course": "safety",
            "course_version": 1,
            "course_class": "日常",
            "form": "ONLINE",
            "hours": Decimal(3),
            "on": on,
            "attempts": 0,
        }
        return TrainingCompleted.model_validate(usual | asked)

    def passed(self, employee: str, on: date, **asked: Any) -> ExamPassed:
        usual = {
            "employee": employee,
            "course": "safety",
            "course_class": "日常",
            "on": on,
            "attempt": 1,
            "score": Decimal(90),
            "pass_mark": Decimal(80),
        }
        return ExamPassed.model_validate(usual | asked)

    def gave(self, employee: str, on: date, kind: str = "SHARING", title: str = "焊接经验") -> ContributionMade:
        return ContributionMade.model_validate({"employee": employee, "kind": kind, "title": title, "on": on})

    def voided(self, employee: str, completion: str, course: str = "safety") -> TrainingVoided:
        return TrainingVoided(employee=employee, course=course, completion=completion, reason="没有参加")


@pytest.fixture(scope="session")
def news() -> News:
    return News()
