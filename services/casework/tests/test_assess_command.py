"""The command `assess`: cases in a file, answered one by one, each with figures or a sentence why not."""

import json
from decimal import Decimal

import pytest
import typer
from typer.testing import CliRunner

from casework import Amount, Answer, CaseInputs, CaseRefused, Count, Day, Flag, add_assess


class Sum(CaseInputs):
    terms: tuple[Amount, ...]
    times: Count = 1
    on: Day | None = None
    loud: Flag = False


def add_up(inputs):
    case = Sum.model_validate(inputs)
    if len(case.terms) > 3:
        raise CaseRefused("terms are more than three.")
    total = sum(case.terms, Decimal()) * case.times
    return Answer({"sum": str(total), "even": total % 2 == 0}, (f"adding [{len(case.terms)}] terms",))


app = typer.Typer()
add_assess(app, {"sums": add_up})


@pytest.fixture
def told(tmp_path):
    def ask(*cases, text=None, options=("--json",)):
        file = tmp_path / "cases.json"
        file.write_text(text or json.dumps({"cases": list(cases)}), encoding="utf-8")
        return CliRunner().invoke(app, ["assess", str(file), *options])

    return ask


def case(name, inputs, category="sums"):
    return {"id": name, "category": category, "inputs": inputs, "title": "not looked at"}


def test_each_case_is_answered_under_its_id(told):
    result = told(case("一", {"terms": ["1.10", 2]}), case("two", {"terms": [], "times": 3}))
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"一": {"sum": "3.10", "even": False}, "two": {"sum": "0", "even": True}}


def test_a_number_with_a_point_is_read_exactly(told):
    result = told(text='{"cases": [{"id": "x", "category": "sums", "inputs": {"terms": [0.1, 0.2]}}]}')
    assert json.loads(result.stdout)["x"]["sum"] == "0.3"


@pytest.mark.parametrize(
    ("inputs", "named"),
    [
        ({"terms": ["1"], "tone": 1}, "tone is not a known field"),
        ({}, "terms is missing"),
        ({"terms": ["one"]}, "terms[0]: 'one' is not a plain decimal number"),
        ({"terms": [True]}, "terms[0]: True is not a number"),
        ({"terms": [None]}, "terms[0]: None is not a number"),
        ({"terms": ["-1"]}, "terms[0] is '-1'"),
        ({"terms": [], "times": "2"}, "times is '2'"),
        ({"terms": [], "times": True}, "times is True"),
        ({"terms": [], "loud": 1}, "loud is 1"),
        ({"terms": [], "on": "2024-1-5"}, "on: '2024-1-5' is not a day"),
        ({"terms": [], "on": "2024-02-30"}, "on: day is out of range"),
        ({"terms": [1, 1, 1, 1]}, "terms are more than three."),
        ([], "inputs is not an object."),
    ],
)
def test_a_case_that_is_not_understood_is_refused_and_the_others_are_not(told, inputs, named):
    answers = json.loads(told(case("bad", inputs), case("good", {"terms": [1]})).stdout)
    assert answers["bad"]["refused"].startswith(named)
    assert answers["bad"]["refused"].endswith(".")
    assert answers["good"]["sum"] == "1"


def test_an_unknown_category_is_refused(told):
    answers = json.loads(told(case("x", {}, category="products")).stdout)
    assert answers == {"x": {"refused": "category 'products' is not one of sums."}}


def test_people_read_figures_then_steps(told):
    result = told(case("x", {"terms": [2]}), case("y", {}), options=())
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[1:4] == ["sum: 2", "even: true", "  1. adding [1] terms"]
    assert lines[-1] == "refused: terms is missing."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense", "is not JSON"),
        ("[]", "holds no cases:"),
        ('{"cases": [1]}', "cases[0] is 1: input should be a valid"),
        ('{"cases": [{"category": "sums"}]}', "cases[0].id is missing"),
        ('{"cases": [{"id": "x"}, {"id": "x"}]}', "more than one case x"),
        ('{"cases": [{"id": "x", "id": "y"}]}', "the field id is written twice"),
        ('{"cases": [{"id": "x", "inputs": {"terms": [NaN]}}]}', "NaN is no number"),
    ],
)
def test_a_file_that_holds_no_cases_is_one_sentence_and_exit_code_2(told, text, said):
    result = told(text=text)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_missing_file_is_one_sentence_and_exit_code_2(tmp_path):
    result = CliRunner().invoke(app, ["assess", str(tmp_path / "none.json")])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "cannot be read" in result.stderr
