"""The golden cases of agreements, worked out by hand, come out the same through the functions of `assess`."""

import json
from pathlib import Path

import pytest

from agreements.cli.assess import CATEGORIES

GOLDEN = Path(__file__).parents[4] / "tests" / "golden" / "cases.json"
CASES = [case for case in json.loads(GOLDEN.read_text(encoding="utf-8"))["cases"] if case["category"] in CATEGORIES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_golden_case_comes_out_as_worked_by_hand(case):
    figures = CATEGORIES[case["category"]](case["inputs"]).figures
    assert {name: figures.get(name) for name in case["expected"]} == case["expected"]


def test_there_are_golden_cases_of_every_category():
    assert {case["category"] for case in CASES} == set(CATEGORIES)
