"""Worked cases of the points scheme, asked the way an operator asks them."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from casework import Answer, Case, CaseRefused, answer
from points.cli.assess import assess_points

GOLDEN = Path(__file__).parents[4] / "tests" / "golden" / "cases.json"
CASES = [
    case
    for case in json.loads(GOLDEN.read_text(encoding="utf-8"), parse_float=Decimal)["cases"]
    if case["category"] == "points"
]


def ask(**inputs: Any) -> Answer:
    return answer(Case(id="a case", category="points", inputs=inputs), {"points": assess_points})


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_golden_case_holds(case: dict[str, Any]):
    given = ask(**case["inputs"])
    assert {name: given.figures[name] for name in case["expected"]} == case["expected"]
    assert given.steps


def test_the_rule_of_the_day_of_the_fact_applies():
    versions = [{"from_": "2031-07-01", "WORKSHOP": 8}, {"from_": "2031-01-01", "EXAM_PASSED": "12"}]
    events = [{"kind": "WORKSHOP", "date": "2031-06-30"}, {"kind": "WORKSHOP", "date": "2031-07-01"}]
    exam = {"kind": "EXAM_PASSED", "date": "2031-08-01"}
    assert ask(events=[*events, exam], rule_versions=versions).figures == {"points": "25"}


def test_a_fact_without_a_day_is_weighed_by_the_one_version_given():
    assert ask(events=[{"kind": "WORKSHOP"}], rule_versions=[{"from_": "2031-01-01", "WORKSHOP": 8}]).figures == {
        "points": "8"
    }


def test_a_fact_without_a_day_lies_in_the_year_of_the_dated_ones():
    exam = {"kind": "EXAM_PASSED", "exam": "安全"}
    assert ask(events=[exam, exam | {"date": "2031-08-01"}]).figures == {"points": "10"}


def test_a_later_rate_for_tech_projects_keeps_its_scope():
    asked: dict[str, Any] = {
        "events": [{"kind": "TECH_PROJECT", "date": "2031-02-01"}],
        "rule_versions": [{"from_": "2031-01-01", "TECH_PROJECT": 40}],
    }
    assert ask(role="RD_MIDDLE", **asked).figures == {"points": "40"}
    assert ask(**asked).figures == {"points": "0"}


def test_parts_of_points_are_written_out_where_counts_are_whole():
    figures = ask(scheme="TOTAL_ONLY", earned={"ONLINE": "7.50", "EXAM": 10}).figures
    assert figures == {
        "capped": {"ONLINE": "7.5", "EXAM": 10},
        "counted": "17.5",
        "target_met": False,
        "missing": "82.5",
    }


def test_the_quota_stands_beside_the_points():
    figures = ask(scheme="TOTAL_ONLY", earned={"EXAM": 100}, career_planning_sessions=1).figures
    assert (figures["target_met"], figures["missing"], figures["requirement_met"]) == (True, 0, False)


def test_scores_show_ties_and_a_population_cannot():
    assert ask(scores=[90, "90.0", 90, 80, 70], percent=20).figures == {"cut": 1, "winners": 3}
    assert ask(population=5, percent="20").figures == {"cut": 1, "winners": 1}


def test_the_appraisal_answers_beside_the_consequence():
    assert ask(points=120, kpi="85").figures == {
        "appraisal": "86.50",
        "rating_flag": None,
        "next_year_pay_review_eligible": True,
    }


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({}, "ask no question about points"),
        ({"role": "MIDDLE"}, "ask no question about points"),
        ({"events": [], "target": 100}, "target is not a known field"),
        ({"events": [{"kind": "WORKSHOPS"}]}, "events[0].kind is 'WORKSHOPS'"),
        ({"events": [{"kind": "WORKSHOP", "when": "x"}]}, "events[0].when is not a known field"),
        ({"events": [{"kind": "WORKSHOP", "qty": -1}]}, "events[0].qty is -1"),
        ({"events": [{"kind": "WORKSHOP", "qty": Decimal("1.5")}]}, "WORKSHOP counts whole, not 1.5"),
        ({"events": [{"kind": "WORKSHOP", "date": "2031-02-30"}]}, "events[0].date"),
        ({"events": [{"kind": "WORKSHOP", "of": "e1"}]}, "of belongs to a VOID"),
        ({"events": [{"kind": "WORKSHOP", "exam": "安全"}]}, "exam belongs to an exam"),
        ({"events": [{"kind": "VOID"}]}, "of is missing"),
        ({"events": [{"kind": "VOID", "of": "e1", "qty": 2}]}, "a VOID takes back a whole fact"),
        ({"events": [], "role": "CHIEF"}, "role is 'CHIEF'"),
        ({"events": [], "rule_versions": [{"from_": "2031-01-01", "VOID": 1}]}, "VOID is not a known field"),
        ({"events": [], "rule_versions": [{"from_": "2031-01-01"}] * 2}, "two rule versions begin on 2031-01-01"),
        (
            {
                "events": [{"kind": "WORKSHOP"}],
                "rule_versions": [{"from_": "2031-01-01", "WORKSHOP": 8}, {"from_": "2031-07-01"}],
            },
            "date is missing for WORKSHOP",
        ),
        ({"earned": {"EXAM": 1}}, "scheme is missing"),
        ({"earned": {"EXAM": 1}, "scheme": "SHARES"}, "scheme is 'SHARES'"),
        ({"earned": {"GOLF": 1}, "scheme": "FACTORY"}, "GOLF"),
        ({"earned": {"EXAM": 1}, "scheme": "FACTORY", "target": 0}, "target is 0"),
        ({"career_planning_sessions": -1}, "career_planning_sessions is -1"),
        ({"percent": 20}, "population or scores is missing"),
        ({"population": 80}, "percent is missing"),
        ({"population": 80, "percent": 120}, "percent is 120"),
        ({"population": 3, "scores": [1, 2], "percent": 10}, "population is 3, but there are 2 scores"),
        ({"points": 60, "weight": "0.10"}, "weight is given without kpi"),
        ({"points": 60, "kpi": 85, "weight": "1.10"}, "weight is '1.10'"),
        ({"points": True}, "points: True is not a number"),
        ({"points": 60, "earned": {}, "scheme": "FACTORY"}, "points is not a known field"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(inputs: dict[str, Any], said: str):
    with pytest.raises(CaseRefused) as refused:
        ask(**inputs)
    assert said in str(refused.value)
