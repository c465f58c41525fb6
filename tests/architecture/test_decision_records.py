"""The record of decisions: a page each, numbered without gaps, in the index, and naming every library that we lean on."""

import re
import tomllib

PARTS = ["Context", "Decision", "Consequences", "Alternatives", "Check"]
LONGEST = 80


def breaches(house):
    folder = house.root / "docs/decisions"
    index = (house.root / "docs/README.md").read_text(encoding="utf-8")
    for number, page in enumerate(sorted(folder.glob("*.md")), start=1):
        text = page.read_text(encoding="utf-8")
        if not (page.name.startswith(f"{number:04d}-") and text.startswith(f"# {number:04d} · ")):
            yield f"{page.name} is not number {number:04d}"
        if re.findall(r"^## (.+)$", text, flags=re.MULTILINE) != PARTS:
            yield f"{page.name} has other parts than {', '.join(PARTS)}"
        quoted = " ".join(line.removeprefix("> ") for line in text.splitlines() if line.startswith("> "))
        if not quoted.endswith(".") or quoted.count(". "):
            yield f"{page.name} does not decide in one sentence"
        check = text.partition("## Check")[2]
        if "tests/" not in check:
            yield f"{page.name} names no check"
        yield from (f"{page.name} names {what}, which is not there" for what in missing(house.root, check))
        if len(text.splitlines()) > LONGEST:
            yield f"{page.name} is longer than a page"
        if f"(decisions/{page.name})" not in index:
            yield f"{page.name} is not in the index"


def missing(root, check):
    """Each path (or pattern of paths) in backticks that leads nowhere, and each test that none of the paths holds."""
    named = re.findall(r"`([^`]+)`", check)
    found = {path: [*root.glob(path)] for path in named if "/" in path}
    yield from (path for path, there in found.items() if not there)
    files = [file for there in found.values() for file in there if file.is_file()]
    held = "".join(file.read_text(encoding="utf-8") for file in files)
    yield from (test for test in named if test.startswith("test_") and f"def {test}(" not in held)


def undecided(house):
    """Each library that a member declares and no decision record names."""
    told = "".join(page.read_text(encoding="utf-8") for page in (house.root / "docs/decisions").glob("*.md"))
    for member in house.members:
        project = tomllib.loads((member / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        for wanted in project.get("dependencies", []):
            library = re.split(r"[\[<>=!~; ]", wanted)[0]
            if not library.startswith("qizheng-") and f"`{library}`" not in told:
                yield f"{member.name} declares {library}"


def test_every_decision_is_a_page_with_a_sentence_and_a_check(house):
    assert list(breaches(house)) == []


def test_every_library_has_been_decided(house):
    assert list(undecided(house)) == []


def page(number, decision="> We do this, and only this.", check="`tests/test_rooms.py`: `test_rooms`"):
    return (
        f"# {number} · Rooms\n\n## Context\n\nc\n\n## Decision\n\n{decision}\n\n"
        f"## Consequences\n\nc\n\n## Alternatives\n\n- a\n\n## Check\n\n{check}\n"
    )


def test_a_gap_a_speech_a_missing_check_and_a_missing_line_in_the_index_are_caught(planted):
    house = planted(
        {
            "docs/decisions/0001-rooms.md": page("0001"),
            "docs/decisions/0002-speech.md": page("0002", "> We do this. And that, at length."),
            "docs/decisions/0003-wish.md": page("0003", check="None."),
            "docs/decisions/0005-gap.md": page("0005"),
            "tests/test_rooms.py": "def test_rooms(): ...\n",
            "docs/decisions/0006-short.md": "# 0006 · Short\n\n## Decision\n\n> We do it.\n",
            "docs/README.md": "".join(
                f"(decisions/{name}.md)" for name in ("0001-rooms", "0002-speech", "0003-wish", "0006-short")
            ),
        }
    )
    assert list(breaches(house)) == [
        "0002-speech.md does not decide in one sentence",
        "0003-wish.md names no check",
        "0005-gap.md is not number 0004",
        "0005-gap.md is not in the index",
        "0006-short.md is not number 0005",
        "0006-short.md has other parts than Context, Decision, Consequences, Alternatives, Check",
        "0006-short.md names no check",
    ]


def test_a_check_that_is_not_there_is_caught(planted):
    check = "`tests/test_rooms.py`: `test_rooms`, `test_doors`; `tests/*/test_gone.py`, `tests/*.py`; `make check`."
    house = planted(
        {
            "docs/decisions/0001-rooms.md": page("0001", check=check),
            "docs/README.md": "(decisions/0001-rooms.md)",
            "tests/test_rooms.py": "def test_rooms(): ...\n",
        }
    )
    assert list(breaches(house)) == [
        "0001-rooms.md names tests/*/test_gone.py, which is not there",
        "0001-rooms.md names test_doors, which is not there",
    ]


def test_a_library_that_slips_in_is_caught(planted):
    project = '[project]\nname = "qizheng-{}"\ndependencies = [{}]\n'
    house = planted(
        {
            "docs/decisions/0001-libraries.md": "We use `httpx` and `psycopg`.\n",
            "contracts/pyproject.toml": project.format("contracts", ""),
            "services/points/pyproject.toml": project.format(
                "points", '"qizheng-contracts", "httpx>=0.27", "psycopg[binary]", "requests<3"'
            ),
        }
    )
    assert list(undecided(house)) == ["points declares requests"]
