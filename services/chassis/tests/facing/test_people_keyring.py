"""Data keys fetched over real HTTP from a small people of the test's own."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from chassis.facing.keyring import KeysAway, PeopleKeyring


class SmallPeople(BaseHTTPRequestHandler):
    """Knows E001 and E002, if the token is the right one."""

    asked: list[list[str]]

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path != "/data-keys" or self.headers["authorization"] != "Bearer good":
            self.send_response(401)
            self.end_headers()
            return
        self.asked.append(sent["owners"])
        known = {who: {"id": f"{who}/1", "secret": "07" * 32} for who in sent["owners"] if who in ("E001", "E002")}
        body = json.dumps(known).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture
def people() -> Iterator[ThreadingHTTPServer]:
    SmallPeople.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), SmallPeople)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def address(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def test_keys_are_fetched_in_one_call_and_kept(people: ThreadingHTTPServer):
    keyring = PeopleKeyring(address(people), lambda: "good")
    assert {who: key.id for who, key in keyring.keys(["E002", "E001"]).items()} == {"E001": "E001/1", "E002": "E002/1"}
    assert keyring.keys(["E001"])["E001"].secret == b"\7" * 32
    assert SmallPeople.asked == [["E001", "E002"]]


def test_who_has_no_key_is_left_out_and_asked_for_again(people: ThreadingHTTPServer):
    keyring = PeopleKeyring(address(people), lambda: "good")
    assert set(keyring.keys(["E001", "E999"])) == {"E001"}
    assert set(keyring.keys(["E001", "E999"])) == {"E001"}
    assert SmallPeople.asked == [["E001", "E999"], ["E999"]]


def test_nobody_asked_for_is_no_call(people: ThreadingHTTPServer):
    assert PeopleKeyring(address(people), lambda: "good").keys([]) == {}
    assert SmallPeople.asked == []


def test_a_refused_token_and_a_people_that_is_away_are_keys_away(people: ThreadingHTTPServer):
    with pytest.raises(KeysAway):
        PeopleKeyring(address(people), lambda: "bad").keys(["E001"])
    with pytest.raises(KeysAway):
        PeopleKeyring("http://127.0.0.1:9", lambda: "good").keys(["E001"])
