"""What the journeys share: small steps of a company's life, and patience between services."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

from company.client import Client, StepFailed
from house import House

from contracts.topics import PUBLISHED

PATIENCE = 60.0  # seconds that the eventual world between services gets

PARTICULARS = {"name": "欧阳艾达", "identity_number": "990000199001011239", "phone": "10012345678"}  # of everybody
UNHARMED = "E000125"  # who reads the course without an exam, and no accident ever befalls it
RULES = {
    "first_day": "2024-01-01",
    "rates": {"ONLINE_HOURS": "2", "WORKSHOP": "5", "EXAM_PASSED": "10", "SHARING": "15", "MENTORING_DONE": "20"},
    "role_rates": {"RD_MIDDLE": {"TECH_PROJECT": "30"}},
    "scheme": "TOTAL_ONLY",
    "target": "100",
}


def hire(client: Client, number: str, post: str, level: str, rank: str = "P3") -> None:
    body = {"department": "集团/制造中心/一车间", "post": post, "rank": rank, "level": level, "region": "JIANGSU"}
    client.post("people", "/employees", {"number": number, **PARTICULARS, **body, "hired_on": "2022-03-01"})


def open_days(client: Client, until: str) -> None:
    client.post("people", "/days", {"until": until, "since": "2023-12-20"}, role="operator")


def course(name: str, **differs: Any) -> dict[str, Any]:
    body = {"course": name, "title": name, "course_class": "日常", "form": "ONLINE", "hours": "4", "pass_mark": "80"}
    return {**body, "posts": [], "on_hire": False, "due_days": 90, "first_day": "2023-12-01", **differs}


def dispute(client: Client, employee: str, case: str) -> str:
    """Opens a case about an employee, with a document, an opened name and a request for the dossier, which it returns."""
    about = {"number": "劳人仲案〔2025〕1号", "dispute": "TRAINING_AGREEMENT", "claim": "服务期未满离职"}
    period = {"since": "2022-01-01", "until": "2025-12-31"}
    client.post("evidence", "/cases", {"case": case, "subjects": [employee], **about, **period})
    filed = {"name": f"{PARTICULARS['name']}的辞职信.txt", "person": employee}
    client.upload("evidence", f"/cases/{case}/documents", filed["name"], "本人辞职。".encode(), **filed)
    hired = {"subject": employee, "type": "people.EmployeeHired.v1"}
    eventually(lambda: len(client.get("evidence", "/records", **hired)["records"]), 1)
    (record,) = client.get("evidence", "/records", **hired)["records"]
    opening = {"event": record["id"], "field": "name", "purpose": "证明当事人身份"}
    client.post("evidence", f"/cases/{case}/openings", opening)
    asked = {"recipient": "劳动人事争议仲裁委员会", "purpose": "举证"}
    return client.post("evidence", f"/cases/{case}/dossiers", asked)["request"]


def read(client: Client, *employees: str) -> None:
    """Lets employees complete the course without an exam, which is worth six points."""
    entries = [{"employee": employee, "hours": "3"} for employee in employees]
    client.post("learning", "/courses/reading/studies", {"on": "2024-02-05", "entries": entries})


def points_of(client: Client, employee: str) -> str:
    return _standing(client, employee)["points"]


def _standing(client: Client, employee: str) -> dict[str, Any]:
    return client.get("points", f"/employees/{employee}/points", year="2024")


def story_of(client: Client, employee: str) -> str:
    """What learning and points tell of an employee, but for the ids that are theirs alone."""
    told = [client.get("learning", f"/employees/{employee}/trainings"), _standing(client, employee)]
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "…", json.dumps(told).replace(employee, "…"))


def letters_of(house: House, service: str, key: str) -> list[dict[str, Any]]:
    """What is parked of a key at a service, oldest first, as its operator is shown it."""
    parked = json.loads(house.command(service, "dead-letters", "list", "--json"))
    return [letter for letter in parked if letter["sequence_key"] == key]


def eventually(look: Callable[[], Any], expected: Any) -> None:
    """Asks until the answer is as expected; the last answer is shown if it never is."""
    until = time.monotonic() + PATIENCE
    found: Any = None
    while time.monotonic() < until:
        try:
            found = look()
        except StepFailed as fault:
            found = fault
        if found == expected:
            return
        time.sleep(0.05)
    assert found == expected


def counts_agree(house: House, client: Client) -> bool:
    """Whether each service has said as many events as the ledger has of it."""
    held = client.get("evidence", "/status", role="auditor")["events"]
    said = {name: client.http.get(f"{house.address(name)}/health/ready").json().get("events") for name in PUBLISHED}
    return said == {name: held.get(name, 0) for name in PUBLISHED}
