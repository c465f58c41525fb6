"""Sealing: every message gets its place, its links and the flags it deserves, and none is left out."""

import json
from copy import deepcopy
from datetime import datetime
from hashlib import sha256

import pytest

from evidence.domain.records import Check, Claim, Sealed, checks, read, seal


def envelope(record: Sealed) -> dict:
    return json.loads(record.leaf.partition(b"\n")[0])


def no_one_is_asked(check: Check) -> bool:
    raise AssertionError(check)


def test_a_record_is_an_envelope_a_line_feed_and_the_bytes_as_they_came(desk):
    desk.open()
    body = desk.event()
    message = desk.message(body)
    (record,) = desk.seal(message)
    line, _, rest = record.leaf.partition(b"\n")
    assert rest == body
    assert record.leaf_hash == sha256(b"\0" + record.leaf).digest()
    assert line == json.dumps(envelope(record), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert list(envelope(record)) == [
        "epoch", "event", "flags", "headers", "incarnation", "ingested", "key", "offset",
        "partition", "prev", "prev_stream", "seq", "stream", "stream_version", "topic", "v",
    ]  # fmt: skip
    assert envelope(record)["ingested"] == "2026-03-02T08:00:03.000000Z"
    assert (envelope(record)["topic"], envelope(record)["partition"], envelope(record)["offset"]) == (
        "people.events.v1",
        3,
        0,
    )
    assert envelope(record)["headers"][1] == ["signature", message.headers[1][1].decode()]


def test_each_record_names_the_one_before_and_the_first_names_none(desk):
    first, second = desk.open()
    assert envelope(first)["prev"] is None
    assert envelope(second)["prev"] == first.leaf_hash.hex()
    assert (envelope(first)["seq"], envelope(second)["seq"]) == (0, 1)


def test_each_record_names_the_one_before_in_its_stream(desk):
    desk.open()
    hired, moved = desk.event(), desk.event(version=2)
    first, between, again, second = desk.seal(
        desk.message(hired), desk.message(b"noise"), desk.message(hired), desk.message(moved)
    )
    assert envelope(first)["prev_stream"] is None
    assert envelope(between)["prev_stream"] is None
    assert envelope(again)["prev_stream"] == first.leaf_hash.hex()
    assert envelope(second)["prev_stream"] == again.leaf_hash.hex()


def test_sealing_leaves_the_chain_as_it_was_until_it_follows(desk):
    desk.open()
    before = deepcopy(desk.chain)
    reading = read(desk.message(desk.event()))
    assert seal(reading, desk.chain, lambda _: True) == seal(reading, desk.chain, lambda _: True)
    assert desk.chain == before


def test_a_good_record_has_no_flag(desk):
    desk.open()
    assert desk.seal(desk.message(desk.event()))[0].flags == ()


def test_an_event_seen_again_is_kept_as_a_duplicate_and_nothing_else(desk):
    desk.open()
    body = desk.event()
    *_, late, again = desk.seal(desk.message(body), desk.message(desk.event(version=3)), desk.message(body))
    assert late.flags == ("out-of-order",)
    assert again.flags == ("duplicate",)
    assert envelope(again)["event"] == envelope(desk.seal(desk.message(body))[0])["event"]


def test_a_version_that_is_not_the_next_is_out_of_order_and_the_highest_counts(desk):
    desk.open()
    flags = [r.flags for r in desk.seal(*(desk.message(desk.event(version=v)) for v in (1, 3, 2, 4)))]
    assert flags == [(), ("out-of-order",), ("out-of-order",), ()]


def test_a_record_without_signature_is_unsigned(desk):
    desk.open()
    headers = [(), (("signature", b""),), (("signature", None),), (("signature", b"\xff"),)]
    records = desk.seal(*(desk.message(desk.event(version=v), headers=h) for v, h in enumerate(headers, 1)))
    assert [r.flags for r in records] == [("unsigned",)] * 4


def test_a_signature_over_other_bytes_is_bad(desk):
    desk.open()
    (record,) = desk.seal(desk.message(desk.event(), headers=desk.signed(b"other", "people")))
    assert record.flags == ("bad-signature",)


@pytest.mark.parametrize("header", [b"people/x", b"a b c", b"people/x  AAAA", b"learning/12345678 AAAA"])
def test_a_signature_header_in_another_form_or_of_another_service_is_bad(desk, header):
    desk.open()
    (record,) = desk.seal(desk.message(desk.event(), headers=(("signature", header),)))
    assert record.flags == ("bad-signature",)


def test_a_signature_that_is_no_base64_is_bad(desk):
    desk.open()
    key_id = desk.signed(b"", "people")[1][1].split(b" ")[0]
    (record,) = desk.seal(desk.message(desk.event(), headers=(("signature", key_id + b" !!"),)))
    assert record.flags == ("bad-signature",)


def test_a_key_that_was_not_registered_is_unknown_until_it_is(desk):
    desk.open()
    *_, before, _, after = desk.seal(
        desk.message(desk.event(service="learning"), "learning"),
        desk.message(desk.registration("learning", 3), "evidence"),
        desk.message(desk.event(service="learning", version=2), "learning"),
    )
    assert before.flags == ("unknown-key",)
    assert after.flags == ()


def test_the_first_key_vouches_for_itself(desk):
    assert [record.flags for record in desk.open()] == [(), ()]


def test_a_first_key_with_a_forged_signature_does_not_vouch_for_itself(desk):
    body = desk.registration("evidence", 1)
    (record,) = desk.seal(desk.message(body, "evidence", headers=desk.signed(b"other", "evidence")))
    assert record.flags == ("bad-signature",)


def test_bytes_that_are_no_event_are_kept_and_name_none(desk):
    desk.open()
    (record,) = desk.seal(desk.message(b"\xffnoise", key=b"\xfe", headers=(("h", b"\xfd"), ("none", None))))
    said = envelope(record)
    assert record.flags == ("not-an-event", "unsigned")
    assert [said[name] for name in ("event", "stream", "stream_version", "prev_stream")] == [None] * 4
    assert said["key"] == {"base64": "/g=="}
    assert said["headers"] == [["h", {"base64": "/Q=="}], ["none", None]]
    assert record.leaf.endswith(b"\n\xffnoise")


def test_an_event_of_another_publisher_is_no_event_of_this_topic(desk):
    desk.open()
    body = desk.event(service="learning")
    assert desk.seal(desk.message(body, "people"))[0].flags == ("not-an-event",)


def test_an_event_of_60_000_bytes_is_whole_and_of_one_more_is_oversize(desk):
    desk.open()
    room = 60_000 - len(desk.event(data=""))
    whole, over = desk.event(data="x" * room), desk.event(version=2, data="x" * (room + 1))
    one, other, after = desk.seal(desk.message(whole), desk.message(over), desk.message(desk.event(version=3)))
    assert (one.flags, one.documents) == ((), ())
    assert (other.flags, other.documents) == (("oversize",), (over,))
    assert other.leaf.endswith(b"\n")
    assert (envelope(other)["length"], envelope(other)["sha256"]) == (60_001, sha256(over).hexdigest())
    assert envelope(other)["stream"] is None
    assert after.flags == ("out-of-order",)


def test_an_oversize_record_is_flagged_for_its_signature_too(desk):
    desk.open()
    body = b"x" * 60_001
    records = desk.seal(
        desk.message(body), desk.message(body, headers=()), desk.message(body, headers=desk.signed(b"", "people"))
    )
    assert [r.flags for r in records] == [("oversize",), ("oversize", "unsigned"), ("bad-signature", "oversize")]


def test_a_message_whose_headers_leave_no_room_is_oversize_though_its_event_is_not(desk):
    desk.open()
    body = desk.event(data="x" * 50_000)
    (record,) = desk.seal(desk.message(body, headers=(*desk.signed(body, "people"), ("long", b"y" * 16_000))))
    assert record.flags == ("oversize",)
    assert record.documents == (body,)
    assert len(envelope(record)["headers"]) == 3


def test_headers_and_key_that_fit_no_leaf_go_to_the_document_store(desk):
    desk.open()
    body = desk.event()
    headers = (*desk.signed(body, "people"), ("long", b"y" * 70_000))
    (record,) = desk.seal(desk.message(body, headers=headers, key=b"k" * 70_000))
    said = envelope(record)
    assert len(record.leaf) < 1_000
    assert said["headers"][0][0] == "headers"
    assert [sha256(each).hexdigest() for each in record.documents] == [
        said["sha256"],
        said["headers"][0][1]["sha256"],
        said["key"]["sha256"],
    ]


def test_the_questions_asked_beforehand_are_all_that_sealing_asks(desk):
    messages = [
        desk.message(desk.registration("evidence", 1), "evidence"),
        desk.message(desk.registration("people", 2), "evidence"),
        desk.message(desk.event()),
        desk.message(desk.event(service="learning"), "learning"),
        desk.message(desk.event(version=2), headers=()),
    ]
    readings = [read(message) for message in messages]
    asked = set(checks(readings, {}))
    assert len(asked) == 3
    for reading in readings:
        record = seal(reading, desk.chain, lambda check: check in asked or no_one_is_asked(check))
        desk.chain.follow(record.leaf_hash, record.event)


def test_a_reading_says_whose_signature_is_claimed(desk):
    reading = read(desk.message(desk.event()))
    assert isinstance(reading.claim, Claim)
    assert reading.claim.key_id.startswith("people/")


def test_a_time_of_ingestion_without_zone_is_refused(desk):
    message = desk.message(desk.event())._replace(ingested=datetime(2026, 3, 2, 8))  # noqa: DTZ001  (the point)
    with pytest.raises(ValueError, match="zone"):
        desk.seal(message)
