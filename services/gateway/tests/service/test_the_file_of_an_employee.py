"""The file of an employee, joined: each part as its owner gives it, or said to be missing in its place."""

import json

import pytest


@pytest.fixture
def ada(gateway):
    """What every service holds of ada."""
    told = {
        ("people", "/employees/ada"): b'{"name":"Ada"}',
        ("agreements", "/employees/ada/agreements"): b'[{"agreement":"a"}]',
        ("agreements", "/employees/ada/damages"): b'[{"amount":"120.50","events":["/records/1"]}]',
        ("learning", "/employees/ada/trainings"): b"[]",
        ("points", "/employees/ada/points"): b'{"points":"7.0","rate":1.10}',
        ("points", "/employees/ada/points?year=2031"): b'{"points":"3.0"}',
        ("payroll-bridge", "/employees/ada/adjustments"): b"[]",
        ("evidence", "/records?subject=ada"): b"[]",
    }
    for stand in gateway.stands.values():
        stand.told.clear()
    for (service, path), body in told.items():
        gateway.stands[service].told[path] = (200, {}, body)
    return gateway


def test_the_parts_stand_together_as_their_owners_gave_them(ada):
    answer = ada.ask("GET", "/employees/ada/file")
    page = answer.json()
    assert answer.status_code == 200
    assert page["employee"] == "ada"
    assert page["particulars"] == {"from": "/api/people/employees/ada", "state": "given", "content": {"name": "Ada"}}
    assert page["damages"]["content"] == [{"amount": "120.50", "events": ["/records/1"]}]
    assert {part["state"] for name, part in page.items() if name != "employee"} == {"given"}
    assert b'"rate":1.10' in answer.content  # No figure is read and written anew.


def test_the_points_are_those_of_the_year_asked_for(ada):
    assert ada.ask("GET", "/employees/ada/file?year=2031").json()["points"]["content"] == {"points": "3.0"}
    assert ada.ask("GET", "/employees/ada/file?year=x").status_code == 422


def test_each_service_sees_who_asks_and_what_they_have_seen_done(ada):
    ada.ask("GET", "/employees/ada/file", headers={"consistency-token": "t", "prefer": "wait=2"})
    for name in ("people", "agreements", "learning", "points", "payroll-bridge", "evidence"):
        headers = ada.stands[name].heard[-1][2]
        assert headers["authorization"].startswith("Bearer ey")
        assert (headers["consistency-token"], headers["prefer"]) == ("t", "wait=2")


def test_a_part_that_is_forbidden_unknown_or_away_is_said_so_in_its_place(ada):
    problem = {"title": "NotAllowed", "status": 403}
    ada.stands["agreements"].told["/employees/ada/damages"] = (403, {}, json.dumps(problem).encode())
    ada.stands["points"].told["/employees/ada/points"] = (503, {"retry-after": "1"}, b'{"title":"NotCaughtUp"}')
    ada.stands["learning"].told["/employees/ada/trainings"] = (200, {}, b"<html>")
    ada.stands["payroll-bridge"].told["/employees/ada/adjustments"] = (422, {}, b'{"title":"BadToken"}')
    del ada.stands["evidence"].told["/records?subject=ada"]
    page = ada.ask("GET", "/employees/ada/file").json()
    states = {name: part["state"] for name, part in page.items() if name != "employee"}
    assert states == {
        "particulars": "given",
        "agreements": "given",
        "damages": "forbidden",
        "trainings": "away",
        "points": "away",
        "adjustments": "refused",
        "records": "unknown",
    }
    assert page["damages"]["problem"] == problem
    assert page["points"]["problem"] == {"title": "NotCaughtUp"}


def test_there_is_no_file_of_somebody_whom_people_does_not_know(ada):
    answer = ada.ask("GET", "/employees/nobody/file")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_a_name_cannot_lead_to_another_address(ada):
    ada.ask("GET", "/employees/..%3Fx/file")
    assert ada.stands["people"].heard[-1][1] == "/employees/..%3Fx"


def test_the_file_is_for_bearers_of_a_token(ada):
    assert ada.client.get("/employees/ada/file").status_code == 401
