"""The words that a case of agreements may hold: each is understood or refused by name, never ignored."""

import json
from decimal import Decimal

import pytest

from agreements.cli.assess import CATEGORIES
from casework import Case, CaseRefused, answer

agreement = {"verified_cost": "60000", "service_months": 24, "training_end": "2024-06-30"}
leaving = {"agreements": [agreement], "last_day": "2025-06-30", "departure_reason": "ART37_RESIGN_WITH_NOTICE"}


def figures(category, inputs):
    return answer(Case(id="one", category=category, inputs=inputs), CATEGORIES).figures


def refusal(category, inputs):
    with pytest.raises(CaseRefused) as refused:
        figures(category, inputs)
    return str(refused.value)


def with_agreement(**more):
    return {**leaving, "agreements": [{**agreement, **more}]}


def test_an_absent_field_has_its_default():
    assert figures("damages", leaving) == {"damages_rmb": "30000.00"}
    assert figures("damages", {**leaving, "settlement_amount": None}) == {"damages_rmb": "30000.00"}


@pytest.mark.parametrize(
    ("inputs", "named"),
    [
        ({**leaving, "colour": "red"}, "colour"),
        ({**leaving, "departure_reason": "LEFT"}, "departure_reason"),
        ({**leaving, "last_day": "2025-02-30"}, "last_day"),
        ({**leaving, "last_day": 20250630}, "last_day"),
        ({**leaving, "waiver_pct": 101}, "waiver_pct"),
        ({**leaving, "waiver_pct": True}, "waiver_pct"),
        ({**leaving, "settlement_amount": "-1"}, "settlement_amount"),
        ({**leaving, "settlement_amount": "1e3"}, "settlement_amount"),
        ({**leaving, "training_class": "FUN"}, "training_class"),
        ({**leaving, "policy": {"proration": "WEEK"}}, "policy.proration"),
        ({**leaving, "policy": {"rounding": "UP"}}, "policy.rounding"),
        (with_agreement(service_months="24"), "agreements[0].service_months"),
        (with_agreement(suspended_months=-1), "agreements[0].suspended_months"),
        (with_agreement(ends_with_contract="yes"), "agreements[0].ends_with_contract"),
        (with_agreement(leave=[{"kind": "GARDENING", "days": 3}]), "agreements[0].leave[0].kind"),
        (with_agreement(cost_lines=[{"kind": "COURSE_FEE", "amount": "1", "vouched": True}]), "cost_lines[0].vouched"),
        (with_agreement(verified_cost=None), "verified_cost"),
        ({key: value for key, value in leaving.items() if key != "agreements"}, "agreements"),
    ],
)
def test_what_is_unknown_or_of_the_wrong_type_is_refused_by_name(inputs, named):
    assert named in refusal("damages", inputs)


def test_money_is_read_exactly_as_it_is_written():
    written = json.loads('{"settlement_amount": 89.57}', parse_float=Decimal)
    assert figures("damages", {**leaving, **written}) == {"damages_rmb": "89.57"}


def test_leave_may_be_called_leave():
    leave = [{"kind": "SICK_LEAVE", "days": 30}, {"kind": "UNPAID_PERSONAL", "days": 9}]
    assert figures("damages", with_agreement(leave=leave)) == {"damages_rmb": "30000.00"}


def test_cost_lines_may_stand_in_place_of_the_verified_cost():
    lines = [
        {"kind": "COURSE_FEE", "amount": "30000", "voucher": True},
        {"kind": "TRAVEL", "amount": "4000"},
        {"kind": "WAGES_DURING_TRAINING", "amount": "12000", "voucher": True},
    ]
    assert figures("damages", with_agreement(verified_cost=None, cost_lines=lines)) == {"damages_rmb": "15000.00"}


def test_a_day_beyond_the_calendar_is_refused():
    assert "cannot be reckoned" in refusal("damages", with_agreement(training_end="9999-06-30"))


def test_policy_answers_what_is_asked_and_nothing_else():
    assert figures(
        "policy", {"invoice_gross": "53000", "vat_deducted": "3000", "policy": {"cost_basis": "NET_OF_VAT"}}
    ) == {
        "service_months": 24,
        "cost_base": "50000.00",
    }
    assert figures("policy", {"contract_end": "2025-06-30", "service_end": "2026-06-30"}) == {
        "contract_extended_to": "2026-06-30"
    }
    kept = {"contract_end": "2025-06-30", "service_end": "2026-06-30", "otherwise_agreed": True}
    assert figures("policy", kept) == {"contract_extended_to": None}


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"training_end": "2024-06-30"},
        {"service_months": 24},
        {"contract_end": "2024-06-30"},
        {"otherwise_agreed": True},
        {"verified_cost": "1", "invoice_gross": "1"},
        {"verified_cost": "1", "vat_deducted": "1"},
        {"invoice_gross": "1", "vat_deducted": "2"},
    ],
)
def test_half_a_question_of_policy_is_refused(inputs):
    assert refusal("policy", inputs)


def test_nothing_is_barred_before_it_is_filed():
    assert figures("limitation", {"last_day": "2025-06-30"})["time_barred"] is None
    assert figures("limitation", {"last_day": "2025-06-30", "filed_on": "2026-06-30"})["time_barred"] is False
