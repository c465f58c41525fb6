"""The story in small: hired, trained, failed, passed, paid, promised and gone; every figure as the law has it."""

import ast
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from company.client import Client
from house import House
from journeys.rows import live_and_rebuilt, rows_of_views
from journeys.telling import PARTICULARS, RULES, counts_agree, course, dispute, eventually, hire, open_days, points_of

from chassis.testing.processes import ServerError
from contracts.topics import PUBLISHED, events_topic

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(180)]
ADA, GRACE, JOAN, LINUS = "E000001", "E000002", "E000003", "E000004"
PARTS = ("particulars", "agreements", "damages", "trainings", "points", "adjustments", "records")
FROM, UNTIL, HALF = "2024-01-01", "2025-12-31", "50000.00"  # of the service period, and of the damages
DAMAGES_DEDUCTED = "payroll-bridge.DamagesDeducted.v1"
CASE = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
EMPTY = {"evidence": ["archived_segments", "incarnations"]}  # No 65,536 records, and no topic was made anew.
AGREEMENT = "3b241101-e2bb-4255-8caf-4136c566a962"


@pytest.fixture(scope="module")
def told(house: House, client: Client) -> Client:
    """The company lives from December 2023 to the end of 2024."""
    open_days(client, "2023-12-27")
    for number, post, level, rank in (
        ("000001", "焊工", "基层", "P3"),
        ("000002", "研发经理", "中层", "M3"),
        ("000003", "电工", "基层", "P2"),
        ("000004", "电工", "基层", "P2"),
    ):
        hire(client, number, post, level, rank)
    client.post("points", "/rules", RULES)
    bonus = {"first_day": "2024-01-01", "discussed_on": "2023-11-20", "published_on": "2023-12-01"}
    client.post(
        "payroll-bridge", "/bonus-rules", {**bonus, "receipts": hashlib.sha256(b"r").hexdigest()}, role="payroll"
    )
    for service in ("learning", "points", "payroll-bridge", "agreements"):
        client.wait_until_heard("people", by=service)
    wage = {
        "first_period": "2024-01",
        "monthly_wage": "8000.00",
        "performance_bonus": "1000.00",
        "minimum_wage": "2490.00",
    }
    entries = [{"employee": employee, **wage} for employee in (ADA, GRACE, JOAN, LINUS)]
    client.post("payroll-bridge", "/wages", {"entries": entries}, role="payroll")
    client.post("learning", "/courses", course("skills", posts=["焊工", "电工"]))
    client.post("learning", "/courses", course("paid", course_class="专项", form="EXTERNAL", pass_mark=None))
    sign_agreement(client)
    open_days(client, "2023-12-31")
    done = {"on": "2023-12-31", "entries": [{"employee": ADA, "score": "90"}]}
    client.post("learning", "/courses/paid/completions", done)
    live_january(client)
    take_back_in_february(client)
    leave_in_december(client)
    house.command("evidence", "self-check")
    request = dispute(client, ADA, CASE)
    client.download("evidence", f"/cases/{CASE}/dossiers/{request}")
    return client


def sign_agreement(client: Client) -> None:
    client.post("learning", "/courses/paid/assignments", {"on": "2023-12-27", "employees": [ADA]})
    thresholds = [["10000.00", 24], ["50000.00", 36]]
    policy = {
        "first_day": "2023-01-01",
        "thresholds": thresholds,
        "proration": "MONTH_THEN_DAY",
        "rounding": "DOWN_TO_FEN",
    }
    client.post("agreements", "/policies", {**policy, "probation_rule": "EXEMPT_264", "cost_basis": "GROSS_VOUCHER"})
    clauses = {name: f"{name} 条款" for name in ("cost", "service_period", "liability", "records", "address")}
    client.post("agreements", "/templates", {"template": "专项培训", "training_class": "SPECIAL", "clauses": clauses})
    draft = {
        "agreement": AGREEMENT,
        "employee": ADA,
        "course": "paid",
        "training_class": "SPECIAL",
        "template": "专项培训",
    }
    client.post("agreements", "/agreements", {**draft, "agreed_cost": "100000.00", "service_months": 24})
    cost = {"kind": "COURSE_FEE", "amount": "100000.00", "voucher": hashlib.sha256(b"v").hexdigest()}
    invoice = {"invoice_code": "044002300111", "invoice_number": "00000001"}
    client.post("agreements", f"/agreements/{AGREEMENT}/costs", {**cost, **invoice})
    client.post("agreements", f"/agreements/{AGREEMENT}/offer", {"open_until": "2024-01-10"})
    document = client.get("agreements", f"/agreements/{AGREEMENT}")["document"]
    signing = {"document": document, "identified_by": "OTP", "intent": "同意"}
    client.post("agreements", f"/agreements/{AGREEMENT}/sign", signing, role=f"employee:{ADA}")
    client.post("agreements", f"/agreements/{AGREEMENT}/seal", {})


def live_january(client: Client) -> None:
    open_days(client, "2024-01-31")
    studied = [{"employee": employee, "hours": "4"} for employee in (ADA, JOAN, LINUS)]
    client.post("learning", "/courses/skills/studies", {"on": "2024-01-08", "entries": studied})
    scores = [{"employee": who, "score": score} for who, score in ((ADA, "92"), (JOAN, "60"), (LINUS, "81"))]
    client.post("learning", "/courses/skills/exams", {"on": "2024-01-09", "entries": scores})
    for kind in ("SHARING", "MENTORING", "TECH_PROJECT"):
        made = {"employee": GRACE, "kind": kind, "title": kind, "on": "2024-01-10"}
        client.post("learning", "/contributions", made)
    close_month(client, "2024-01", "2024-01-31")


def close_month(client: Client, period: str, cutoff: str) -> None:
    for service in ("learning", "agreements"):
        client.wait_until_heard(service, by="payroll-bridge")
    client.wait_for_last("people", by="payroll-bridge")
    client.post("payroll-bridge", f"/periods/{period}/close", {"cutoff": cutoff}, role="payroll")


def take_back_in_february(client: Client) -> None:
    """Linus turns out not to have sat the exam, moves to another post, and is said to have left on another day."""
    open_days(client, "2024-02-29")
    client.post("learning", "/courses/skills/voids", {"employee": LINUS, "reason": "代考"})
    place = {"department": "集团/制造中心/二车间", "post": "焊工", "rank": "P2", "level": "基层"}
    client.post("people", f"/employees/{LINUS}/transfers", {"on": "2024-02-20", **place})
    leaving = {"last_day": "2024-02-28", "ground": "ART39_1", "proof": "通知书"}
    client.post("people", f"/employees/{LINUS}/leaving", leaving)
    corrected = {**leaving, "last_day": "2024-03-31", "reason": "日期录错"}
    client.post("people", f"/employees/{LINUS}/leaving/corrections", corrected)
    sheet = "工号,课程,类型,日期,学时,成绩\n000001,高处作业,安全生产,2023-05-08,8,95\n"
    client.upload("people", "/imports/past-trainings", "历史培训.csv", sheet.encode())
    close_month(client, "2024-02", "2024-02-29")


def leave_in_december(client: Client) -> None:
    """Ada leaves, and agrees that what she owes is taken from her last wage; then the year of points is closed."""
    open_days(client, "2024-12-01")
    leaving = {"last_day": "2024-12-31", "ground": "ART37_RESIGN_WITH_NOTICE", "proof": "辞职信"}
    client.post("people", f"/employees/{ADA}/leaving", leaving)
    open_days(client, "2024-12-31")
    document = hashlib.sha256(b"c").hexdigest()
    consent = {"employee": ADA, "amount": "50000.00", "on": "2024-12-20", "document": document}
    client.post("payroll-bridge", "/consents", consent)
    eventually(lambda: (claim_of(client, ADA) or {}).get("assessed"), "50000.00")
    close_month(client, "2024-12", "2024-12-31")
    client.wait_for_last("people", by="points")
    client.post("points", "/years/2024/close", {})


def damages_of(client: Client, employee: str) -> str | None:
    standing = client.get("agreements", f"/employees/{employee}/damages")["standing"]
    return standing and standing["amount"]


def claim_of(client: Client, employee: str) -> dict[str, str] | None:
    return client.get("payroll-bridge", f"/employees/{employee}/adjustments", role="payroll")["damages"]


def file_of(client: Client, employee: str, **asked: str) -> dict[str, Any]:
    """The contents of the parts of an employee's file, all of which are given."""
    file = client.get("gateway", f"/employees/{employee}/file", **asked)
    parts = {name: part for name, part in file.items() if name != "employee"}
    assert {name: part["state"] for name, part in parts.items()} == dict.fromkeys(PARTS, "given")
    return {name: part["content"] for name, part in parts.items()}


def test_a_passed_course_earns_its_hours_and_its_exam(told: Client):
    eventually(lambda: points_of(told, ADA), "18")


def test_a_failed_exam_earns_nothing(told: Client):
    eventually(lambda: points_of(told, JOAN), "0")


def test_a_manager_of_research_earns_sharing_mentoring_and_the_project(told: Client):
    eventually(lambda: points_of(told, GRACE), "65")


def lines_of(client: Client, employee: str) -> dict[str, str]:
    found = client.get("payroll-bridge", f"/employees/{employee}/adjustments", role="payroll")["adjustments"]
    return {line["kind"]: line["amount"] for line in found}


def test_who_passed_at_ninety_or_more_is_paid_subsidy_and_excellence(told: Client):
    earned = {"TRAINING_SUBSIDY": "400.00", "EXCELLENCE": "240.00"}
    eventually(lambda: lines_of(told, ADA), {**earned, "DAMAGES_DEDUCTION": "1600.00"})


def test_who_failed_has_the_bonus_withheld_up_to_eight_percent(told: Client):
    eventually(lambda: lines_of(told, JOAN), {"BONUS_WITHHELD": "640.00"})


def test_who_had_not_sat_the_exam_pays_the_subsidy_back(told: Client):
    eventually(lambda: lines_of(told, LINUS), {"TRAINING_SUBSIDY": "-400.00"})


def test_leaving_after_twelve_of_twenty_four_months_costs_half(told: Client):
    eventually(lambda: damages_of(told, ADA), "50000.00")


def test_the_file_of_an_employee_joins_what_the_services_know(told: Client):
    eventually(lambda: points_of(told, ADA), "18")
    eventually(lambda: DAMAGES_DEDUCTED in recorded_of(told, ADA), True)
    file = file_of(told, ADA)
    (agreement,), standing = file["agreements"]["agreements"], file["damages"]["standing"]
    trainings = {training["course"]: training for training in file["trainings"]["trainings"]}

    assert (file["particulars"]["last_day"], file["particulars"]["name"]) == ("2024-12-31", PARTICULARS["name"])
    assert (agreement["first_day"], agreement["last_day"], agreement["base"]) == (FROM, UNTIL, "100000.00")
    assert (standing["amount"], standing["ceiling"], standing["article"]) == (HALF, HALF, "劳动合同法22; 劳动合同法37")
    assert {name: (it["state"], it["score"]) for name, it in trainings.items()} == {
        "paid": ("COMPLETED", "90"),
        "skills": ("COMPLETED", "92"),
    }
    assert [(it["course"], it["hours"], it["score"]) for it in file["trainings"]["past_trainings"]] == [
        ("高处作业", "8", "95")
    ]
    assert file["points"]["by_kind"] == {"EXAM_PASSED": "10", "ONLINE_HOURS": "8"}
    assert (file["points"]["points"], file["points"]["progress"]["missing"]) == ("18", "82")
    assert sum(Decimal(line["amount"]) for line in file["adjustments"]["adjustments"]) == Decimal("2240.00")
    assert DAMAGES_DEDUCTED in {record["type"] for record in file["records"]["records"]}


def recorded_of(client: Client, employee: str) -> set[str]:
    found = client.get("evidence", "/records", role="auditor", subject=employee)["records"]
    return {record["type"] for record in found}


def test_who_reads_a_file_is_on_the_record_of_whom_it_is_about(told: Client):
    file_of(told, JOAN)
    eventually(lambda: "evidence.RecordsRead.v1" in recorded_of(told, JOAN), True)
    own = {"authorization": f"Bearer {told.house.token('employee', 'user:linus', employee=LINUS)}"}
    assert told.http.get(f"/api/evidence/records?subject={LINUS}", headers=own).status_code == 200
    eventually(lambda: counts_agree(told.house, told), True)
    read = told.get("evidence", "/records", role="auditor", subject=LINUS, type="evidence.RecordsRead.v1")["records"]
    assert read == []


def test_an_employee_may_not_read_anothers_file(told: Client):
    answer = told.http.get(
        f"/api/people/employees/{ADA}",
        headers={"authorization": f"Bearer {told.house.token('employee', 'user:x', employee=JOAN)}"},
    )

    assert (answer.status_code, answer.json()["title"]) == (403, "NotAllowed")


def test_the_ledger_holds_all_that_was_said(told: Client, house: House):
    eventually(lambda: counts_agree(house, told), True)
    house.command("evidence", "verify", "--ledger", str(house.ledger))


def test_the_ledger_is_complete_and_everybody_was_at_work_when_it_checked_itself(told: Client, house: House):
    eventually(lambda: counts_agree(house, told), True)
    looked = json.loads(house.command("evidence", "reconcile", "--json"))
    assert {each["service"]: each["said"] == each["events"] for each in looked["topics"]} == dict.fromkeys(
        PUBLISHED, True
    )
    (check,) = told.get("evidence", "/records", role="auditor", type="evidence.SelfChecked.v1")["records"]
    assert check["data"]["findings"] == 0
    assert check["data"]["health"] == dict.fromkeys([*PUBLISHED, "gateway"], "ready")
    assert len(set(check["data"]["builds"].values())) == len(PUBLISHED) + 1
    status = told.get("evidence", "/status", role="auditor")
    assert status["self_check"]["size"] == check["data"]["size"]
    eventually(lambda: told.get("evidence", "/status", role="auditor")["completeness"]["complete"], True)


def test_the_outsider_finds_no_breach(told: Client, house: House):
    eventually(lambda: counts_agree(house, told), True)
    outsider = Path(__file__).resolve().parents[1] / "outsider"
    looked = [sys.executable, str(outsider), "--kafka", house.bootstrap, "--ledger", str(house.ledger)]
    ran = subprocess.run(looked, capture_output=True, text=True)

    assert (ran.returncode, ran.stdout.splitlines()[-1:]) == (0, ["no breach"]), ran.stdout + ran.stderr
    topics, ledger, _ = ran.stdout.splitlines()
    read = ast.literal_eval(topics.removeprefix("topics: "))
    sealed = re.fullmatch(r"ledger: \S+, (\d+) records, (\d+) tiles, (\d+) keys, .*", ledger)
    assert sealed, ledger
    assert read.keys() == {events_topic(service) for service in PUBLISHED}
    records, tiles, keys = map(int, sealed.groups())
    assert records == sum(read.values()) > 100
    assert tiles > records // 256
    assert keys == len(PUBLISHED)


def test_the_story_of_the_leaver_is_told_from_the_ledger(told: Client, house: House):
    eventually(lambda: counts_agree(house, told), True)
    story = house.command("evidence", "replay", "--subject", ADA)

    assert "50000.00" in story


@pytest.mark.parametrize("service", PUBLISHED)
def test_views_rebuilt_are_the_views_that_were(told: Client, house: House, service: str):
    eventually(lambda: counts_agree(house, told), True)
    live, rebuilt = live_and_rebuilt(house, service)

    assert rebuilt == live
    assert [table for table, rows in live.items() if not rows] == EMPTY.get(service, []), "the year fills the views"


FIGURES = {
    "DamagesAssessed": {"50000.00"},
    "PointsAwarded": {"8", "10", "15", "20", "30"},
    "PointsReversed": {"8", "10"},
    "PointsYearAssessed": {"65"},
    "PointsYearClosed": {"1"},
    "AdjustmentProposed": {"400.00", "240.00", "640.00", "1600.00"},
    "AdjustmentWithdrawn": {"2024-01"},
    "DamagesDeducted": {"1600.00"},
    "PayrollClosed": {"1040.00", "-400.00", "0.00"},
}


def figures_as_of(house: House, day: str, *words: str) -> dict[str, Any]:
    return json.loads(house.command("evidence", "replay", "--as-of", day, *words, "--json"))


def test_every_figure_of_the_year_is_recomputed_the_same_by_its_own_service(told: Client, house: House):
    eventually(lambda: counts_agree(house, told), True)
    found = figures_as_of(house, "2024-12-31", "--open-wages")
    figures: dict[str, set[str]] = defaultdict(set)
    for figure in found["figures"]:
        if not figure["subject"].startswith("E0001"):  # Others live in this house too.
            figures[figure["what"]].add(figure["recorded"])

    assert [it for it in found["figures"] if not it["equal"]] == []
    assert (found["different"], found["not recomputable"], found["left_out"]) == (0, 0, {})
    assert figures == FIGURES


def test_wages_that_nobody_may_open_leave_their_figures_open_and_never_equal(told: Client, house: House):
    eventually(lambda: counts_agree(house, told), True)
    found = figures_as_of(house, "2024-12-31", "--subject", ADA)
    verdicts = {it["what"]: (it["equal"], it["why"] or "") for it in found["figures"]}

    assert verdicts["DamagesAssessed"] == (True, "")
    assert verdicts["AdjustmentProposed"] == (False, "the wage is sealed, and it was not asked to open wages")


def test_what_was_known_in_january_holds_no_damages_and_no_year(told: Client, house: House):
    eventually(lambda: counts_agree(house, told), True)
    found = figures_as_of(house, "2024-01-31", "--open-wages")

    assert {it["what"] for it in found["figures"]} == {"PointsAwarded", "AdjustmentProposed", "PayrollClosed"}
    assert found["equal"] == len(found["figures"])


def test_an_altered_amount_is_found_by_the_rules_that_made_it(told: Client, house: House, tmp_path: Path):
    eventually(lambda: counts_agree(house, told), True)
    shutil.copytree(house.ledger, tmp_path / "copy")
    for bundle in (tmp_path / "copy/tile/entries").rglob("*"):
        if bundle.is_file():
            altered = re.sub(rb'("alternative":null,"amount":"5)0000\.00"', rb'\g<1>1000.00"', bundle.read_bytes())
            bundle.write_bytes(altered)

    with pytest.raises(ServerError):
        house.command("evidence", "replay", "--as-of", "2024-12-31", "--ledger", str(tmp_path / "copy"))
    said = house.typed("evidence", "replay", "--as-of", "2024-12-31", "--ledger", str(tmp_path / "copy"))
    assert "recomputed 50000.00: amount: 51000.00 → 50000.00" in said.stdout


@pytest.mark.parametrize("service", PUBLISHED)
def test_a_lost_store_is_rebuilt_from_the_ledger_byte_for_byte(told: Client, house: House, service: str):
    eventually(lambda: counts_agree(house, told), True)
    fresh = new_database(house, service)
    words = ("--database", fresh, "--compare", house.database(service), "--json")
    found = json.loads(house.command("evidence", "rebuild", service, *words))

    assert found["compared"]["equal"]
    assert found["compared"]["same"] == found["events"] > 0


def new_database(house: House, name: str) -> str:
    """An empty database on the house's server, under a name of its own."""
    fresh = f"again_{name.replace('-', '_')}"
    with psycopg.connect(house.database(name), autocommit=True) as server:
        server.execute(f"drop database if exists {fresh}")
        server.execute(f"create database {fresh}")
    address, _, _ = house.database(name).rpartition("/")
    return f"{address}/{fresh}"


def test_a_service_that_lost_its_database_is_rebuilt_answers_the_same_and_goes_on(told: Client, house: House):
    """Nothing but the ledger and the topics is left: `rebuild`, the service's own `migrate` and `views rebuild`."""
    eventually(lambda: counts_agree(house, told), True)
    house.stop_service("agreements")
    views, log, due = rows_of_views(house, "agreements"), log_of(house), deadlines_of(house)
    lost = lose_database(house, "agreements")
    house.command("evidence", "rebuild", "agreements", "--database", house.database("agreements"), "--compare", lost)
    house.command("agreements", "migrate")
    house.command("agreements", "views", "rebuild")
    house.start_service("agreements")
    told.wait_until_heard("learning", by="agreements")
    told.wait_for_last("people", by="agreements")

    eventually(lambda: rows_of_views(house, "agreements"), views)
    assert log_of(house) == log, "what is heard again decides nothing anew"
    eventually(lambda: deadlines_of(house), due)
    assert damages_of(told, ADA) == HALF
    policy = {"first_day": "2025-01-01", "thresholds": [["20000.00", 12]], "proration": "DAY"}
    adopted = told.post("agreements", "/policies", policy)
    assert adopted == {"policy": 2, "version": 2}
    eventually(lambda: counts_agree(house, told), True)
    assert flags_in(house) == {}, "nothing was told twice"


def lose_database(house: House, service: str) -> str:
    """Puts a service's database away, to be compared with, under another name. Returns its new address."""
    address, _, name = house.database(service).rpartition("/")
    with psycopg.connect(f"{address}/postgres", autocommit=True) as server:
        server.execute(f"alter database {name} rename to {name}_lost")
    return f"{address}/{name}_lost"


def log_of(house: House) -> list[bytes]:
    with psycopg.connect(house.database("agreements")) as database:
        return sorted(raw for (raw,) in database.execute("select state from stored_events"))


def deadlines_of(house: House) -> list[tuple[Any, ...]]:
    """What will still fall due."""
    with psycopg.connect(house.database("agreements")) as database:
        return database.execute("select name, key, due, last_useful from deadlines order by 1, 2, 3").fetchall()


def flags_in(house: House) -> dict[str, int]:
    return json.loads(house.command("evidence", "verify", "--ledger", str(house.ledger), "--json"))["flags"]
