"""The bytes of an event: canonical, exact, the same for every copy."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import pytest

from contracts.envelope import EventTooLarge, Fact, NotAnEvent, canonical, read, record, spoken
from contracts.learning import CourseStudied, ExamPassed
from contracts.people import DayOpened
from contracts.topics import KNOWN

STREAM, CORRELATION = UUID(int=7), UUID(int=8)
noon = datetime(2024, 3, 1, 12, 0, 0, 5, tzinfo=timezone(timedelta(hours=8)))


def said(fact: Fact, version: int = 1) -> Any:
    return record(
        fact, stream=STREAM, version=version, time=noon, actor="user:ada", correlation=CORRELATION, causation=None
    )


def studied(hours: str = "1.50") -> CourseStudied:
    return CourseStudied(employee="E1", course="安全", on=date(2024, 3, 1), hours=Decimal(hours))


def test_keys_are_sorted_and_nothing_is_escaped_or_padded():
    raw = said(studied()).raw
    assert raw == json.dumps(json.loads(raw), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def test_an_instant_is_utc_with_microseconds():
    assert spoken(noon) == "2024-03-01T04:00:00.000005Z"


def test_a_decimal_is_a_plain_string():
    assert json.loads(said(studied("1E+1")).raw)["data"]["hours"] == "10"
    assert json.loads(said(studied("1.50")).raw)["data"]["hours"] == "1.50"


def test_the_id_follows_from_stream_and_version():
    assert said(studied(), version=3).id == uuid5(STREAM, "3")


def test_the_subject_is_the_employee_or_else_the_stream():
    assert said(studied()).subject == "E1"
    assert said(DayOpened(day=date(2024, 3, 1))).subject == str(STREAM)


def test_a_float_is_refused():
    with pytest.raises(ValueError, match="no floats"):
        canonical({"a": [1.5]})


def test_an_integer_past_2_to_the_53_is_refused():
    with pytest.raises(ValueError, match="past"):
        canonical({"a": 2**53})
    assert canonical({"a": 2**53 - 1}) == b'{"a":9007199254740991}'


def test_an_event_over_60000_bytes_is_refused():
    with pytest.raises(EventTooLarge) as told:
        said(CourseStudied(employee="E1", course="课" * 20_001, on=date(2024, 3, 1), hours=Decimal(1)))
    assert told.value.size > 60_000


def test_an_unknown_type_is_read_without_a_fact():
    raw = said(studied()).raw.replace(b"CourseStudied.v1", b"CourseDreamed.v1")
    assert read(raw, KNOWN).fact is None


def test_a_malformed_event_of_a_known_type_is_an_error_that_says_where():
    raw = said(studied()).raw.replace(b'"hours":"1.50"', b'"hours":"many"')
    with pytest.raises(NotAnEvent) as told:
        read(raw, KNOWN)
    assert told.value.why.startswith("data.hours:")


@pytest.mark.parametrize("raw", [b"", b"null", b"[]", b"{}", b"\xff", b'{"type":1}', b'{"type":"x"}'])
def test_bytes_that_are_no_event_are_told_apart(raw: bytes):
    with pytest.raises(NotAnEvent):
        read(raw, KNOWN)


def test_a_field_that_a_reader_does_not_know_is_ignored():
    raw = said(studied()).raw.replace(b'"hours":"1.50"', b'"hours":"1.50","mood":"good"')
    assert read(raw, KNOWN).fact == studied("1.50")


def test_reading_gives_what_was_said():
    event = said(
        ExamPassed(
            employee="E1",
            course="safety",
            course_class="强制",
            on=date(2024, 3, 1),
            attempt=1,
            score=Decimal("89.5"),
            pass_mark=Decimal(80),
        )
    )
    assert read(event.raw, KNOWN).fact == event.fact
    assert read(event.raw, KNOWN).time == noon.astimezone(UTC)
