"""The guides tell the truth: each code block of a page runs after the ones before it."""

import re
from pathlib import Path
from typing import Any

import pytest

GUIDES = sorted((Path(__file__).resolve().parents[2] / "docs/guides").glob("*.md"))


def run(page: str) -> int:
    blocks = re.findall(r"^```python\n(.*?)^```", page, flags=re.S | re.M)
    names: dict[str, Any] = {"__name__": "guide"}
    for block in blocks:
        exec(compile(block, "guide", "exec"), names)
    return len(blocks)


def test_there_are_guides():
    assert {guide.stem for guide in GUIDES} >= {"add-an-event", "add-a-service"}


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_every_code_block_of_a_guide_runs(guide: Path):
    assert run(guide.read_text()) > 0


def test_a_guide_that_lies_is_caught():
    with pytest.raises(AssertionError):
        run("```python\nassert 1 + 1 == 3\n```\n")
