"""Worked cases of payroll, asked the way an operator asks them."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from casework import Answer, Case, CaseRefused, answer
from payroll_bridge.cli.assess import assess_payroll

GOLDEN = Path(__file__).parents[4] / "tests" / "golden" / "cases.json"
CASES = [
    case
    for case in json.loads(GOLDEN.read_text(encoding="utf-8"), parse_float=Decimal)["cases"]
    if case["category"] == "payroll"
]


def ask(**inputs: Any) -> Answer:
    return answer(Case(id="a case", category="payroll", inputs=inputs), {"payroll": assess_payroll})


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_golden_case_holds(case: dict[str, Any]):
    given = ask(**case["inputs"])
    assert {name: given.figures[name] for name in case["expected"]} == case["expected"]
    assert given.steps


def test_a_penalty_in_shenzhen_falls_on_one_month_and_its_excess_is_void():
    asked = {"kind": "DISCIPLINARY", "region": "SHENZHEN", "minimum_wage": "2360"}
    assert ask(owed="5000", wages=["10000", "10000"], **asked).figures == {
        "deductions": ["3000.00", "0.00"],
        "remaining": "0.00",
        "blocked_by": None,
    }


@pytest.mark.parametrize("place", [{}, {"region": "GUANGDONG", "prior_written_notice": True}, {"region": "BEIJING"}])
def test_a_penalty_elsewhere_has_no_legal_basis_even_with_consent(place: dict[str, Any]):
    asked: dict[str, Any] = {"kind": "DISCIPLINARY", "consent": True, "minimum_wage": "2360"}
    assert ask(owed="500", wages=["10000", "10000"], **asked, **place).figures == {
        "deductions": ["0.00", "0.00"],
        "remaining": "0.00",
        "blocked_by": "NO_LEGAL_BASIS",
    }


def test_damages_in_shenzhen_keep_the_cap_of_damages():
    figures = ask(owed="5000", wages=["10000"], minimum_wage="2360", consent=True, region="SHENZHEN").figures
    assert figures == {"deductions": ["2000.00"], "remaining": "3000.00", "blocked_by": None}


def test_a_pass_after_the_cut_off_is_the_next_months():
    attempts = [{"date": "2031-06-05", "passed": False}, {"date": "2031-06-26", "passed": True, "score": 92}]
    figures = ask(monthly_wage="8000", events=attempts, cutoff="2031-06-25", performance_bonus=1000).figures
    assert (figures["subsidy"], figures["bonus_withheld"]) == ("0.00", "640.00")


def test_deliveries_of_the_same_news_pay_once():
    once, often = (ask(monthly_wage="8000", passed=True, score=95, deliveries=times).figures for times in (1, 7))
    assert once == often


def test_outside_the_first_fifth_the_wage_stays():
    assert ask(monthly_wage=10000, rank=17, population=80).figures == {
        "recommended_wage": "10000.00",
        "applied": False,
    }


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({}, "ask no question about payroll"),
        ({"monthly_wage": "8000"}, "ask no question about payroll"),
        ({"monthly_wage": "8000", "passed": True, "bonus": 1}, "bonus is not a known field"),
        ({"monthly_wage": "8000", "passed": "yes"}, "passed is 'yes'"),
        ({"monthly_wage": "8000", "passed": True, "score": 101}, "score is 101"),
        ({"monthly_wage": "8000.005", "passed": True}, "8000.005 is finer than a fen"),
        ({"monthly_wage": "-1", "passed": True}, "monthly_wage is '-1'"),
        ({"monthly_wage": "8000", "passed": True, "training_class": "DAILY"}, "training_class is 'DAILY'"),
        ({"monthly_wage": "8000", "passed": True, "deliveries": 0}, "deliveries is 0"),
        ({"monthly_wage": "8000", "passed": True, "events": []}, "belong into events"),
        ({"monthly_wage": "8000", "passed": True, "cutoff": "2031-06-25"}, "cutoff is given without events"),
        ({"monthly_wage": "8000", "events": [{"date": "2031-06-05"}]}, "events[0].passed is missing"),
        ({"monthly_wage": "8000", "events": [], "cutoff": "25.6.2031"}, "cutoff"),
        ({"passed": True}, "monthly_wage is missing"),
        ({"owed": "5000", "wages": ["10000"], "consent": True, "region": "ATLANTIS"}, "region 'ATLANTIS'"),
        ({"owed": "5000", "wages": ["10000"], "kind": "FINE"}, "kind is 'FINE'"),
        ({"owed": "5000", "wages": ["10000"], "cap": "1.20"}, "cap is '1.20'"),
        ({"owed": "5000", "wages": ["10000"], "monthly_wage": "1"}, "monthly_wage is not a known field"),
        ({"owed": "5000"}, "wages is missing"),
        ({"owed": "500", "wages": [], "kind": "DISCIPLINARY"}, "wages is empty"),
        ({"monthly_wage": "1", "rank": 9, "population": 8}, "rank 9 is not among 8 people"),
        ({"monthly_wage": "1", "rank": 1}, "population is missing"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(inputs: dict[str, Any], said: str):
    with pytest.raises(CaseRefused) as refused:
        ask(**inputs)
    assert said in str(refused.value)
