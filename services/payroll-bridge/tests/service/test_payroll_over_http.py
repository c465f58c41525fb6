"""Payroll as its people meet it: requests and news in; responses, events and files out, over a real PostgreSQL."""

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from types import SimpleNamespace
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import pytest
from fastapi.testclient import TestClient

from chassis.facing.http import build_app
from chassis.facing.settings import ServiceSettings
from chassis.facing.tokens import Principal, issue
from chassis.keeping.committer import Committer
from chassis.keeping.errands import Errands
from chassis.keeping.inbox import Delivery, Hearing
from chassis.keeping.listening import Message
from chassis.keeping.sealing import DataKey
from chassis.keeping.store import Store
from chassis.keeping.work import Cause, Work
from contracts.agreements import DamagesAssessed, DamagesReversed
from contracts.envelope import Fact, read, record
from contracts.learning import (
    CoursePublished,
    ExamFailed,
    ExamPassed,
    TrainingCompleted,
    TrainingOverdue,
    TrainingVoided,
)
from contracts.payroll_bridge import PayrollClosed
from contracts.people import DayOpened, EmployeeHired, EmployeeLeft
from contracts.topics import events_topic
from payroll_bridge.adapters.exports import ExportFolder
from payroll_bridge.adapters.keyring import KeysAway
from payroll_bridge.errands import export_month
from payroll_bridge.handlers.keeping import CONSUMES
from payroll_bridge.http import POLICY, routes
from payroll_bridge.main import HOUSE

pytestmark = pytest.mark.postgres
JUNE = "2031-06-25"
SHA = "a" * 64
TABLES = sorted(table for view in HOUSE.views for table in view.TABLES)


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
        self.news: list[bytes] = []

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
                time=datetime(2031, 6, 1, tzinfo=UTC),
                actor="service:test",
                correlation=uuid4(),
                causation=None,
            )
            ids.append(event.id)
            topic = events_topic(event.publisher)
            messages.append(Message(topic, 0, len(self.news), event.subject.encode(), event.raw, ()))
            self.news.append(event.raw)
        outcomes = self.committer.submit(Delivery(self.hearing, messages, {})).result(30)
        assert set(outcomes) <= {"heard"}
        return ids

    def fill_views_anew(self, work: Work) -> None:
        for table in TABLES:
            work.write(f"delete from {table}")  # pyright: ignore
        own = [one.state for one in self.store.recorder.select_notifications(None, 1_000)]
        for raw in (*self.news, *own):
            work.show(read(raw, {**HOUSE.facts, **self.hearing.known}))

    def errands(self) -> None:
        def export(event: Any) -> Any:
            return export_month(event, self.store, ExportFolder(self.folder))

        Errands("payroll-bridge", {PayrollClosed: export}, self.committer, self.store).run()

    def said(self, name: str = "") -> list[Fact]:
        found = [read(one.state, HOUSE.facts).fact for one in self.store.recorder.select_notifications(None, 100_000)]
        return [fact for fact in found if fact is not None and type(fact).__name__.startswith(name)]

    def lines(self, period: str = "2031-06") -> list[tuple[str, str, str]]:
        answer = self.ask("GET", f"/periods/{period}?limit=1000").json()
        return [(line["employee"], line["kind"], line["amount"]) for line in answer["lines"]]

    def close(self, cutoff: str = JUNE) -> Any:
        return self.ask("POST", f"/periods/{cutoff[:7]}/close", {"cutoff": cutoff})


@pytest.fixture
def desk(database: str, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(database, tmp_path)
    desk.hear(DayOpened(day=date(2031, 8, 31)))
    yield desk
    desk.committer.stop()
    desk.store.close()


def wage(employee: str, wage: str = "8000", bonus: str = "1000", period: str = "2031-01") -> dict[str, str]:
    return {
        "employee": employee,
        "first_period": period,
        "monthly_wage": wage,
        "performance_bonus": bonus,
        "minimum_wage": "2740",
    }


def pay(desk: Desk, *employees: str, **said: str) -> None:
    assert desk.ask("POST", "/wages", {"entries": [wage(who, **said) for who in employees]}).status_code == 201


def adopt(desk: Desk, first_day: str = "2031-01-01") -> Any:
    rule = {"discussed_on": "2030-11-20", "published_on": "2030-12-01", "receipts": SHA}
    return desk.ask("POST", "/bonus-rules", {"first_day": first_day, **rule})


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


def consent(desk: Desk, who: str, **said: Any) -> Any:
    given = {"employee": who, "amount": "50000", "on": "2031-06-20", "document": SHA, "prior_written_notice": False}
    return desk.ask("POST", "/consents", {**given, **said}, role="hr")


june_5, june_20, june_28 = date(2031, 6, 5), date(2031, 6, 20), date(2031, 6, 28)

# Wages


def test_wages_are_sealed_and_setting_them_again_changes_nothing(desk: Desk):
    entries = {"entries": [wage("E1"), wage("E2")]}
    assert desk.ask("POST", "/wages", entries).json() == {"wages": 2, "changed": 2}
    assert desk.ask("POST", "/wages", entries).json() == {"wages": 2, "changed": 0}
    assert desk.keyring.calls == 2
    stored = b"".join(one.state for one in desk.store.recorder.select_notifications(None, 100))
    assert b"8000" not in stored
    assert b"1000" not in stored


def test_wages_of_somebody_unknown_are_refused_by_name_and_none_is_kept(desk: Desk):
    answer = desk.ask("POST", "/wages", {"entries": [wage("E1"), wage("X9")]})
    assert (answer.status_code, answer.json()["title"]) == (422, "UnknownEmployees")
    assert "X9" in answer.json()["detail"]
    assert desk.said() == []


@pytest.mark.parametrize("wrong", [{"monthly_wage": "-1"}, {"performance_bonus": "8000.01"}, {"monthly_wage": "1.005"}])
def test_a_wage_that_cannot_be_is_refused(desk: Desk, wrong: dict[str, str]):
    assert desk.ask("POST", "/wages", {"entries": [wage("E1") | wrong]}).status_code == 422


def test_without_people_nothing_is_kept_unsealed(desk: Desk):
    desk.keyring.away = True
    answer = desk.ask("POST", "/wages", {"entries": [wage("E1")]})
    assert (answer.status_code, answer.json()["title"]) == (503, "KeysAway")
    assert desk.said() == []


# Closing


def test_a_month_is_closed_paid_and_exported_once(desk: Desk):
    pay(desk, "E1", "E2", "E3")
    adopt(desk)
    desk.hear(*passed("E1", june_5, "95"), failed("E2", june_5), *passed("E2", june_20, attempt=2))
    desk.hear(failed("E3", june_5), *passed("E4", june_5))
    first, again = desk.close(), desk.close()
    desk.errands()
    after = desk.close()

    assert first.status_code == 200
    assert first.json() == {
        "period": "2031-06",
        "cutoff": JUNE,
        "lines": 4,
        "paid": "1040.00",
        "withheld": "640.00",
        "without_wage": ["E4"],
        "blocked": {},
    }
    assert first.json() == again.json() == after.json()
    assert desk.lines() == [
        ("E1", "EXCELLENCE", "240.00"),
        ("E1", "TRAINING_SUBSIDY", "400.00"),
        ("E2", "TRAINING_SUBSIDY", "400.00"),
        ("E3", "BONUS_WITHHELD", "640.00"),
    ]
    assert len(desk.said("AdjustmentProposed")) == 4
    assert len(desk.said("Payroll")) == 2


def test_the_files_are_what_was_exported(desk: Desk):
    pay(desk, "E1")
    desk.hear(*passed("E1", june_5, "95", course="=1+1"))
    desk.close()
    assert desk.ask("GET", "/periods/2031-06").json()["state"] == "CLOSED"
    desk.errands()
    desk.errands()

    sheet = (desk.folder / "2031-06.csv").read_bytes()
    shown = desk.ask("GET", "/periods/2031-06").json()
    assert (shown["state"], shown["file"]) == ("EXPORTED", hashlib.sha256(sheet).hexdigest())
    rows = list(csv.DictReader(sheet.decode("utf-8-sig").splitlines()))
    assert sheet.startswith(b"\xef\xbb\xbf")
    assert [(row["项目"], row["金额"], row["课程或债权"]) for row in rows] == [
        ("优秀奖励", "240.00", "'=1+1"),
        ("培训补贴", "400.00", "'=1+1"),
    ]
    told = json.loads((desk.folder / "2031-06.json").read_bytes())
    assert (told["sheet"], told["paid"], len(told["lines"])) == (shown["file"], "640.00", 2)
    assert b"8000" not in sheet
    assert len(desk.said("PayrollExported")) == 1


def test_an_export_that_was_interrupted_gives_the_same_file(desk: Desk):
    pay(desk, "E1")
    desk.hear(*passed("E1", june_5))
    desk.close()
    desk.folder.mkdir(parents=True)
    (desk.folder / ".2031-06.csv.part").write_bytes(b"half a")
    (desk.folder / "2031-06.json").mkdir()  # in the way: the first try fails
    desk.errands()
    assert desk.said("PayrollExported") == []
    assert not (desk.folder / "2031-06.csv").exists()
    (desk.folder / "2031-06.json").rmdir()
    desk.committer.commit(Cause("user:test", uuid4()), lambda work: work.write("update errands set next_try = now()"))
    desk.errands()
    assert (desk.folder / "2031-06.csv").read_bytes().count(b"\n") == 2
    assert len(desk.said("PayrollExported")) == 1


def test_a_bonus_is_only_withheld_under_a_rule_in_force(desk: Desk):
    pay(desk, "E1")
    assert adopt(desk, "2031-06-26").status_code == 201
    desk.hear(failed("E1", june_5))
    assert desk.close().json()["withheld"] == "0.00"


def test_a_rule_without_its_procedure_is_refused(desk: Desk):
    answer = adopt(desk, "2030-12-01")
    assert (answer.status_code, answer.json()["title"]) == (409, "NotPublishedBefore")


def test_overdue_safety_training_costs_nothing_and_overdue_training_does(desk: Desk):
    told: dict[str, Any] = {"course_version": 1, "title": "t", "form": "ONLINE", "hours": Decimal(8)}
    more: dict[str, Any] = {"due_days": 30, "first_day": date(2031, 1, 1), **told}
    overdue: dict[str, Any] = {"due": june_5, "on": date(2031, 6, 6)}
    adopt(desk)
    pay(desk, "E1", "E2", "E3")
    desk.hear(
        CoursePublished(course="safety", course_class="强制", **more),
        CoursePublished(course="sales", course_class="专项", **more),
        TrainingOverdue(employee="E1", course="safety", **overdue),
        TrainingOverdue(employee="E2", course="sales", **overdue),
        TrainingOverdue(employee="E3", course="a class nobody told", **overdue),
    )
    desk.close()
    assert desk.lines() == [("E2", "BONUS_WITHHELD", "640.00")]


def test_what_comes_after_the_cut_off_is_the_next_months_and_nothing_is_paid_twice(desk: Desk):
    pay(desk, "E1", "E2")
    desk.hear(*passed("E1", june_5), *passed("E2", june_28))
    desk.close()
    desk.hear(*passed("E1", date(2031, 7, 3)))
    desk.close("2031-07-25")
    assert desk.lines() == [("E1", "TRAINING_SUBSIDY", "400.00")]
    assert desk.lines("2031-07") == [("E2", "TRAINING_SUBSIDY", "400.00")]


def test_who_had_no_wage_is_paid_in_the_next_month(desk: Desk):
    desk.hear(*passed("E1", june_5))
    assert desk.close().json()["without_wage"] == ["E1"]
    pay(desk, "E1")
    desk.close("2031-07-25")
    assert desk.lines("2031-07") == [("E1", "TRAINING_SUBSIDY", "400.00")]


def test_a_voided_completion_is_not_paid_and_what_was_paid_is_taken_back(desk: Desk):
    pay(desk, "E1", "E2")
    _, first = desk.hear(*passed("E1", june_5))
    _, second = desk.hear(*passed("E2", june_5))
    desk.hear(TrainingVoided(employee="E2", course="C1", completion=str(second), reason="替考"))
    desk.close()
    assert desk.lines() == [("E1", "TRAINING_SUBSIDY", "400.00")]
    desk.hear(TrainingVoided(employee="E1", course="C1", completion=str(first), reason="替考"))
    desk.hear(*passed("E1", date(2031, 7, 9), attempt=2))
    assert desk.close("2031-07-25").json()["paid"] == "0.00"
    assert desk.lines("2031-07") == [("E1", "TRAINING_SUBSIDY", "400.00"), ("E1", "TRAINING_SUBSIDY", "-400.00")]


def test_a_pass_before_the_cut_off_that_was_heard_late_gives_the_bonus_back(desk: Desk):
    pay(desk, "E1")
    adopt(desk)
    desk.hear(failed("E1", june_5))
    assert desk.close().json()["withheld"] == "640.00"
    desk.hear(*passed("E1", june_20, attempt=2))
    answer = desk.close("2031-07-25").json()
    assert (answer["paid"], answer["withheld"]) == ("400.00", "-640.00")


@pytest.mark.parametrize(
    ("cutoff", "title"), [("2031-09-25", "CutOffAhead"), ("2031-05-25", "LaterPeriodClosed"), (JUNE, None)]
)
def test_a_month_is_closed_when_its_day_has_come_and_in_order(desk: Desk, cutoff: str, title: str | None):
    desk.close()
    answer = desk.close(cutoff)
    assert answer.json().get("title") == title
    assert (
        desk.ask("POST", "/periods/2031-06/close", {"cutoff": "2031-06-26"}).json()["title"] == "ClosedAtAnotherCutOff"
    )


def test_the_wage_of_the_month_counts(desk: Desk):
    pay(desk, "E1")
    pay(desk, "E1", wage="10000", period="2031-06")
    pay(desk, "E1", wage="20000", period="2031-07")
    desk.hear(*passed("E1", june_5))
    assert desk.close().json()["paid"] == "500.00"


def test_a_wage_whose_key_is_gone_is_no_wage(desk: Desk):
    pay(desk, "E1")
    desk.keyring.gone = {"E1"}
    desk.hear(*passed("E1", june_5))
    assert desk.close().json()["without_wage"] == ["E1"]


# Damages


def test_damages_are_deducted_by_consent_month_by_month_until_they_are_paid(desk: Desk):
    pay(desk, "E1", "E2", wage="10000")
    desk.hear(hired("E1"), hired("E2"), assessed("E1", "3000"), assessed("E2", "3000"))
    assert consent(desk, "E1").status_code == 201
    assert desk.close().json()["blocked"] == {"E2": "NO_CONSENT"}
    desk.close("2031-07-25")
    desk.close("2031-08-25")
    for period, amount in (("2031-06", "2000.00"), ("2031-07", "1000.00")):
        assert desk.lines(period) == [("E1", "DAMAGES_DEDUCTION", amount)]
    assert desk.lines("2031-08") == []
    shown = desk.ask("GET", "/employees/E1/adjustments").json()["damages"]
    assert shown == {"assessed": "3000.00", "deducted": "3000.00", "remaining": "0.00", "to_return": "0.00"}


def test_reversed_damages_are_not_deducted_and_what_was_taken_is_shown(desk: Desk):
    pay(desk, "E1", wage="10000")
    desk.hear(hired("E1"), assessed("E1"))
    consent(desk, "E1")
    desk.close()
    desk.hear(DamagesReversed(employee="E1", amount=Decimal(5000), reason="违法解除"))
    assert desk.close("2031-07-25").json()["withheld"] == "0.00"
    assert desk.ask("GET", "/employees/E1/adjustments").json()["damages"]["to_return"] == "2000.00"


def test_a_region_that_asks_for_notice_and_one_nobody_knows_block_a_claim(desk: Desk):
    pay(desk, "E1", "E2", "E3", wage="10000")
    desk.hear(hired("E1", "GUANGDONG"), hired("E2", "GUANGDONG"), hired("E3", "ATLANTIS"))
    desk.hear(*(assessed(who) for who in ("E1", "E2", "E3")))
    consent(desk, "E1")
    consent(desk, "E2", prior_written_notice=True)
    consent(desk, "E3")
    assert desk.close().json()["blocked"] == {"E1": "NOTICE_REQUIRED", "E3": "REGION_UNKNOWN"}
    assert desk.lines() == [("E2", "DAMAGES_DEDUCTION", "2000.00")]


def test_after_the_last_payroll_nothing_is_deducted(desk: Desk):
    pay(desk, "E1", wage="10000")
    told: dict[str, Any] = {"ground": "ART37_RESIGN_WITH_NOTICE", "proof": "letter"}
    desk.hear(hired("E1"), EmployeeLeft(employee="E1", last_day=date(2031, 6, 30), **told), assessed("E1"))
    consent(desk, "E1")
    assert desk.close().json()["withheld"] == "2000.00"
    assert desk.close("2031-07-25").json()["lines"] == 0


def test_a_withheld_bonus_and_damages_together_leave_the_minimum_wage(desk: Desk):
    pay(desk, "E1", wage="3000", bonus="200")
    adopt(desk)
    desk.hear(hired("E1"), assessed("E1"), failed("E1", june_5))
    consent(desk, "E1")
    assert desk.close().json()["withheld"] == "260.00"
    assert desk.lines() == [("E1", "BONUS_WITHHELD", "200.00"), ("E1", "DAMAGES_DEDUCTION", "60.00")]


# Reading


def test_who_may_read_what(desk: Desk):
    pay(desk, "E1")
    desk.hear(*passed("E1", june_5))
    desk.close()
    own, other = "/employees/E1/adjustments", "/employees/E2/adjustments"
    assert [desk.ask("GET", own, role=role).status_code for role in ("hr", "auditor", "employee:E1")] == [200] * 3
    assert desk.ask("GET", other, role="employee:E1").status_code == 403
    assert desk.ask("GET", own, role="manager").status_code == 403
    assert desk.ask("POST", "/periods/2031-07/close", {"cutoff": "2031-07-25"}, role="hr").status_code == 403
    assert desk.ask("GET", "/periods/2031-07").status_code == 404


def test_lines_come_in_pages(desk: Desk):
    staff = [f"E{n:03}" for n in range(5)]
    pay(desk, *staff)
    desk.hear(*(fact for who in staff for fact in passed(who, june_5)))
    desk.close()
    found, cursor = list[str](), ""
    while cursor is not None:
        page = desk.ask("GET", f"/periods/2031-06?limit=2&cursor={cursor}").json()
        found += [line["employee"] for line in page["lines"]]
        cursor = page["next"]
    assert found == staff


def test_five_hundred_employees_are_closed_in_well_under_two_seconds(desk: Desk):
    staff = [f"E{n:04}" for n in range(500)]
    pay(desk, *staff)
    adopt(desk)
    facts = [fact for who in staff for fact in (*passed(who, june_5, "95"), failed(who, june_5, "C2"))]
    desk.hear(*facts)
    began = perf_counter()
    answer = desk.close()
    took = perf_counter() - began
    assert answer.json()["lines"] == 1500
    assert took < 2


def test_views_rebuilt_are_what_they_were(desk: Desk):
    pay(desk, "E1", "E2", wage="10000")
    adopt(desk)
    news: list[Fact] = [hired("E1"), assessed("E1"), *passed("E1", june_5), failed("E2", june_5)]
    desk.hear(*news)
    consent(desk, "E1")
    desk.close()
    desk.errands()
    before = {table: desk.store.rows(f"select * from {table} order by 1, 2") for table in TABLES}  # pyright: ignore
    desk.committer.commit(Cause("user:test", uuid4()), desk.fill_views_anew)
    assert {table: desk.store.rows(f"select * from {table} order by 1, 2") for table in TABLES} == before  # pyright: ignore
