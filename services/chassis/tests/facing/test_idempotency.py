"""Asking again under the same key: the first answer comes again, a refusal too, and nothing happens twice."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chassis.testing.counter.domain import Counted

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(60)]

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"


def test_the_same_request_twice_is_done_once_and_answered_the_same(door: Any):
    first = door.count(idempotency_key=KEY)
    again = door.count(idempotency_key=KEY)
    assert (first.status_code, first.json()) == (201, {"version": 1})
    assert (again.status_code, again.content) == (first.status_code, first.content)
    for name in ("etag", "consistency-token", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert len(door.service.said(Counted)) == 1


def test_without_a_key_each_request_is_its_own_and_no_answer_is_kept(door: Any):
    assert [door.count().json()["version"] for _ in range(3)] == [1, 2, 3]
    assert door.service.store.rows("select * from idempotency_keys") == []


def test_a_refusal_is_answered_again_although_it_would_now_be_allowed(door: Any):
    door.count(by=9_999)
    refused = door.count(by=2, idempotency_key=KEY)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:qizheng:problem:too-much")
    door.service.store.rows("delete from stored_events returning 1")
    door.service.store.rows("delete from snapshots returning 1")
    again = door.count(by=2, idempotency_key=KEY)
    assert (again.status_code, again.content) == (409, refused.content)
    assert again.headers["content-type"] == "application/problem+json"
    assert door.count(by=2).status_code == 201


def test_the_same_key_with_another_request_is_refused_and_changes_nothing(door: Any):
    door.count(idempotency_key=KEY)
    for other in (
        door.count(by=2, idempotency_key=KEY),
        door.count("grace", idempotency_key=KEY),
        door.ask("POST", "/counters/ada?loud=1", json={"by": 1, "note": ""}, headers={"idempotency-key": KEY}),
    ):
        assert (other.status_code, other.json()["type"]) == (422, "urn:qizheng:problem:key-reused")
    assert len(door.service.said(Counted)) == 1
    assert door.count(idempotency_key=KEY).status_code == 201


def test_a_key_belongs_to_who_gave_it(door: Any):
    door.count(idempotency_key=KEY)
    theirs = door.ask(
        "POST", "/counters/ada", role="employee:ada", json={"by": 1, "note": ""}, headers={"idempotency-key": KEY}
    )
    assert theirs.json() == {"version": 2}


def test_the_same_request_many_times_at_once_is_done_once(door: Any):
    with ThreadPoolExecutor(12) as callers, door.service.together():
        asked = [callers.submit(door.count, idempotency_key=KEY) for _ in range(12)]
        while door.service.committer._waiting.qsize() < 12:
            pass
    assert {one.result().content for one in asked} == {b'{"version":1}'}
    assert len(door.service.said(Counted)) == 1


def test_the_same_key_for_two_requests_at_once_does_one_and_refuses_the_other(door: Any):
    with ThreadPoolExecutor(2) as callers, door.service.together():
        asked = [callers.submit(door.count, by=by, idempotency_key=KEY) for by in (1, 2)]
        while door.service.committer._waiting.qsize() < 2:
            pass
    assert sorted(one.result().status_code for one in asked) == [201, 422]
    assert len(door.service.said(Counted)) == 1


def test_a_request_that_failed_for_no_fault_of_its_own_may_be_asked_again(door: Any):
    assert door.count(note="forbidden", idempotency_key=KEY).status_code >= 400
    assert door.service.store.rows("select key from idempotency_keys") == []


def test_a_very_long_key_is_as_good_as_any(door: Any):
    assert door.count(idempotency_key="k" * 5_000).json() == {"version": 1}
    assert door.count(idempotency_key="k" * 5_000).json() == {"version": 1}
    assert door.count(idempotency_key="k" * 5_001).json() == {"version": 2}


def test_answers_are_forgotten_after_thirty_days_and_not_before(door: Any):
    for n in range(3):
        door.count(idempotency_key=f"{KEY}{n}")
        door.service.store.rows(
            "update idempotency_keys set kept_at = now() - %s * interval '1 day' where key like %s returning key",
            *(29.9 + n / 2, f"%{KEY}{n}"),
        )
    door.service.committer.forget_answers()
    (kept,) = door.service.store.rows("select key from idempotency_keys")
    assert kept["key"].endswith(f"{KEY}0")


def test_a_stream_is_changed_only_at_the_version_that_the_caller_saw(door: Any):
    first = door.count()
    assert first.headers["etag"] == '"1"'
    assert door.count(if_match='"1"').headers["etag"] == '"2"'
    late = door.count(if_match='"1"', idempotency_key=KEY)
    assert (late.status_code, late.json()["type"]) == (412, "urn:qizheng:problem:stream-moved")
    assert (late.json()["expected"], late.json()["actual"]) == ("1", "2")
    assert door.count(if_match='"1"', idempotency_key=KEY).content == late.content
    assert door.count(if_match="yesterday").status_code == 422
    assert len(door.service.said(Counted)) == 2
