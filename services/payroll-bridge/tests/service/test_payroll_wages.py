"""Wages over HTTP: sealed before they are kept, or refused, and none of somebody unknown."""

from datetime import date
from typing import Any

import pytest

pytestmark = pytest.mark.postgres
june_5 = date(2031, 6, 5)


def test_wages_are_sealed_and_setting_them_again_changes_nothing(desk: Any, wage: Any):
    entries = {"entries": [wage("E1"), wage("E2")]}
    assert desk.ask("POST", "/wages", entries).json() == {"wages": 2, "changed": 2}
    assert desk.ask("POST", "/wages", entries).json() == {"wages": 2, "changed": 0}
    assert desk.keyring.calls == 2
    stored = b"".join(one.state for one in desk.store.recorder.select_notifications(None, 100))
    assert b"8000" not in stored
    assert b"1000" not in stored


def test_wages_of_somebody_unknown_are_refused_by_name_and_none_is_kept(desk: Any, wage: Any):
    answer = desk.ask("POST", "/wages", {"entries": [wage("E1"), wage("X9")]})
    assert (answer.status_code, answer.json()["title"]) == (422, "UnknownEmployees")
    assert "X9" in answer.json()["detail"]
    assert desk.said() == []


@pytest.mark.parametrize("wrong", [{"monthly_wage": "-1"}, {"performance_bonus": "8000.01"}, {"monthly_wage": "1.005"}])
def test_a_wage_that_cannot_be_is_refused(desk: Any, wrong: dict[str, str], wage: Any):
    assert desk.ask("POST", "/wages", {"entries": [wage("E1") | wrong]}).status_code == 422


def test_without_people_nothing_is_kept_unsealed(desk: Any, wage: Any):
    desk.keyring.away = True
    answer = desk.ask("POST", "/wages", {"entries": [wage("E1")]})
    assert (answer.status_code, answer.json()["title"]) == (503, "KeysAway")
    assert desk.said() == []


def test_the_wage_of_the_month_counts(desk: Any, passed: Any):
    desk.pay("E1")
    desk.pay("E1", wage="10000", period="2031-06")
    desk.pay("E1", wage="20000", period="2031-07")
    desk.hear(*passed("E1", june_5))
    assert desk.close().json()["paid"] == "500.00"


def test_a_wage_whose_key_is_gone_is_no_wage(desk: Any, passed: Any):
    desk.pay("E1")
    desk.keyring.gone = {"E1"}
    desk.hear(*passed("E1", june_5))
    assert desk.close().json()["without_wage"] == ["E1"]


def test_who_had_no_wage_is_paid_in_the_next_month(desk: Any, passed: Any):
    desk.hear(*passed("E1", june_5))
    assert desk.close().json()["without_wage"] == ["E1"]
    desk.pay("E1")
    desk.close("2031-07-25")
    assert desk.lines("2031-07") == [("E1", "TRAINING_SUBSIDY", "400.00")]
