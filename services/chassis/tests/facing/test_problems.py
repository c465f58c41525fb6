"""Problems: whatever goes wrong answers in one form, says what and where, and repeats nothing that was sent."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from psycopg.sql import SQL

from chassis.keeping import committer as committing

JSON = "application/json"
pytestmark = [pytest.mark.postgres, pytest.mark.timeout(60)]


def problem(answer: Any) -> dict[str, Any]:
    assert answer.headers["content-type"].startswith("application/problem+json")
    told = answer.json()
    assert told["status"] == answer.status_code
    assert {"type", "title", "detail"} <= set(told)
    assert told["type"].startswith("urn:qizheng:problem:")
    return told


def test_a_refusal_is_told_with_its_facts(door: Any):
    told = problem(door.count(by=10_001))
    assert told == {
        "type": "urn:qizheng:problem:too-much",
        "title": "TooMuch",
        "status": 409,
        "detail": "A counter holds ten thousand.",
        "total": "10001",
    }


def test_a_request_that_cannot_be_read_says_where_and_repeats_nothing(door: Any):
    answer = door.ask("POST", "/counters/ada", json={"by": "secret-123", "more": "secret-456"})
    told = problem(answer)
    assert (told["type"], told["status"]) == ("urn:qizheng:problem:invalid-request", 422)
    assert {error["where"] for error in told["errors"]} == {"body.by", "body.more"}
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b'"text"', b"\xff", b'{"by": 1e400}', b'{"by": 1, "note": "\\ud800"}']
)
def test_a_body_that_is_no_body_is_refused(door: Any, raw: bytes):
    answer = door.ask("POST", "/counters/ada", content=raw, headers={"content-type": "application/json"})
    assert problem(answer)["status"] in (400, 422)
    assert door.service.events() == []


def test_a_nul_is_refused_and_a_text_that_only_looks_like_one_is_not(door: Any):
    assert problem(door.count(note="a\0b"))["status"] == 422
    assert door.count(note="\\u0000").status_code == 201
    assert door.count(note="back\\\\slash").status_code == 201


def test_who_has_no_token_is_told_so(door: Any):
    answer = door.http.get("/counters/ada")
    assert problem(answer)["type"] == "urn:qizheng:problem:token-refused"
    assert (answer.status_code, answer.headers["www-authenticate"][:6]) == (401, "Bearer")


def test_what_is_not_there_and_what_is_not_understood(door: Any):
    assert problem(door.ask("GET", "/counters/nobody"))["type"] == "urn:qizheng:problem:not-found"
    assert problem(door.ask("GET", "/nowhere"))["status"] == 404
    assert problem(door.ask("DELETE", "/counters/ada"))["status"] == 405


def test_what_is_too_large_is_refused(door: Any):
    body = problem(door.count(note="x" * 200_000))
    assert (body["status"], body["type"]) == (413, "urn:qizheng:problem:body-too-large")
    event = problem(door.count(note="x" * 70_000))
    assert (event["status"], event["type"]) == (413, "urn:qizheng:problem:event-too-large")
    assert door.service.events() == []


def test_a_body_that_does_not_say_its_length_is_not_read(door: Any):
    answer = door.ask("POST", "/counters/ada", content=iter([b'{"by"', b": 1}"]), headers={"content-type": JSON})
    assert (problem(answer)["type"], answer.status_code) == ("urn:qizheng:problem:length-required", 411)
    assert door.service.events() == []


def test_a_bug_is_told_without_what_it_held(door: Any):
    answer = door.ask("GET", "/broken")
    assert (problem(answer)["status"], "user:hr" in answer.text) == (500, False)


def test_a_view_that_fails_is_a_bug_and_not_a_database_that_is_away(door: Any):
    assert problem(door.count(note="forbidden"))["type"] == "urn:qizheng:problem:unforeseen"


def test_too_much_at_once_is_503_with_a_time_to_come_again(door: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(door.service.committer._waiting, "maxsize", 2)
    with ThreadPoolExecutor(4) as callers, door.service.together():
        asked = [callers.submit(door.count, f"e{n}") for n in range(4)]
        while sum(one.done() for one in asked) < 2:
            time.sleep(0.01)
    busy = [one.result() for one in asked if one.result().status_code == 503]
    assert [(problem(one)["type"], one.headers["retry-after"]) for one in busy] == [
        ("urn:qizheng:problem:busy", "1")
    ] * 2
    assert len(door.service.events()) == 2


def test_a_database_that_is_away_is_503_and_nothing_was_done(door: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(committing, "ATTEMPTS", 1)
    door.service.store.recorder.lock_table_statements[0] = SQL("set local lock_timeout = '0.1s'")
    with door.service.store.connect() as holder:
        holder.autocommit = False
        holder.execute("lock table stored_events in exclusive mode")
        answer = door.count()
    assert (problem(answer)["type"], answer.headers["retry-after"]) == ("urn:qizheng:problem:database-away", "1")
    assert door.count().json() == {"version": 1}
