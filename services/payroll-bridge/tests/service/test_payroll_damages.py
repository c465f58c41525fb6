"""Damages taken from the wage: by consent, month by month, and within what the law leaves."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts.agreements import DamagesReversed
from contracts.people import EmployeeLeft

pytestmark = pytest.mark.postgres
june_5 = date(2031, 6, 5)


def test_damages_are_deducted_by_consent_month_by_month_until_they_are_paid(desk: Any, hired: Any, assessed: Any):
    desk.pay("E1", "E2", wage="10000")
    desk.hear(hired("E1"), hired("E2"), assessed("E1", "3000"), assessed("E2", "3000"))
    assert desk.consent("E1").status_code == 201
    assert desk.close().json()["blocked"] == {"E2": "NO_CONSENT"}
    desk.close("2031-07-25")
    desk.close("2031-08-25")
    for period, amount in (("2031-06", "2000.00"), ("2031-07", "1000.00")):
        assert desk.lines(period) == [("E1", "DAMAGES_DEDUCTION", amount)]
    assert desk.lines("2031-08") == []
    shown = desk.ask("GET", "/employees/E1/adjustments").json()["damages"]
    assert shown == {"assessed": "3000.00", "deducted": "3000.00", "remaining": "0.00", "to_return": "0.00"}


def test_reversed_damages_are_not_deducted_and_what_was_taken_is_shown(desk: Any, hired: Any, assessed: Any):
    desk.pay("E1", wage="10000")
    desk.hear(hired("E1"), assessed("E1"))
    desk.consent("E1")
    desk.close()
    desk.hear(DamagesReversed(employee="E1", amount=Decimal(5000), reason="违法解除"))
    assert desk.close("2031-07-25").json()["withheld"] == "0.00"
    assert desk.ask("GET", "/employees/E1/adjustments").json()["damages"]["to_return"] == "2000.00"


def test_a_region_that_asks_for_notice_and_one_nobody_knows_block_a_claim(desk: Any, hired: Any, assessed: Any):
    desk.pay("E1", "E2", "E3", wage="10000")
    desk.hear(hired("E1", "GUANGDONG"), hired("E2", "GUANGDONG"), hired("E3", "ATLANTIS"))
    desk.hear(*(assessed(who) for who in ("E1", "E2", "E3")))
    desk.consent("E1")
    desk.consent("E2", prior_written_notice=True)
    desk.consent("E3")
    assert desk.close().json()["blocked"] == {"E1": "NOTICE_REQUIRED", "E3": "REGION_UNKNOWN"}
    assert desk.lines() == [("E2", "DAMAGES_DEDUCTION", "2000.00")]


def test_after_the_last_payroll_nothing_is_deducted(desk: Any, hired: Any, assessed: Any):
    desk.pay("E1", wage="10000")
    told: dict[str, Any] = {"ground": "ART37_RESIGN_WITH_NOTICE", "proof": "letter"}
    desk.hear(hired("E1"), EmployeeLeft(employee="E1", last_day=date(2031, 6, 30), **told), assessed("E1"))
    desk.consent("E1")
    assert desk.close().json()["withheld"] == "2000.00"
    assert desk.close("2031-07-25").json()["lines"] == 0


def test_a_withheld_bonus_and_damages_together_leave_the_minimum_wage(
    desk: Any, failed: Any, hired: Any, assessed: Any
):
    desk.pay("E1", wage="3000", bonus="200")
    desk.adopt()
    desk.hear(hired("E1"), assessed("E1"), failed("E1", june_5))
    desk.consent("E1")
    assert desk.close().json()["withheld"] == "260.00"
    assert desk.lines() == [("E1", "BONUS_WITHHELD", "200.00"), ("E1", "DAMAGES_DEDUCTION", "60.00")]
