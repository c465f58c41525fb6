"""The passage through the gateway: what goes in, what comes back, and what it says when a service does not answer."""

import re

import httpx2
import pytest


def test_a_request_reaches_its_service_as_it_was_sent_and_the_answer_comes_back(gateway):
    people = gateway.stands["people"]
    people.told["/employees/%E5%B7%A5%2F7?q=a+b&q=%20"] = (
        201,
        {"ETag": '"3"', "Consistency-Token": "t"},
        b'{"version":3}',
    )
    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    sent = {
        "content-type": "application/json",
        "idempotency-key": "k",
        "if-match": '"2"',
        "prefer": "wait=2",
        "consistency-token": "s",
        "traceparent": trace,
        "x-anything": "else",
    }
    answer = gateway.ask("POST", "/api/people/employees/%E5%B7%A5%2F7?q=a+b&q=%20", headers=sent, content=b'{"a":1}')
    assert (answer.status_code, answer.json()) == (201, {"version": 3})
    assert (answer.headers["etag"], answer.headers["consistency-token"]) == ('"3"', "t")
    assert answer.headers["content-type"] == "application/json"
    method, path, headers, body = people.heard[-1]
    assert (method, path, body) == ("POST", "/employees/%E5%B7%A5%2F7?q=a+b&q=%20", b'{"a":1}')
    assert sent.items() - headers.items() == {("x-anything", "else")}
    assert "x-anything" not in headers
    assert headers["authorization"].startswith("Bearer ey")


def test_every_method_passes(gateway):
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        assert gateway.ask(method, "/api/points/x").status_code == 404
        assert gateway.stands["points"].heard[-1][:2] == (method, "/x")


def test_a_request_without_a_traceparent_or_with_a_bad_one_gets_a_new_one(gateway):
    for given in ({}, {"traceparent": "nonsense"}):
        gateway.ask("GET", "/api/people/x", headers=given)
        assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-01", gateway.stands["people"].heard[-1][2]["traceparent"])


def test_a_refusal_of_a_service_comes_back_as_it_is(gateway):
    problem = b'{"type":"urn:qizheng:problem:busy","status":503}'
    said = {"content-type": "application/problem+json", "retry-after": "7"}
    gateway.stands["learning"].told["/busy"] = (503, said, problem)
    answer = gateway.ask("GET", "/api/learning/busy")
    assert (answer.status_code, answer.content, answer.headers["retry-after"]) == (503, problem, "7")
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_large_answer_passes_whole(gateway):
    dossier = bytes(range(256)) * 40_000
    said = {"content-type": "application/pdf", "content-disposition": "attachment; filename=a.pdf"}
    gateway.stands["evidence"].told["/dossier"] = (200, said, dossier)
    answer = gateway.ask("GET", "/api/evidence/dossier")
    assert answer.content == dossier
    assert answer.headers["content-disposition"] == "attachment; filename=a.pdf"


def test_a_part_of_a_file_is_asked_for_and_comes_back_as_a_part(gateway):
    evidence = gateway.stands["evidence"]
    evidence.told["/ledger/tile/0/000"] = (
        206,
        {
            "Content-Range": "bytes 0-3/8192",
            "Accept-Ranges": "bytes",
            "ETag": '"a"',
            "Cache-Control": "public, immutable",
        },
        b"part",
    )
    sent = {"range": "bytes=0-3", "if-range": '"a"', "if-none-match": '"b"'}
    answer = gateway.ask("GET", "/api/evidence/ledger/tile/0/000", headers=sent)
    assert (answer.status_code, answer.content) == (206, b"part")
    assert sent.items() <= evidence.heard[-1][2].items()
    brought = {name: answer.headers.get(name) for name in ("content-range", "accept-ranges", "etag", "cache-control")}
    assert brought == {
        "content-range": "bytes 0-3/8192",
        "accept-ranges": "bytes",
        "etag": '"a"',
        "cache-control": "public, immutable",
    }


def test_what_the_caller_has_already_comes_back_without_a_body(gateway):
    gateway.stands["evidence"].told["/known"] = (304, {"ETag": '"a"', "content-length": "0"}, b"")
    answer = gateway.ask("GET", "/api/evidence/known", headers={"if-none-match": '"a"'})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", '"a"')


def test_a_head_passes_and_says_how_long_the_file_is(gateway):
    gateway.stands["evidence"].told["/long"] = (200, {"content-length": "8192", "ETag": '"a"'}, b"")
    answer = gateway.ask("HEAD", "/api/evidence/long")
    assert (answer.status_code, answer.content) == (200, b"")
    assert (answer.headers["content-length"], answer.headers["etag"]) == ("8192", '"a"')
    assert gateway.stands["evidence"].heard[-1][:2] == ("HEAD", "/long")


def test_nobody_passes_without_a_token_that_holds(gateway):
    heard = len(gateway.stands["people"].heard)
    for authorization in ({}, {"authorization": "Bearer x"}, {"authorization": gateway.token()}):
        answer = gateway.client.get("/api/people/x", headers=authorization)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert len(gateway.stands["people"].heard) == heard


def test_an_unknown_service_is_said_to_be_unknown(gateway):
    for path in ("/api/nobody/x", "/api/people%2Fx/y"):
        answer = gateway.ask("GET", path)
        assert (answer.status_code, answer.json()["title"]) == (404, "NoSuchService")
    assert gateway.ask("GET", "/nowhere").status_code == 404


def test_a_body_that_is_too_large_is_refused_before_it_is_passed_on(gateway):
    heard = len(gateway.stands["people"].heard)
    pieces = (b"x" * 60_000 for _ in range(2))
    for body in (b"x" * 100_001, pieces):
        answer = gateway.ask("POST", "/api/people/x", content=body)
        assert (answer.status_code, answer.json()["largest"]) == (413, "100000")
    assert len(gateway.stands["people"].heard) == heard
    assert gateway.ask("POST", "/api/people/x", content=b"x" * 100_000).status_code == 404
    assert len(gateway.stands["people"].heard[-1][3]) == 100_000


def test_a_service_that_is_away_is_named_and_to_be_asked_again(gateway):
    answer = gateway.ask("POST", "/api/away/x", content=b"{}")
    assert (answer.status_code, answer.json()["service"], answer.headers["retry-after"]) == (503, "away", "1")


def test_a_service_that_hangs_up_is_asked_again_only_if_that_does_no_harm(gateway):
    for method, headers, times in (("POST", {}, 1), ("POST", {"idempotency-key": "k"}, 2), ("GET", {}, 2)):
        heard = gateway.cutter.heard
        answer = gateway.ask(method, "/api/cutter/x", headers=headers)
        assert (answer.status_code, answer.json()["service"], answer.headers["retry-after"]) == (502, "cutter", "1")
        assert gateway.cutter.heard - heard == times


def test_an_answer_that_is_cut_short_is_never_taken_for_a_whole_one(gateway):
    gateway.stands["evidence"].told["/short"] = (200, {"content-length": "1000"}, b"half")
    gateway.stands["evidence"].told["/torn"] = (200, {"transfer-encoding": "chunked"}, b"4\r\nhalf\r\n")
    for path in ("/api/evidence/short", "/api/evidence/torn"):
        with pytest.raises(httpx2.TransportError):
            gateway.ask("GET", path)


def test_an_answer_in_pieces_passes_whole(gateway):
    said = {"transfer-encoding": "chunked"}
    gateway.stands["evidence"].told["/pieces"] = (200, said, b"4\r\nhalf\r\n5\r\nwhole\r\n0\r\n\r\n")
    assert gateway.ask("GET", "/api/evidence/pieces").content == b"halfwhole"


def test_the_openapi_document_of_each_service_is_listed_and_can_be_fetched(gateway):
    gateway.stands["people"].told["/openapi.json"] = (200, {}, b'{"openapi":"3.1.0"}')
    listed = gateway.client.get("/openapi").json()
    assert set(gateway.stands) <= set(listed)
    assert gateway.ask("GET", listed["people"]).json() == {"openapi": "3.1.0"}


def test_it_is_not_ready_while_a_service_never_answered_and_says_which(gateway):
    answer = gateway.client.get("/health/ready")
    assert answer.status_code == 503
    assert set(answer.json()["missing"]) == {"away", "cutter"}
    assert gateway.client.get("/health/live").status_code == 200


def test_it_counts_what_passed(gateway):
    gateway.ask("GET", "/api/people/x")
    assert re.search(
        r'gateway_seconds_count\{service="people",status="404"\} [1-9]', gateway.client.get("/metrics").text
    )
