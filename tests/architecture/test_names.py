"""How things are called: a module says what it is, no class is a Manager, a test module has one name in the house."""

import ast
from collections import Counter

EMPTY_WORDS = ("Manager", "Helper", "Processor", "Base", "Impl")
KINDS = ("Event", "Command")  # A name's form says its kind; alone they name all of a module's events or commands.


def unsaid(house):
    for source in house.sources:
        if source.tree.body and not ast.get_docstring(source.tree):
            yield f"{source.where} does not say what it is"
        tells = source.room == "domain" or (source.package == "contracts" and source.room in house.services)
        words = EMPTY_WORDS + KINDS if tells else EMPTY_WORDS
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ClassDef) and node.name.endswith(words) and node.name not in KINDS:
                yield f"{source.where}:{node.lineno} calls a class {node.name}"


def untold(house):
    found = [
        path
        for part in ("contracts", "services", "tests")
        for path in sorted((house.root / part).rglob("test_*.py"))
        if "node_modules" not in path.parts
    ]
    for path in found:
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))):
            yield f"{path.relative_to(house.root).as_posix()} does not say what it proves"
    yield from (f"{name} names {n} test modules" for name, n in Counter(p.name for p in found).items() if n > 1)


def test_every_module_says_what_it_is_and_no_class_has_an_empty_name(house):
    assert list(unsaid(house)) == []


def test_every_test_module_says_what_it_proves_under_a_name_of_its_own(house):
    assert list(untold(house)) == []


def test_a_silent_module_and_an_empty_name_are_caught(planted):
    house = planted(
        {
            "services/points/src/points/__init__.py": "",
            "services/points/src/points/handlers.py": "class AwardManager: ...\n",
            "contracts/src/contracts/points.py": '"""What points says."""\n\nclass Event: ...\nclass AwardEvent: ...\n',
        }
    )
    assert list(unsaid(house)) == [
        "services/points/src/points/handlers.py does not say what it is",
        "services/points/src/points/handlers.py:1 calls a class AwardManager",
        "contracts/src/contracts/points.py:4 calls a class AwardEvent",
    ]


def test_a_silent_test_module_and_a_name_used_twice_are_caught(planted):
    house = planted(
        {
            "services/points/tests/domain/test_award.py": "x = 1\n",
            "services/people/tests/domain/test_award.py": '"""The life of an award."""\n',
        }
    )
    assert list(untold(house)) == [
        "services/points/tests/domain/test_award.py does not say what it proves",
        "test_award.py names 2 test modules",
    ]
