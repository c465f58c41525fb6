"""The client of the house: what is not answered, or not as it should be, is a failed step that names the question."""

from collections.abc import Callable
from types import SimpleNamespace

import httpx2
import pytest
from company.client import Client, StepFailed


def client_of(answer: Callable[[httpx2.Request], httpx2.Response]) -> Client:
    house = SimpleNamespace(address=lambda service: f"http://{service}", token=lambda *_, **__: "a token")
    client = Client(house)
    client.http = httpx2.Client(base_url="http://gateway", transport=httpx2.MockTransport(answer))
    return client


def away(_: httpx2.Request) -> httpx2.Response:
    raise httpx2.ConnectError("refused")


def test_an_answer_is_what_it_says():
    assert client_of(lambda _: httpx2.Response(200, json={"events": 3})).get("people", "/status") == {"events": 3}


def test_what_is_not_answered_is_a_failed_step():
    with pytest.raises(StepFailed, match=r"^POST learning/courses was not answered: ConnectError refused$"):
        client_of(away).post("learning", "/courses", {})


def test_what_is_refused_is_a_failed_step():
    with pytest.raises(StepFailed, match=r"^GET people/employees was answered 403: no$"):
        client_of(lambda _: httpx2.Response(403, text="no")).get("people", "/employees")


def test_an_answer_that_is_not_json_is_a_failed_step():
    with pytest.raises(StepFailed, match=r"^GET /api/people/employees was answered something other than JSON: <html>$"):
        client_of(lambda _: httpx2.Response(200, text="<html>")).get("people", "/employees")


def test_a_service_that_starts_again_is_waited_for_and_asked_under_the_same_key():
    keys = []

    def starting(asked: httpx2.Request) -> httpx2.Response:
        keys.append(asked.headers["idempotency-key"])
        return httpx2.Response(502 if len(keys) == 1 else 201, json={})

    client_of(starting).post("learning", "/courses", {})
    assert len(keys) == 2
    assert len(set(keys)) == 1
