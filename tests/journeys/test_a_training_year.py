"""The story in small: hired, trained, failed, passed, paid, promised and gone; every figure as the law has it."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from company.client import Client
from house import House
from journeys.telling import counts_agree, course, eventually, hire, open_days, points_of

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(180)]
ADA, GRACE, JOAN = "E000001", "E000002", "E000003"
AGREEMENT = "3b241101-e2bb-4255-8caf-4136c566a962"


@pytest.fixture(scope="module")
def told(house: House, client: Client) -> Client:
    """The company lives from December 2023 to the end of 2024."""
    open_days(client, "2023-12-27")
    for number, post, level, rank in (
        ("000001", "焊工", "基层", "P3"),
        ("000002", "研发经理", "中层", "M3"),
        ("000003", "电工", "基层", "P2"),
    ):
        hire(client, number, post, level, rank)
    rates = {"ONLINE_HOURS": "2", "WORKSHOP": "5", "EXAM_PASSED": "10", "SHARING": "15", "MENTORING_DONE": "20"}
    rules = {"first_day": "2024-01-01", "rates": rates, "role_rates": {"RD_MIDDLE": {"TECH_PROJECT": "30"}}}
    client.post("points", "/rules", {**rules, "scheme": "TOTAL_ONLY", "target": "100"})
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
    entries = [{"employee": employee, **wage} for employee in (ADA, GRACE, JOAN)]
    client.post("payroll-bridge", "/wages", {"entries": entries}, role="payroll")
    client.post("learning", "/courses", course("skills", posts=["焊工", "电工"]))
    client.post("learning", "/courses", course("paid", course_class="专项", form="EXTERNAL", pass_mark=None))
    sign_agreement(client)
    open_days(client, "2023-12-31")
    done = {"on": "2023-12-31", "entries": [{"employee": ADA, "score": "90"}]}
    client.post("learning", "/courses/paid/completions", done)
    live_january(client)
    leave_in_december(client)
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
    both = [{"employee": ADA, "hours": "4"}, {"employee": JOAN, "hours": "4"}]
    client.post("learning", "/courses/skills/studies", {"on": "2024-01-08", "entries": both})
    scores = [{"employee": ADA, "score": "92"}, {"employee": JOAN, "score": "60"}]
    client.post("learning", "/courses/skills/exams", {"on": "2024-01-09", "entries": scores})
    for kind in ("SHARING", "MENTORING", "TECH_PROJECT"):
        made = {"employee": GRACE, "kind": kind, "title": kind, "on": "2024-01-10"}
        client.post("learning", "/contributions", made)
    client.wait_until_heard("learning", by="payroll-bridge")
    client.wait_for_last("people", by="payroll-bridge")
    client.post("payroll-bridge", "/periods/2024-01/close", {"cutoff": "2024-01-31"}, role="payroll")


def leave_in_december(client: Client) -> None:
    open_days(client, "2024-12-01")
    leaving = {"last_day": "2024-12-31", "ground": "ART37_RESIGN_WITH_NOTICE", "proof": "辞职信"}
    client.post("people", f"/employees/{ADA}/leaving", leaving)
    open_days(client, "2024-12-31")


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
    eventually(lambda: lines_of(told, ADA), {"TRAINING_SUBSIDY": "400.00", "EXCELLENCE": "240.00"})


def test_who_failed_has_the_bonus_withheld_up_to_eight_percent(told: Client):
    eventually(lambda: lines_of(told, JOAN), {"BONUS_WITHHELD": "640.00"})


def test_leaving_after_twelve_of_twenty_four_months_costs_half(told: Client):
    def amount() -> str | None:
        standing = told.get("agreements", f"/employees/{ADA}/damages")["standing"]
        return standing and standing["amount"]

    eventually(amount, "50000.00")


def test_the_file_of_an_employee_joins_what_the_services_know(told: Client):
    file = told.get("gateway", f"/employees/{ADA}/file")

    assert {"particulars", "agreements", "points", "adjustments"} <= set(file)


def test_an_employee_may_not_read_anothers_file(told: Client):
    answer = told.http.get(
        f"/api/people/employees/{ADA}",
        headers={"authorization": f"Bearer {told.house.token('employee', 'user:x', employee=JOAN)}"},
    )

    assert (answer.status_code, answer.json()["title"]) == (403, "NotAllowed")


def test_the_ledger_holds_all_that_was_said(told: Client, house: House):
    eventually(lambda: counts_agree(house, told), True)
    house.command("evidence", "verify", "--ledger", str(house.ledger))


def test_the_outsider_finds_no_breach(told: Client, house: House):
    eventually(lambda: counts_agree(house, told), True)
    outsider = Path(__file__).resolve().parents[1] / "outsider"
    looked = [sys.executable, str(outsider), "--kafka", house.bootstrap, "--ledger", str(house.ledger)]
    ran = subprocess.run(looked, capture_output=True, text=True)

    assert (ran.returncode, ran.stdout.splitlines()[-1:]) == (0, ["no breach"]), ran.stdout + ran.stderr


def test_the_story_of_the_leaver_is_told_from_the_ledger(told: Client, house: House):
    eventually(lambda: counts_agree(house, told), True)
    story = house.command("evidence", "replay", "--subject", ADA)

    assert "50000.00" in story
