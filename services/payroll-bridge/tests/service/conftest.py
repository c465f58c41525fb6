"""Payroll as its people meet it: requests and news in; responses, events and files out, over a real PostgreSQL."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import pytest
from fastapi.testclient import TestClient

from casework.recomputing import Figure, as_it_was_known, figure
from chassis.facing.http import build_app
from chassis.facing.keyring import KeysAway
from chassis.facing.settings import ServiceSettings
from chassis.facing.tokens import Principal, issue
from chassis.keeping.committer import Committer
from chassis.keeping.errands import Errands
from chassis.keeping.inbox import Delivery, Hearing
from chassis.keeping.listening import Message
from chassis.keeping.sealing import DataKey
from chassis.keeping.store import Store
from chassis.keeping.work import clock
from contracts.agreements import DamagesAssessed
from contracts.envelope import Event, Fact, read, record
from contracts.learning import ExamFailed, ExamPassed, TrainingCompleted
from contracts.payroll_bridge import PayrollClosed
from contracts.people import DayOpened, EmployeeHired
from contracts.topics import events_topic
from payroll_bridge.adapters.exports import ExportFolder
from payroll_bridge.cli import FIGURES
from payroll_bridge.domain.pay import MonthsPay
from payroll_bridge.domain.recomputing import recomputed
from payroll_bridge.domain.wage import SealedWage
from payroll_bridge.errands import export_month
from payroll_bridge.handlers.keeping import CONSUMES, opened
from payroll_bridge.http import POLICY, routes
from payroll_bridge.main import HOUSE

JUNE = "2031-06-25"
SHA = "a" * 64


class SmallKeyring:
    """Keys of everybody whose id begins with E; none while people is away."""

    def __init__(self) -> None:
        self.calls, self.away = 0, False
        self.gone: set[str] = set()

    def keys(self, owners: Iterable[str]) -> Mapping[str, DataKey]:
        self.calls += 1
        if self.away:
            raise KeysAway("away")
        known = [who for who in owners if who.startswith("E") and who not in self.gone]
        return {who: DataKey(f"{who}/1", hashlib.sha256(who.encode()).digest()) for who in known}


def wage(employee: str, wage: str = "8000", bonus: str = "1000", period: str = "2031-01") -> dict[str, str]:
    return {
        "employee": employee,
        "first_period": period,
        "monthly_wage": wage,
        "performance_bonus": bonus,
        "minimum_wage": "2740",
    }


class Desk:
    """Payroll-bridge with everything but Kafka: requests by any role, news of any service, errands on request."""

    def __init__(self, url: str, folder: Path) -> None:
        self.store = Store(url)
        self.store.migrate("payroll_bridge")
        self.committer = Committer(HOUSE, self.store)
        self.committer.start()
        self.hearing = Hearing(HOUSE, CONSUMES)
        self.keyring, self.keys, self.folder = SmallKeyring(), folder, folder / "exports"
        issue(folder, Principal("user:payroll", "payroll"))
        settings = ServiceSettings(jwks=str(folder / "jwks.json"))
        app = build_app("payroll-bridge", policy=POLICY, routers=(routes(self.keyring),), settings=settings)
        app.state.running = SimpleNamespace(
            house=HOUSE, store=self.store, committer=self.committer, hearing=self.hearing
        )
        self.http = TestClient(app, raise_server_exceptions=False)
        self.versions: dict[UUID, int] = {}
        self._heard: list[Event[Any]] = []
        self._told = 0

    def ask(self, method: str, path: str, body: Any = None, *, role: str = "payroll", **headers: str) -> Any:
        name, _, employee = role.partition(":")
        token = issue(self.keys, Principal(f"user:{role}", name, employee or None))
        headers = {"authorization": f"Bearer {token}", **{key.replace("_", "-"): it for key, it in headers.items()}}
        return self.http.request(method, path, headers=headers, json=body)

    def hear(self, *facts: Fact) -> list[UUID]:
        """Lets the service hear news. Returns the ids of the events."""
        messages, ids = list[Message](), list[UUID]()
        for fact in facts:
            stream = uuid5(NAMESPACE_URL, f"{getattr(fact, 'employee', '')}/{getattr(fact, 'course', '')}/{fact.TYPE}")
            self.versions[stream] = version = self.versions.get(stream, 0) + 1
            event = record(
                fact,
                stream=stream,
                version=version,
                time=clock(),
                actor="service:test",
                correlation=uuid4(),
                causation=None,
            )
            ids.append(event.id)
            self._heard.append(event)
            topic = events_topic(event.publisher)
            messages.append(Message(topic, 0, self._told, event.subject.encode(), event.raw, ()))
            self._told += 1
        outcomes = self.committer.submit(Delivery(self.hearing, messages, {})).result(30)
        assert set(outcomes) <= {"heard"}
        return ids

    def errands(self) -> None:
        def export(event: Any) -> Any:
            return export_month(event, self.store, ExportFolder(self.folder))

        Errands("payroll-bridge", {PayrollClosed: export}, self.committer, self.store).run()

    def said(self, name: str = "") -> list[Fact]:
        found = [read(one.state, HOUSE.facts).fact for one in self.store.recorder.select_notifications(None, 100_000)]
        return [fact for fact in found if fact is not None and type(fact).__name__.startswith(name)]

    def differing(self) -> list[Figure]:
        """The figures that are not recomputed the same from what was heard and said, with wages opened."""
        found = recomputed(as_it_was_known(self.told(), "payroll-bridge"), self.opened)
        return [it for each in found if not (it := figure(each, FIGURES)).equal and it.why is None]

    def told(self) -> list[Event[Any]]:
        """All that was heard, and all that was said."""
        own = [read(one.state, HOUSE.facts) for one in self.store.recorder.select_notifications(None, 100_000)]
        return [*self._heard, *own]

    def opened(self, sealed: Mapping[str, SealedWage]) -> Mapping[str, MonthsPay | None]:
        return {who: it.pay for who, it in opened(sealed, self.keyring.keys(sealed)).items()}

    def lines(self, period: str = "2031-06") -> list[tuple[str, str, str]]:
        answer = self.ask("GET", f"/periods/{period}?limit=1000").json()
        return [(line["employee"], line["kind"], line["amount"]) for line in answer["lines"]]

    def close(self, cutoff: str = JUNE) -> Any:
        return self.ask("POST", f"/periods/{cutoff[:7]}/close", {"cutoff": cutoff})

    def pay(self, *employees: str, **said: str) -> None:
        assert self.ask("POST", "/wages", {"entries": [wage(who, **said) for who in employees]}).status_code == 201

    def adopt(self, first_day: str = "2031-01-01") -> Any:
        rule = {"discussed_on": "2030-11-20", "published_on": "2030-12-01", "receipts": SHA}
        return self.ask("POST", "/bonus-rules", {"first_day": first_day, **rule})

    def consent(self, who: str, **said: Any) -> Any:
        given = {"employee": who, "amount": "50000", "on": "2031-06-20", "document": SHA, "prior_written_notice": False}
        return self.ask("POST", "/consents", {**given, **said}, role="hr")


@pytest.fixture
def desk(database: str, tmp_path: Path) -> Iterator[Desk]:
    """Payroll-bridge at its desk. Whatever a test does with it, at its end each figure is recomputed the same."""
    desk = Desk(database, tmp_path)
    desk.hear(DayOpened(day=date(2031, 8, 31)))
    yield desk
    assert desk.differing() == []
    desk.committer.stop()
    desk.store.close()


def passed(who: str, on: date, score: str = "82", attempt: int = 1, course: str = "C1") -> tuple[Fact, Fact]:
    """The exam and the completion that it brought, as learning tells them."""
    told: dict[str, Any] = {"employee": who, "course": course, "course_class": "专项", "on": on, "score": score}
    exam = ExamPassed(attempt=attempt, pass_mark=Decimal(80), **told)
    return exam, TrainingCompleted(course_version=1, form="ONLINE", hours=Decimal(8), attempts=attempt, **told)


def failed(who: str, on: date, course: str = "C1", attempt: int = 1) -> Fact:
    told: dict[str, Any] = {"employee": who, "course": course, "course_class": "专项", "on": on, "attempt": attempt}
    return ExamFailed(score=Decimal(41), pass_mark=Decimal(80), **told)


def hired(who: str, region: str = "BEIJING") -> Fact:
    sealed: Any = {"key": "k", "text": "t", "commitment": SHA}
    told: dict[str, Any] = {"department": "集团", "post": "焊工", "rank": "P3", "level": "基层", "region": region}
    return EmployeeHired(employee=who, number=who[1:], name=sealed, identity_number=sealed, on=date(2030, 1, 1), **told)


def assessed(who: str, amount: str = "5000") -> Fact:
    told: dict[str, Any] = {"ground": "ART37_RESIGN_WITH_NOTICE", "article": "22", "agreements": (), "steps": ()}
    day = date(2031, 6, 30)
    return DamagesAssessed(
        employee=who, last_day=day, amount=Decimal(amount), ceiling=Decimal(amount), claim_deadline=day, **told
    )


@pytest.fixture(scope="session", name="wage")
def tells_wage() -> Callable[..., Any]:
    return wage


@pytest.fixture(scope="session", name="passed")
def tells_passed() -> Callable[..., Any]:
    return passed


@pytest.fixture(scope="session", name="failed")
def tells_failed() -> Callable[..., Any]:
    return failed


@pytest.fixture(scope="session", name="hired")
def tells_hired() -> Callable[..., Any]:
    return hired


@pytest.fixture(scope="session", name="assessed")
def tells_assessed() -> Callable[..., Any]:
    return assessed
