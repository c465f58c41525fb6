"""What was ever published is kept: the record holds each shape of each event version, and none is broken today."""

from collections import Counter
from pathlib import Path
from typing import ClassVar

from contracts.envelope import Fact
from contracts.published import breaches, line_of, published, unrecorded
from contracts.schemas import bare, schema_of
from contracts.topics import KNOWN

RECORD = Path(__file__).resolve().parents[2] / "contracts/published.jsonl"


class First(Fact):
    TYPE: ClassVar[str] = "planted.CourseBooked.v1"
    course: str


class Second(First):
    room: str = "A1"


class Third(First):
    seat: str = ""


def shapes(*facts: type[Fact]) -> list[tuple[str, dict]]:
    return [(fact.TYPE, bare(schema_of(fact))) for fact in facts]


def test_no_event_breaks_what_was_ever_published():
    assert list(breaches(published(RECORD), KNOWN)) == []


def test_every_event_version_stands_in_the_record_as_it_is():
    assert [name for name, _ in unrecorded(published(RECORD), KNOWN)] == []


def test_the_record_says_each_shape_once_and_as_golden_writes_it():
    lines = Counter(RECORD.read_text().splitlines(keepends=True))
    assert set(lines.values()) == {1}
    assert list(lines) == [line_of(shape) for shape in published(RECORD)]


def test_an_event_is_held_against_all_its_shapes_and_not_the_newest_alone():
    recorded = shapes(First, Second, Third)
    assert list(breaches(recorded, {First.TYPE: Third})) == [
        "planted.CourseBooked.v1 was published and is broken: data.room was removed."
    ]


def test_an_event_that_is_gone_is_broken():
    assert list(breaches(shapes(First), {})) == ["planted.CourseBooked.v1 was published and is broken: it is gone."]


def test_a_shape_is_recorded_when_it_is_new_and_only_then():
    assert list(unrecorded([], {First.TYPE: First})) == shapes(First)
    assert list(unrecorded(shapes(First), {First.TYPE: Second})) == shapes(Second)
    assert list(unrecorded(shapes(First, Second), {First.TYPE: Second})) == []


def test_words_that_only_people_read_are_not_recorded():
    class Explained(First):
        """A seat in a course was taken."""

    assert list(unrecorded(shapes(First), {First.TYPE: Explained})) == []
