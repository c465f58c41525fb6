"""Reading payroll: who may, page by page, and from views that can be made again."""

from datetime import date
from typing import Any

import pytest

pytestmark = pytest.mark.postgres
june_5 = date(2031, 6, 5)


def test_who_may_read_what(desk: Any, passed: Any):
    desk.pay("E1")
    desk.hear(*passed("E1", june_5))
    desk.close()
    own, other = "/employees/E1/adjustments", "/employees/E2/adjustments"
    assert [desk.ask("GET", own, role=role).status_code for role in ("hr", "auditor", "employee:E1")] == [200] * 3
    assert desk.ask("GET", other, role="employee:E1").status_code == 403
    assert desk.ask("GET", own, role="manager").status_code == 403
    assert desk.ask("POST", "/periods/2031-07/close", {"cutoff": "2031-07-25"}, role="hr").status_code == 403
    assert desk.ask("GET", "/periods/2031-07").status_code == 404


def test_lines_come_in_pages(desk: Any, passed: Any):
    staff = [f"E{n:03}" for n in range(5)]
    desk.pay(*staff)
    desk.hear(*(fact for who in staff for fact in passed(who, june_5)))
    desk.close()
    found, cursor = list[str](), ""
    while cursor is not None:
        page = desk.ask("GET", f"/periods/2031-06?limit=2&cursor={cursor}").json()
        found += [line["employee"] for line in page["lines"]]
        cursor = page["next"]
    assert found == staff
