"""Agreements as it runs: over a real PostgreSQL, asked by HTTP under any role, told the news of others."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from psycopg.sql import SQL, Identifier

from agreements.cli import FIGURES
from agreements.domain.recomputing import recomputed
from agreements.handlers import CONSUMES, DUE
from agreements.http import POLICY, routes
from agreements.main import HOUSE
from casework.recomputing import Figure, as_it_was_known, figure
from chassis.facing.http import build_app
from chassis.facing.settings import ServiceSettings
from chassis.facing.tokens import Principal, issue
from chassis.keeping.listening import Message
from chassis.keeping.running import Duties
from chassis.testing.service import ServiceUnderTest
from contracts.envelope import Fact, Sealed, read
from contracts.learning import TrainingCompleted
from contracts.people import EmployeeHired, EmployeeLeft, LeavingCorrected
from contracts.topics import KNOWN

CLAUSES = {name: f"text of {name}" for name in ("cost", "service_period", "liability", "records", "address")}
ID = UUID("11111111-1111-4111-8111-111111111111")
VOUCHER = "ab" * 32
SEALED = Sealed(key="E1/k", text="c2VhbGVk", commitment="0" * 64)
WORKSHOP = "集团/制造中心/一车间"


class Tales:
    """Bodies of requests and news of others, as most tests need them."""

    id, clauses = ID, CLAUSES

    @staticmethod
    def drafting(agreement: UUID = ID, employee: str = "E1", course: str = "PMP", **other: Any) -> dict[str, Any]:
        said = {"agreed_cost": "100000", "service_months": 24, "template": "special", "course": course, **other}
        return {"agreement": str(agreement), "employee": employee, **said}

    @staticmethod
    def cost(number: str = "0001", amount: str = "100000", kind: str = "COURSE_FEE", **other: Any) -> dict[str, Any]:
        return {"kind": kind, "amount": amount, "voucher": VOUCHER, "invoice_number": number, **other}

    @staticmethod
    def signature(document: str) -> dict[str, str]:
        return {"document": document, "identified_by": "OIDC amr=hwk", "intent": "我已阅读并同意"}

    @staticmethod
    def hired(employee: str = "E1", contract_end: date | None = date(2025, 6, 30)) -> EmployeeHired:
        return EmployeeHired(
            employee=employee,
            number=employee[1:],
            name=SEALED,
            identity_number=SEALED,
            department=WORKSHOP,
            post="工程师",
            rank="P5",
            level="基层",
            region="GUANGDONG",
            on=date(2020, 1, 1),
            contract_end=contract_end,
        )

    @staticmethod
    def completed(employee: str = "E1", course: str = "PMP", on: date = date(2024, 1, 10)) -> TrainingCompleted:
        return TrainingCompleted.model_validate(
            {"employee": employee, "course": course, "on": on, "course_version": 1, "course_class": "专项"}
            | {"form": "EXTERNAL", "hours": "40", "attempts": 1, "score": "85"}
        )

    @staticmethod
    def left(
        ground: str = "ART37_RESIGN_WITH_NOTICE", employee: str = "E1", last_day: date = date(2025, 1, 10)
    ) -> Fact:
        return EmployeeLeft.model_validate(
            {"employee": employee, "last_day": last_day, "ground": ground, "proof": "letter"}
        )

    @staticmethod
    def corrected(ground: str, reason: str, last_day: date = date(2025, 1, 10)) -> LeavingCorrected:
        return LeavingCorrected.model_validate(
            {"employee": "E1", "last_day": last_day, "ground": ground, "proof": "ruling", "reason": reason}
        )


class Agreements(Tales):
    """Agreements at work, and the story that most tests begin with."""

    def __init__(self, service: ServiceUnderTest, http: TestClient, keys: Path) -> None:
        self.service, self.http, self._keys = service, http, keys
        self._heard: list[Message] = []

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        role: str = "hr",
        departments: tuple[str, ...] = (),
        **sent: str,
    ) -> Any:
        """`role` is one, or one with an employee: `employee:E1`; `sent` are headers."""
        name, _, employee = role.partition(":")
        token = issue(self._keys, Principal(f"user:{role}", name, employee or None, departments))
        headers = {"authorization": f"Bearer {token}"} | {key.replace("_", "-"): value for key, value in sent.items()}
        return self.http.request(method, path, json=body, headers=headers)

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

    def hear(self, *facts: Fact) -> list[str]:
        """What became of each."""
        messages = [self.service.news(fact) for fact in facts]
        self._heard += messages
        return self.service.delivers(*messages)

    def hear_again(self) -> set[str]:
        """All news once more, at later offsets. Returns what became of them."""
        again = [self.service.message(m.topic, m.value, m.key) for m in self._heard]
        return set(self.service.delivers(*again))

    def open(self, *days: date) -> None:
        """Lets days come, and does what is due on them."""
        self.service.opens(*days)

    def open_until(self, first: date, last: date) -> None:
        self.open(*(first + timedelta(days=number) for number in range((last - first).days + 1)))

    def said(self, *kinds: type[Fact]) -> list[Any]:
        """The facts that agreements told, of these kinds or of all, oldest first."""
        return [event.fact for event in self.service.events() if not kinds or isinstance(event.fact, kinds)]

    def tables(self) -> Mapping[str, Any]:
        """What all views hold."""
        names = [table for view in HOUSE.views for table in view.TABLES]
        with self.service.store.datastore.get_connection() as connection:
            return {
                name: connection.execute(SQL("select * from {} order by 1, 2").format(Identifier(name))).fetchall()
                for name in names
            }

    # The story

    def begin(self, today: date = date(2024, 1, 2)) -> None:
        """A policy, a template and one employee, on a first day."""
        self.open(today)
        self.hear(self.hired())
        self.post("/policies", {"first_day": "2024-01-01"})
        self.post("/templates", {"template": "special", "clauses": CLAUSES})

    def draft(self, agreement: UUID = ID, employee: str = "E1", course: str = "PMP", **other: Any) -> dict[str, Any]:
        return self.post("/agreements", self.drafting(agreement, employee, course, **other))

    def sign(self, agreement: UUID = ID, employee: str = "E1", course: str = "PMP", **other: Any) -> None:
        """From the draft to the employee's signature, with a cost that is proven."""
        document = self.draft(agreement, employee, course, **other)["document"]
        self.post(f"/agreements/{agreement}/costs", self.cost(str(agreement)[:8]))
        self.post(f"/agreements/{agreement}/offer", {})
        self.post(f"/agreements/{agreement}/sign", self.signature(document), role=f"employee:{employee}")

    def seal(self, agreement: UUID = ID, employee: str = "E1", course: str = "PMP", **other: Any) -> None:
        self.sign(agreement, employee, course, **other)
        self.post(f"/agreements/{agreement}/seal")

    def differing(self) -> list[Figure]:
        """The figures that are not recomputed the same from what was heard and said."""
        heard = [read(message.value or b"", KNOWN) for message in self._heard]
        told = as_it_was_known([*heard, *self.service.events()], "agreements")
        return [it for each in recomputed(told) if not (it := figure(each, FIGURES)).equal and it.why is None]

    def damages(self, employee: str = "E1") -> dict[str, Any]:
        return self.get(f"/employees/{employee}/damages")


@pytest.fixture
def agreements(database: str, tmp_path: Path) -> Iterator[Agreements]:
    """Agreements at work. Whatever a test does with it, at its end each figure is recomputed the same."""
    duties = Duties(consumes=CONSUMES, due=DUE)
    issue(tmp_path, Principal("user:hr", "hr"))
    settings = ServiceSettings(jwks=str(tmp_path / "jwks.json"))
    app = build_app("agreements", policy=POLICY, routers=(routes(offer_days=14),), settings=settings)
    with ServiceUnderTest(HOUSE, duties, "agreements", database) as service:
        app.state.running = SimpleNamespace(
            house=HOUSE, store=service.store, committer=service.committer, hearing=service.hearing
        )
        made = Agreements(service, TestClient(app, raise_server_exceptions=False), tmp_path)
        yield made
        assert made.differing() == []
