"""What may change in a contract, and what may not: each planted change is caught by name."""

from decimal import Decimal
from typing import ClassVar, Literal

from contracts.envelope import Fact, Number
from contracts.schemas import incompatibilities, schema_of


class Before(Fact):
    TYPE: ClassVar[str] = "planted.Fact.v1"
    course: str
    score: Number
    form: Literal["ONLINE", "WORKSHOP"]
    note: str = ""


class WithOptional(Before):
    room: str = "A1"


class WithRequired(Before):
    room: str


class Retyped(Fact):
    TYPE: ClassVar[str] = "planted.Fact.v1"
    course: int
    score: Number
    form: Literal["ONLINE", "WORKSHOP"]
    note: str = ""


class Removed(Fact):
    TYPE: ClassVar[str] = "planted.Fact.v1"
    course: str
    form: Literal["ONLINE", "WORKSHOP"]
    note: str = ""


class Widened(Fact):
    TYPE: ClassVar[str] = "planted.Fact.v1"
    course: str
    score: Number
    form: Literal["ONLINE", "WORKSHOP", "EXTERNAL"]
    note: str = ""


class WithoutDefault(Fact):
    TYPE: ClassVar[str] = "planted.Fact.v1"
    course: str
    score: Number
    form: Literal["ONLINE", "WORKSHOP"]
    note: str


def breaks(new: type[Fact]) -> list[str]:
    return incompatibilities(schema_of(Before), schema_of(new))


def test_nothing_changed_breaks_nothing():
    assert breaks(Before) == []


def test_a_new_field_with_a_default_may_come():
    assert breaks(WithOptional) == []


def test_a_new_field_without_a_default_breaks():
    assert breaks(WithRequired) == ["data.room is new and has no default"]


def test_a_removed_field_breaks():
    assert breaks(Removed) == ["data.score was removed"]


def test_a_retyped_field_breaks():
    assert breaks(Retyped) == ["data.course was retyped"]


def test_a_new_value_without_a_reader_that_knows_unknown_breaks():
    assert breaks(Widened) == ["data.form gained the value 'EXTERNAL', and no reader has `unknown`"]


def test_a_default_that_is_taken_away_breaks():
    assert breaks(WithoutDefault) == ["data.note had a default and has none"]


def test_a_planted_fact_is_itself_sound():
    assert Before(course="safety", score=Decimal(1), form="ONLINE").note == ""
