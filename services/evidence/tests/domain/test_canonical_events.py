"""What counts as an event: the one canonical form of a CloudEvent that this topic's publisher may say."""

import pytest

from evidence.domain.canonical import NotCanonical, canonical, parse, read_event


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1.5}',
        b'{"a":1e3}',
        b'{"a":NaN}',
        b'{"a":-0}',
        b'{"a":9007199254740992}',
        b'{"a":1,"a":1}',
        b'{"a": 1}',
        b'{"b":1,"a":1}',
        b'{"a":"\\u00e9"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\\/"}',
        b"\xef\xbb\xbf{}",
        b'{"a":"\xff"}',
        b'"text"',
        b"[]",
        b"",
        b'{"a":' * 20_000,
        b'{"a":' + b"9" * 5_000 + b"}",
    ],
    ids=range(18),
)
def test_bytes_that_could_be_written_otherwise_are_not_canonical(raw: bytes):
    with pytest.raises(NotCanonical):
        parse(raw)


@pytest.mark.parametrize("raw", [b"{}", '{"a":"é\\n\\u0001","b":[null,true,-9007199254740991]}'.encode()])
def test_canonical_bytes_are_read_and_written_back(raw: bytes):
    assert canonical(parse(raw)) == raw


def test_a_proper_event_of_the_publisher_is_read(desk):
    event = read_event(desk.event(version=7), "people")
    assert event is not None
    assert (event.version, event.type, event.subject) == (7, "people.EmployeeHired.v1", "E1001")
    assert event.registers is None


@pytest.mark.parametrize(
    "said",
    [
        {"specversion": "1.1"},
        {"id": "0190a1b2-0000-4000-8000-00000000ada0"},
        {"id": 7},
        {"source": "urn:qizheng:points"},
        {"type": "points.PointsAwarded.v1"},
        {"type": "people.employeeHired.v1"},
        {"type": "people.EmployeeHired.v0"},
        {"type": 5},
        {"time": "2026-03-02T08:00:00Z"},
        {"time": "2026-03-02T08:00:00.000001+00:00"},
        {"time": None},
        {"actor": "grace"},
        {"actor": ["user:grace"]},
        {"streamid": "not a uuid"},
        {"streamid": None},
        {"streamversion": "1"},
        {"streamversion": 2},
        {"version": True},
        {"type": "people.EmployeeHired.v1\n"},
        {"type": "people.EmployeeHired.v\u0661"},
        {"time": "2026-03-02T08:00:00.\u0661\u0661\u0661\u0661\u0661\u0661Z"},
        {"subject": None},
        {"causationid": 5},
        {"invented": "x"},
    ],
    ids=str,
)
def test_an_event_that_breaks_one_rule_is_none(desk, said):
    assert read_event(desk.event(**said), "people") is None


def test_an_event_that_lacks_an_attribute_is_none(desk):
    said = parse(desk.event())
    for name in said:
        assert read_event(canonical({other: value for other, value in said.items() if other != name}), "people") is None


def test_versions_begin_at_one(desk):
    assert read_event(desk.event(version=0), "people") is None


def test_a_registration_names_the_key_by_its_own_hash(desk):
    event = read_event(desk.registration("people", 1, key_id="people/00000000"), "evidence")
    assert event is not None
    assert event.registers is not None
    assert event.registers.id.startswith("people/")
    assert event.registers.id != event.registers.claimed == "people/00000000"


@pytest.mark.parametrize("data", [{"public_key": "A"}, {"public_key": 5}, {"service": None}])
def test_a_registration_that_cannot_be_read_registers_nothing(desk, data):
    event = read_event(desk.registration("people", 1, **data), "evidence")
    assert event is not None
    assert event.registers is None
