"""The contracts are what they were promised to be: schemas, examples and documents as committed."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from contracts.envelope import canonical, read, record
from contracts.schemas import schema_of
from contracts.topics import KNOWN, PUBLISHED

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = {path.stem: json.loads(path.read_text()) for path in sorted((ROOT / "contracts/schemas").glob("*.json"))}
EXAMPLES = {path.stem: path.read_bytes() for path in sorted((ROOT / "contracts/examples").glob("*.json"))}


def test_every_event_version_ever_published_is_still_known():
    assert set(SCHEMAS) == set(KNOWN)


def test_every_event_version_has_one_example():
    assert set(EXAMPLES) == set(KNOWN)


def without_later(again: Any, before: Any) -> Any:
    """What is said again, without the fields that came after this was said."""
    if isinstance(again, dict) and isinstance(before, dict):
        return {name: without_later(value, before[name]) for name, value in again.items() if name in before}
    return again


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_schema_is_what_its_event_says(name: str):
    assert SCHEMAS[name] == schema_of(KNOWN[name])


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_example_is_read_and_said_again_byte_for_byte(name: str):
    event = read(EXAMPLES[name], KNOWN)

    assert event.type == name
    assert event.fact is not None
    again = record(
        event.fact,
        stream=event.stream,
        version=event.version,
        time=event.time,
        actor=event.actor,
        correlation=event.correlation,
        causation=event.causation,
    )
    if name == event.fact.TYPE:
        assert canonical(without_later(json.loads(again.raw), json.loads(EXAMPLES[name]))) == EXAMPLES[name]


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_example_holds_against_its_schema(name: str):
    from jsonschema import Draft202012Validator

    Draft202012Validator(SCHEMAS[name]).validate(json.loads(EXAMPLES[name])["data"])


def test_a_type_is_said_by_the_publisher_that_it_names():
    assert [name for service, facts in PUBLISHED.items() for name in facts if not name.startswith(f"{service}.")] == []


@pytest.mark.postgres
def test_what_is_generated_stands_as_committed():
    ran = subprocess.run([sys.executable, "deploy/golden.py", "--check"], cwd=ROOT, capture_output=True, text=True)

    assert ran.returncode == 0, ran.stdout + ran.stderr
