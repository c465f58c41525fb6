"""What the journeys share: small steps of a company's life, and patience between services."""

import time
from collections.abc import Callable
from typing import Any

from company.client import Client, StepFailed
from house import House

from contracts.topics import PUBLISHED

PATIENCE = 30.0  # seconds that the eventual world between services gets

PARTICULARS = {"name": "欧阳艾达", "identity_number": "990000199001011239", "phone": "10012345678"}  # of everybody


def hire(client: Client, number: str, post: str, level: str, rank: str = "P3") -> None:
    body = {"department": "集团/制造中心/一车间", "post": post, "rank": rank, "level": level, "region": "JIANGSU"}
    client.post("people", "/employees", {"number": number, **PARTICULARS, **body, "hired_on": "2022-03-01"})


def open_days(client: Client, until: str) -> None:
    client.post("people", "/days", {"until": until, "since": "2023-12-20"}, role="operator")


def course(name: str, **differs: Any) -> dict[str, Any]:
    body = {"course": name, "title": name, "course_class": "日常", "form": "ONLINE", "hours": "4", "pass_mark": "80"}
    return {**body, "posts": [], "on_hire": False, "due_days": 90, "first_day": "2023-12-01", **differs}


def points_of(client: Client, employee: str) -> str:
    return client.get("points", f"/employees/{employee}/points", year="2024")["points"]


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
