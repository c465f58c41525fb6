"""Reading the records about somebody else is itself an event; reading one's own is not."""

from typing import Any

import pytest

pytestmark = pytest.mark.postgres
NOBODY = "0190a1b2-0000-4000-8000-0000000097ac"


@pytest.fixture
def ask(office, desk, door):
    """Asks as a role, of a ledger with a record about E1001 and one about E1002."""
    second = desk.event("0190a1b2-0000-4000-8000-000000000002", subject="E1002")
    office.seal(*desk.opening(), desk.hears(desk.event()), desk.hears(second))
    return door.ask


def read(door: Any) -> list[tuple[str, str, str | None, str, int]]:
    """Who read, in whose name it stands, about whom, what, and how much they saw."""
    return [
        (event["actor"], event["subject"], event["data"]["employee"], event["data"]["what"], event["data"]["found"])
        for event in door.readings()
    ]


def test_whoever_reads_about_another_is_on_that_persons_record(ask, door):
    assert ask("/records?subject=E1001&type=people.EmployeeHired.v1&since=2026-03-01", "hr").status_code == 200
    what = "records?subject=E1001&type=people.EmployeeHired.v1&since=2026-03-01"
    assert read(door) == [("user:hr", "E1001", "E1001", what, 1)]


def test_whoever_reads_a_record_with_its_proof_is_on_the_record_of_whom_it_is_about(ask, door):
    (found,) = ask("/records?subject=E1002", "employee", "E1002").json()["records"]
    assert read(door) == [], "it is her own"
    assert ask(f"/records/{found['id']}", "employee", "E1002").status_code == 200
    assert read(door) == [], "it is her own"
    assert ask(f"/records/{found['id']}", "auditor").status_code == 200
    assert read(door) == [("user:auditor", "E1002", "E1002", f"records/{found['id']}", 1)]


def test_hr_reads_its_own_file_without_a_trace_and_those_of_others_with_one(ask, door):
    ask("/records?subject=E1001", "hr", "E1001")
    assert read(door) == []
    ask("/records?subject=E1002", "hr", "E1001")
    assert [subject for _, subject, *_ in read(door)] == ["E1002"]


def test_a_search_that_names_nobody_is_on_the_ledgers_own_record_page_by_page(ask, door):
    first = ask("/records?day=2026-03-02&limit=1", "auditor").json()
    ask(f"/records?day=2026-03-02&limit=1&cursor={first['next']}", "auditor")
    (one, two) = door.readings()
    assert one["subject"] == one["streamid"] == two["streamid"], "one stream for all such searches"
    assert [event["data"]["what"] for event in (one, two)] == [
        "records?day=2026-03-02",
        "records?day=2026-03-02&after=0",
    ]
    assert one["data"]["employee"] is None


def test_a_record_about_nobody_is_read_without_a_trace(ask, door):
    (_, second) = ask(f"/records?stream={NOBODY}", "auditor").json()["records"]
    before = len(door.readings())
    assert ask(f"/records/{second['id']}", "auditor").status_code == 200
    assert len(door.readings()) == before


def test_who_may_not_read_sees_nothing_and_leaves_nothing(ask, door):
    assert ask("/records?subject=E1001", "employee", "E1002").status_code == 403
    assert ask("/records?subject=E1001&since=2026-03-02&until=2026-03-01", "hr").status_code == 422
    assert ask("/records/0190a1b2-0000-4000-8000-00000000dead", "hr").status_code == 404
    assert read(door) == []


def test_what_cannot_be_recorded_is_not_shown(ask, door):
    door.committer.stop()
    refused = ask("/records?subject=E1001", "hr")
    assert (refused.status_code, refused.json()["title"]) == (503, "Busy")
    assert "records" not in refused.json()
    assert ask("/status", "hr").status_code == 200
