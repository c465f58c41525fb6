"""Consistency tokens: a query is answered from what its caller has seen done, or not at all."""

import asyncio
import threading
import time
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.facing import asking
from chassis.facing.asking import BadToken, NotCaughtUp, after_of, caught_up, consistency_token, cursor_of, seen_in
from chassis.testing.counter.domain import Knocked
from chassis.testing.counter.service import count, stream_of
from chassis.testing.service import ServiceUnderTest
from contracts.envelope import read

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(60)]


def knocked(service: ServiceUnderTest) -> tuple[Any, str]:
    """News that was said, and the token of whoever said it."""
    message = service.news(Knocked(employee="ada", times=1))
    event = read(message.value or b"", {})
    return message, consistency_token({("doors", event.stream): event.version})


def test_a_command_answers_with_a_token_of_what_it_did(door: Any):
    token = door.count().headers["consistency-token"]
    assert seen_in(token) == {("counters", stream_of("ada")): 1}
    assert "ada" not in token


def test_a_token_names_the_last_of_each_partition_and_stays_small(door: Any):
    def many(work: Any) -> int:
        for n in range(300):
            count(work, f"e{n}")
        return count(work, "e0")

    caller = asking.Caller(door.app, None, door.service, None)  # pyright: ignore[reportArgumentType]

    def answered(work: Any) -> Any:
        many(work)
        return caller._answer(work, 1, status=200, stream=None, body=None)

    answer = door.service.ask(answered)
    seen = seen_in(answer.headers["consistency-token"])
    assert len(seen) == 12
    assert len(answer.headers["consistency-token"]) < 1_500
    last = {asking._partition(event.subject): event for event in door.service.events()}
    assert seen == {("counters", event.stream): event.version for event in last.values()}


def test_a_query_with_a_token_of_something_not_heard_yet_is_refused_and_never_served_the_past(door: Any):
    message, token = knocked(door.service)
    door.count()
    early = door.ask("GET", "/counters/ada", headers={"consistency-token": token})
    assert (early.status_code, early.json()["type"]) == (503, "urn:qizheng:problem:not-caught-up")
    assert early.headers["retry-after"] == "1"
    assert door.ask("GET", "/counters/ada").json() == {"total": 1}
    door.service.delivers(message)
    assert door.ask("GET", "/counters/ada", headers={"consistency-token": token}).json() == {"total": 2}


def test_a_patient_query_waits_and_is_answered_with_what_came(door: Any):
    message, token = knocked(door.service)
    threading.Timer(0.3, door.service.delivers, (message,)).start()
    headers = {"consistency-token": token, "prefer": "respond-async, wait=5"}
    assert door.ask("GET", "/counters/ada", headers=headers).json() == {"total": 1}


def test_patience_ends_when_it_was_said_to(counters: ServiceUnderTest):
    _, token = knocked(counters)
    began = time.monotonic()
    with pytest.raises(NotCaughtUp):
        asyncio.run(caught_up(counters, token, "wait=1"))  # pyright: ignore[reportArgumentType]
    assert 1 <= time.monotonic() - began < 1.5


def test_a_token_of_what_was_parked_is_not_answered_from_the_past(door: Any):
    message, token = knocked(door.service)
    bad = door.service.message(message.topic, (message.value or b"").replace(b'"times":1', b'"times":10'), message.key)
    assert door.service.delivers(bad) == ["refused"]
    assert door.ask("GET", "/counters/ada", headers={"consistency-token": token}).status_code == 503


def test_what_this_service_itself_did_or_does_not_listen_to_is_not_waited_for(door: Any):
    own = door.count().headers["consistency-token"]
    strange = consistency_token({("nobody", uuid4()): 7})
    for token in (own, strange):
        assert door.ask("GET", "/counters/ada", headers={"consistency-token": token}).status_code == 200


@pytest.mark.parametrize("token", ["x", "é", "W10x", "WzFd", "W1sxLDIsM11d", "W1siYSIsImIiLCJjIl1d"])
def test_a_token_that_nobody_gave_is_refused(door: Any, token: str):
    with pytest.raises(BadToken):
        seen_in(token)
    headers = {"consistency-token": token.encode()}
    assert door.ask("GET", "/counters/ada", headers=headers).status_code == 422


def test_a_token_comes_back_as_it_was():
    seen = {("points", UUID(int=1)): 3, ("people", UUID(int=2)): 4}
    assert Counter(seen_in(consistency_token(seen))) == Counter(seen)


def test_pages_follow_by_cursors_that_say_nothing(door: Any):
    first = door.ask("GET", "/pages").json()
    assert first["after"] == ""
    assert "工" not in first["next"]
    second = door.ask("GET", "/pages", params={"cursor": first["next"]}).json()
    assert second["after"] == "工"
    assert door.ask("GET", "/pages", params={"cursor": "ÿ"}).status_code == 422
    assert (cursor_of(None), after_of(None)) == (None, "")
