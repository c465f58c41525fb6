"""Money, hours and scores on the wire: strings in the schemas, strings in what is read, and never a JSON number."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from contracts.envelope import DECIMAL, Fact, Money, NotAnEvent, Number, read
from contracts.schemas import schema_of
from contracts.topics import KNOWN

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
SCHEMAS = {path.stem: json.loads(path.read_text()) for path in sorted((CONTRACTS / "schemas").glob("*.json"))}
EXAMPLES = {path.stem: json.loads(path.read_text()) for path in sorted((CONTRACTS / "examples").glob("*.json"))}


class Paid(Fact):
    TYPE: ClassVar[str] = "planted.Paid.v1"
    amount: Money
    hours: Number | None = None
    rates: dict[str, tuple[Number, ...]] = {}  # noqa: RUF012  # pydantic copies it


def types(schema: Any) -> Iterator[str]:
    """Each type that a schema lets through, anywhere in it."""
    if isinstance(schema, dict):
        yield from (kind for kind in [schema.get("type")] if isinstance(kind, str))
    parts = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for part in parts:
        yield from types(part)


def as_numbers(said: Any) -> Iterator[Any]:
    """`said` again and again, each time with another of its decimal strings as a JSON number."""
    match said:
        case str() if re.fullmatch(DECIMAL, said):
            yield float(said) if "." in said else int(said)
        case dict():
            yield from ({**said, name: other} for name, value in said.items() for other in as_numbers(value))
        case list():
            yield from (
                [*said[:i], other, *said[i + 1 :]] for i, value in enumerate(said) for other in as_numbers(value)
            )


def told(data: Any) -> bytes:
    return json.dumps({**EXAMPLES["people.DayOpened.v1"], "type": Paid.TYPE, "data": data}).encode()


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_no_schema_lets_a_number_through_that_may_be_a_fraction(name: str):
    assert "number" not in types(SCHEMAS[name])


@pytest.mark.parametrize("name", [name for name in sorted(EXAMPLES) if any(as_numbers(EXAMPLES[name]["data"]))])
def test_no_event_is_read_with_a_json_number_for_a_decimal(name: str):
    for data in as_numbers(EXAMPLES[name]["data"]):
        with pytest.raises(NotAnEvent):
            read(json.dumps({**EXAMPLES[name], "data": data}).encode(), KNOWN)
        assert not Draft202012Validator(SCHEMAS[name]).is_valid(data)


@pytest.mark.parametrize("amount", [400, 400.0, "4E+2", " 400", "4_00", "0400", "400.", "+400", "NaN", "", None, True])
def test_what_is_no_plain_decimal_string_is_refused(amount: object):
    with pytest.raises(NotAnEvent) as refused:
        read(told({"amount": amount}), {Paid.TYPE: Paid})
    assert refused.value.why.startswith("data.amount: ")
    assert not Draft202012Validator(schema_of(Paid)).is_valid({"amount": amount})


def test_a_number_is_refused_however_deep_it_lies():
    data = {"amount": "400.00", "hours": None, "rates": {"WORKSHOP": ["1.5", "-2"]}}
    assert read(told(data), {Paid.TYPE: Paid}).fact == Paid(
        amount=Decimal(400), rates={"WORKSHOP": (Decimal("1.5"), Decimal(-2))}
    )
    assert len(list(as_numbers(data))) == 3
    for wrong in as_numbers(data):
        with pytest.raises(NotAnEvent):
            read(told(wrong), {Paid.TYPE: Paid})


@given(amount=st.decimals(-(10**12), 10**12, places=2), hours=st.decimals(-(10**12), 10**12))
def test_what_is_said_holds_against_its_schema_and_is_read_again(amount: Decimal, hours: Decimal):
    fact = Paid(amount=amount, hours=hours)
    data = fact.model_dump(mode="json")
    Draft202012Validator(schema_of(Paid)).validate(data)
    assert read(told(data), {Paid.TYPE: Paid}).fact == fact
