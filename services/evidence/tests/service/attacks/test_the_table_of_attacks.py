"""`docs/attacks.md` says of each attack what its test asserts, no more and no less."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVICE = Path(__file__).parents[1]
DOCUMENT = Path(__file__).parents[5] / "docs/attacks.md"
TESTS = (*sorted(SERVICE.glob("attacks/test_attacks_on_*.py")), SERVICE / "cases/test_attacks_on_a_dossier.py")
CONTROLS = {
    "test_a_ledger_that_nobody_touched",
    "test_a_ledger_that_grew_as_it_should",
    "test_what_its_service_said_and_signed",
    "test_a_dossier_that_nobody_touched",
}
Cells = tuple[frozenset[str], frozenset[str], frozenset[str]]
"""The layers that detect an attack, those that do not, and those of the offline verifier that do."""


def rows() -> list[list[str]]:
    lines = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def told() -> dict[str, Cells]:
    """By the name of its test, what the table says of an attack."""
    return {test.strip("`"): (layers(by), layers(not_by), layers(by_file)) for *_, by, not_by, by_file, test in rows()}


def layers(cell: str) -> frozenset[str]:
    return frozenset(each for each in re.split(r", ", cell) if each != "—")


def asserted() -> dict[str, Cells]:
    """The same by the tests. Where one asserts twice of the same auditor, the last is what the attack comes to."""
    return {test.name: cells_of(test) for path in TESTS for test in functions_in(path)}


def functions_in(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node


def cells_of(test: ast.FunctionDef | ast.AsyncFunctionDef) -> Cells:
    calls = [node for node in ast.walk(test) if isinstance(node, ast.Call) and ast.unparse(node.func) == "detected"]
    calls.sort(key=lambda call: call.lineno)
    offline = [call for call in calls if "offline" in ast.unparse(call.args[0])]
    by, not_by = sets_of([call for call in calls if call not in offline][-1])
    return by, not_by, sets_of(offline[-1])[0] if offline else frozenset()


def sets_of(call: ast.Call) -> tuple[frozenset[str], frozenset[str]]:
    given = {word.arg: word.value for word in call.keywords}
    by, not_by = (
        frozenset(each.value for each in ast.walk(given[name]) if isinstance(each, ast.Constant))
        for name in ("by", "not_by")
    )
    return by, not_by


def test_twenty_attacks_are_told_each_with_a_test_of_its_own():
    assert len(rows()) == len(told()) == 20
    assert told().keys() == asserted().keys() - CONTROLS


@pytest.mark.parametrize("attack", sorted(told()))
def test_the_table_says_of_an_attack_what_its_test_asserts(attack):
    assert told()[attack] == asserted()[attack]


def test_no_attack_goes_undetected_and_a_control_detects_nothing():
    assert all(by for by, *_ in told().values())
    assert {asserted()[control][0] for control in CONTROLS} == {frozenset()}
