"""People as HR and other services meet it: requests in; responses, events and views out, over a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient

from chassis.facing.http import build_app
from chassis.facing.settings import ServiceSettings
from chassis.facing.tokens import Principal, issue
from chassis.keeping.committer import Committer
from chassis.keeping.inbox import Hearing
from chassis.keeping.store import Store
from chassis.keeping.work import House
from contracts.envelope import read
from contracts.people import DayOpened
from contracts.topics import PUBLISHED
from people.adapters.sheets import read_sheet
from people.adapters.vault import Vault
from people.http import POLICY, routes
from people.views import employees

pytestmark = pytest.mark.postgres
SAMPLE = Path(__file__).resolve().parents[4] / "deploy/sample"
ADA = {
    "number": "000042",
    "name": "欧阳·艾达",
    "identity_number": "990000199001011239",
    "phone": "10012345678",
    "department": "集团/制造中心/一车间",
    "post": "焊工",
    "rank": "P3",
    "level": "基层",
    "region": "GUANGDONG",
    "hired_on": "2024-03-04",
}


class Desk:
    """A client of people, under the token of any role."""

    def __init__(self, http: TestClient, keys: Path, store: Store) -> None:
        self.http, self.keys, self.store = http, keys, store

    def ask(
        self, method: str, path: str, *, role: str = "hr", headers: dict[str, str] | None = None, **sent: Any
    ) -> Any:
        name, _, employee = role.partition(":")
        token = issue(self.keys, Principal(f"user:{role}", name, employee or None))
        return self.http.request(method, path, headers={"authorization": f"Bearer {token}", **(headers or {})}, **sent)

    def said(self) -> list[str]:
        notifications = self.store.recorder.select_notifications(None, 5_000)
        return [read(one.state, PUBLISHED["people"]).type.split(".")[1] for one in notifications]


@pytest.fixture
def desk(database: str, tmp_path: Path) -> Iterator[Desk]:
    store = Store(database)
    store.migrate("people")
    house = House("people", PUBLISHED["people"], (employees,), day_opened=DayOpened)
    committer = Committer(house, store)
    committer.start()
    issue(tmp_path, Principal("user:hr", "hr"))
    settings = ServiceSettings(jwks=str(tmp_path / "jwks.json"), largest_body=1_000_000)
    vault = Vault(tmp_path / "people.kek")
    app = build_app("people", policy=POLICY, routers=(routes(vault, read_sheet),), settings=settings)
    app.state.running = SimpleNamespace(house=house, store=store, committer=committer, hearing=Hearing(house, {}))
    yield Desk(TestClient(app, raise_server_exceptions=False), tmp_path, store)
    committer.stop()
    store.close()


def test_a_hire_is_answered_with_the_version_and_a_consistency_token(desk: Desk):
    answer = desk.ask("POST", "/employees", json=ADA)

    assert (answer.status_code, answer.json()) == (201, {"employee": "E000042", "version": 2})
    assert answer.headers["etag"] == '"2"'
    assert answer.headers["consistency-token"]
    assert desk.said() == ["DepartmentOpened"] * 3 + ["DataKeyCreated", "EmployeeHired"]


def test_nothing_personal_stands_open_in_what_is_stored(desk: Desk):
    desk.ask("POST", "/employees", json=ADA)

    stored = b"".join(bytes(row["state"]) for row in desk.store.rows("select state from stored_events"))
    for secret in (ADA["name"], ADA["identity_number"], ADA["phone"]):
        assert secret.encode() not in stored


def test_hr_reads_particulars_and_that_is_a_fact(desk: Desk):
    desk.ask("POST", "/employees", json=ADA)

    answer = desk.ask("GET", "/employees/E000042?purpose=payroll question")

    assert answer.json()["name"] == ADA["name"]
    assert desk.said()[-1] == "FileRead"


def test_an_employee_reads_their_own_file_without_a_fact(desk: Desk):
    desk.ask("POST", "/employees", json=ADA)

    assert desk.ask("GET", "/employees/E000042", role="employee:E000042").json()["phone"] == ADA["phone"]
    assert "FileRead" not in desk.said()


def test_an_employee_may_not_read_anothers_file(desk: Desk):
    desk.ask("POST", "/employees", json=ADA)

    answer = desk.ask("GET", "/employees/E000042", role="employee:E000001")

    assert (answer.status_code, answer.json()["type"]) == (403, "urn:qizheng:problem:not-allowed")


def test_the_same_key_and_body_are_answered_the_same_and_done_once(desk: Desk):
    key = {"idempotency-key": "hire-ada"}

    first, second = (desk.ask("POST", "/employees", json=ADA, headers=key) for _ in range(2))

    assert (first.content, first.headers["etag"]) == (second.content, second.headers["etag"])
    assert desk.said().count("EmployeeHired") == 1


def test_the_same_key_with_another_body_is_refused(desk: Desk):
    key = {"idempotency-key": "hire-ada"}
    desk.ask("POST", "/employees", json=ADA, headers=key)

    answer = desk.ask("POST", "/employees", json={**ADA, "number": "000043"}, headers=key)

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:qizheng:problem:key-reused")


def test_a_stale_if_match_changes_nothing(desk: Desk):
    desk.ask("POST", "/employees", json=ADA)
    leaving = {"last_day": "2024-05-01", "ground": "ART41", "proof": "方案"}

    answer = desk.ask("POST", "/employees/E000042/leaving", json=leaving, headers={"if-match": '"1"'})

    assert (answer.status_code, answer.json()["actual"]) == (412, "2")
    assert "EmployeeLeft" not in desk.said()


@pytest.mark.parametrize(
    ("body", "where"),
    [({}, "body.number"), ({**ADA, "mood": "good"}, "body.mood"), ({**ADA, "hired_on": "2024-02-30"}, "body.hired_on")],
)
def test_a_malformed_body_is_told_where(desk: Desk, body: dict[str, str], where: str):
    answer = desk.ask("POST", "/employees", json=body)

    assert answer.status_code == 422
    assert where in [error["where"] for error in answer.json()["errors"]]
    assert answer.headers["content-type"] == "application/problem+json"
    assert desk.said() == []


@pytest.mark.parametrize(
    ("field", "given", "why"),
    [
        ("number", "0 4", "工号应为字母和数字"),
        ("name", "艾达2", "姓名含有数字、符号或无法识别的字符"),
        ("identity_number", "990000199001011234", "身份证号校验位不对"),
        ("phone", "1001234567", "手机号应为11位数字"),
        ("department", "一车间", "部门不是三级路径,也没有批准的别名"),
        ("rank", "P11", "职级应为P1–P10或M1–M6"),
        ("region", "火星!", "工作地未知"),
    ],
)
def test_particulars_that_no_roster_could_bring_in_are_not_hired(desk: Desk, field: str, given: str, why: str):
    answer = desk.ask("POST", "/employees", json={**ADA, field: given})

    assert (answer.status_code, answer.json()["errors"]) == (422, [{"where": f"body.{field}", "what": why}])
    assert given not in answer.text
    assert desk.said() == []


def test_days_that_do_not_follow_each_other_are_not_hired(desk: Desk):
    answer = desk.ask("POST", "/employees", json={**ADA, "contract_end": "2024-03-03"})

    assert (answer.status_code, answer.json()["detail"]) == (422, "合同到期早于入职")
    assert desk.said() == []


def test_a_hire_is_cleaned_as_a_roster_is(desk: Desk):
    hired = {**ADA, "number": "０00042", "department": "集团＞制造中心 / 一车间", "region": "广东省"}
    assert desk.ask("POST", "/employees", json=hired).status_code == 201

    held = desk.ask("GET", "/employees/E000042").json()

    assert (held["number"], held["department"], held["region"]) == ("000042", ADA["department"], "GUANGDONG")


def test_a_nul_in_a_text_is_refused_and_nothing_is_half_done(desk: Desk):
    answer = desk.ask("POST", "/employees", json={**ADA, "post": "焊\0工"})

    assert (answer.status_code, "NUL" in answer.json()["detail"]) == (422, True)
    assert desk.said() == []


def test_an_oversize_event_is_refused_and_nothing_is_half_done(desk: Desk):
    desk.ask("POST", "/employees", json=ADA)
    leaving = {"last_day": "2024-05-01", "ground": "ART41", "proof": "证" * 30_000}

    answer = desk.ask("POST", "/employees/E000042/leaving", json=leaving)

    assert (answer.status_code, answer.json()["type"]) == (413, "urn:qizheng:problem:event-too-large")
    assert desk.said()[-1] == "EmployeeHired"


@pytest.mark.parametrize("header", [None, "Bearer x.y.z", "Basic abc"])
def test_a_request_without_a_token_that_holds_is_refused(desk: Desk, header: str | None):
    answer = desk.http.get("/employees", headers={"authorization": header} if header else {})

    assert (answer.status_code, answer.json()["type"]) == (401, "urn:qizheng:problem:token-refused")


def test_an_expired_token_is_refused(desk: Desk):
    token = issue(desk.keys, Principal("user:hr", "hr"), lifetime=-1)

    answer = desk.http.get("/employees", headers={"authorization": f"Bearer {token}"})

    assert (answer.status_code, answer.json()["detail"]) == (401, "the token has expired")


def test_a_sheet_that_is_none_is_refused(desk: Desk):
    answer = desk.ask("POST", "/imports/roster?file=a.xlsx", content=b"not a sheet")

    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:qizheng:problem:not-a-sheet"
    assert "不是可读的表格" in answer.json()["detail"]
    assert desk.said() == []


def test_the_sample_roster_is_taken_once_however_often_it_comes(desk: Desk):
    content = (SAMPLE / "花名册.xlsx").read_bytes()

    first = desk.ask("POST", "/imports/roster?file=花名册.xlsx", content=content).json()
    hired = desk.said().count("EmployeeHired")
    second = desk.ask("POST", "/imports/roster?file=花名册.xlsx", content=content).json()

    assert (first["taken"], first["refused"], hired) == (500, 2, 500)
    assert second["taken"] == 500
    assert desk.said().count("EmployeeHired") == 500


def test_a_row_of_somebody_placed_otherwise_is_refused_alone(desk: Desk):
    header = "工号,姓名,身份证号,手机号,部门,岗位,职级,层级,工作地,入职日期"
    row = f"{ADA['name']},{ADA['identity_number']},,集团/别处/无人知,电工,P3,基层,江苏,2024-03-04".replace(
        ",,", f",{ADA['phone']},"
    )
    other = row.replace(ADA["identity_number"], "990000199001010017").replace("艾达", "格蕾丝")
    desk.ask("POST", "/employees", json=ADA)
    desk.ask("POST", "/employees/E000042/leaving", json={"last_day": "2024-05-01", "ground": "ART41", "proof": "方案"})

    sheet = f"{header}\n000042,{row}\n000043,{other.replace('别处/无人知', '制造中心/一车间')}\n".encode()
    report = desk.ask("POST", "/imports/roster?file=a.csv", content=sheet).json()

    assert (report["taken"], report["refused"], report["already_hired"]) == (1, 1, ["000042"])
    assert desk.said()[-3:] == ["DataKeyCreated", "EmployeeHired", "SheetImported"]
    assert desk.said().count("DepartmentOpened") == 3


def test_a_report_shows_its_cells_each_time_and_only_its_counts_are_kept(desk: Desk):
    header = "工号,姓名,身份证号,手机号,部门,岗位,职级,层级,工作地,入职日期"
    number = ADA["identity_number"]
    row = f"000042,欧阳 艾达,{number},100-1234-5678,集团/制造中心/一车间,焊工,P3,基层,江苏"
    sheet = f"{header}\n{row},2022-03-01\n{row.replace('000042', '000043')},2022-03-01\n".encode()
    again = {"Idempotency-Key": "the same"}

    first, second = (
        desk.ask("POST", "/imports/roster?file=a.csv", content=sheet, headers=again).json() for _ in range(2)
    )
    kept = [orjson.loads(it["body"]) for it in desk.store.rows("select body from idempotency_keys")]

    assert first == second
    assert {"欧阳 艾达", "100-1234-5678"} <= {change["was"] for change in first["changes"]}
    assert [refusal["was"] for refusal in first["refusals"]] == [number]
    assert kept == [{"taken": 1, "changed": 3, "refused": 1, "already_hired": []}]


def test_what_a_file_shows_is_not_kept_for_who_asks_again(desk: Desk):
    desk.ask("POST", "/employees", json=ADA)

    answers = [desk.ask("GET", "/employees/E000042", headers={"Idempotency-Key": "the same"}) for _ in range(2)]

    assert [answer.json()["name"] for answer in answers] == [ADA["name"]] * 2
    assert [it["body"] for it in desk.store.rows("select body from idempotency_keys")] == [b"{}"]


def test_a_list_goes_on_behind_its_cursor(desk: Desk):
    for number in ("000001", "000002", "000003"):
        desk.ask("POST", "/employees", json={**ADA, "number": number})

    first = desk.ask("GET", "/employees?limit=2").json()
    second = desk.ask("GET", f"/employees?limit=2&cursor={first['next']}").json()

    assert [row["employee"] for row in first["employees"]] == ["E000001", "E000002"]
    assert [row["employee"] for row in second["employees"]] == ["E000003"]
    assert second["next"] is None


def test_only_a_service_gets_data_keys(desk: Desk):
    desk.ask("POST", "/employees", json=ADA)

    keys = desk.ask("POST", "/data-keys", role="service", json={"owners": ["E000042", "E9"]}).json()

    assert len(bytes.fromhex(keys["E000042"]["secret"])) == 32
    assert "E9" not in keys
    assert desk.ask("POST", "/data-keys", role="hr", json={"owners": ["E000042"]}).status_code == 403


def test_days_open_by_an_operators_word_alone(desk: Desk):
    days = {"until": "2024-03-02", "since": "2024-03-01"}

    assert desk.ask("POST", "/days", role="hr", json=days).status_code == 403
    assert desk.ask("POST", "/days", role="operator", json=days).status_code == 200
    assert desk.said() == ["DayOpened", "DayOpened"]
