"""The chassis stays small: its parts are known, and outside of `testing` it holds no more code than was decided."""

import ast
import io
import tokenize

BUDGET = 2400  # docs/decisions/0019-the-chassis-has-a-budget.md
PARTS = {"keeping", "facing", "testing"}
SILENT = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING,
    tokenize.ENDMARKER,
}  # fmt: skip


def lines_of_code(text):
    """Lines that hold a token of code. Blank lines, comments and docstrings are free: this is no reason to be terse."""
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in SILENT:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                lines.difference_update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return len(lines)


def spent(house):
    counted = [s for s in house.sources if s.package == "chassis" and s.room != "testing"]
    return sum(lines_of_code(source.path.read_text(encoding="utf-8")) for source in counted)


def strange_parts(house):
    return sorted({s.room for s in house.sources if s.package == "chassis"} - PARTS - {"__init__"})


def test_the_chassis_keeps_its_budget(house, capsys):
    lines = spent(house)
    with capsys.disabled():
        print(f"\nchassis: {lines} of {BUDGET} lines of code")
    assert lines <= BUDGET, "Use a library, or give back to a service what only one service uses."


def test_the_chassis_has_three_parts(house):
    assert strange_parts(house) == []


def test_only_code_is_counted():
    assert lines_of_code('"""A module.\n\nWith a story."""\n\n# why\nx = 1  # because\n') == 1
    assert lines_of_code('def f():\n    """Says it."""\n    return (\n        1\n    )\n') == 4
    assert lines_of_code('sql = """\nselect 1\n"""\n') == 3


def test_one_line_too_many_is_caught_wherever_it_hides(planted):
    house = planted(
        {
            "services/chassis/src/chassis/keeping/relay.py": "x = 1\n" * BUDGET,
            "services/chassis/src/chassis/annexe.py": "x = 1\n",
            "services/chassis/src/chassis/testing/spec.py": "x = 1\n" * BUDGET,
        }
    )
    assert spent(house) == BUDGET + 1
    assert strange_parts(house) == ["annexe"]
