"""Authorities of time: one suite for the one on this machine and for one over HTTP, and what is not believed of either."""

import stat
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import pytest
from cryptography import x509
from rfc3161_client import TimestampRequestBuilder, decode_timestamp_response

from chassis.keeping.work import clock
from evidence.adapters import development_authority
from evidence.adapters.authorities import DEVELOPMENT, PATIENCE, for_development, over_http
from evidence.adapters.der import in_order
from evidence.adapters.development_authority import WARNING, DevelopmentAuthority
from evidence.adapters.timestamps import certificates_in, judge_under, request_over
from evidence.domain.stamping import NOT_EVIDENTIAL
from evidence.errands import Authority, NoStamp
from evidence.settings import AuthorityAt

NOTE = "qizheng.example/ledger\n3\nroot=\n\n— qizheng.example/ledger c2ln\n".encode()
STRANGE = "1.2.3.4"


@dataclass
class Counter:
    """An authority's counter on the web. `answer` is what it answers to a query, `status` under which code."""

    answer: Callable[[bytes], bytes]
    status: int = 200
    pause: float = 0.0
    """Seconds between one byte and the next."""
    asked: int = 0
    media: str = ""

    def __enter__(self) -> "Counter":
        counter = self

        class Clerk(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                counter.asked += 1
                counter.media = self.headers["content-type"]
                answer = counter.answer(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(counter.status)
                self.send_header("content-type", "application/timestamp-reply")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                try:
                    for at in range(len(answer)) if counter.pause else ():
                        time.sleep(counter.pause)
                        self.wfile.write(answer[at : at + 1])
                    if not counter.pause:
                        self.wfile.write(answer)
                except OSError:
                    pass  # Who asked has lost patience.

            def log_message(self, format: str, *args: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Clerk)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def authority(self, roots: Path, policy: str | None = None, patience: float = PATIENCE) -> Authority:
        url = f"http://127.0.0.1:{self.server.server_port}/tsa"
        return over_http(AuthorityAt(name="neighbour", url=url, roots=roots, policy=policy), patience)


@pytest.fixture
def own(tmp_path: Path) -> DevelopmentAuthority:
    made = DevelopmentAuthority(tmp_path / "authority")
    for_development(tmp_path / "authority").stamp(b"It settles in.")
    return made


@pytest.fixture(params=["here", "over http"])
def authority(request: pytest.FixtureRequest, own: DevelopmentAuthority, tmp_path: Path) -> Iterator[Authority]:
    if request.param == "here":
        yield for_development(tmp_path / "authority")
    else:
        with Counter(own.answer) as counter:
            yield counter.authority(own.root)
            assert (counter.asked > 0, counter.media) == (True, "application/timestamp-query")


def openssl_says(folder: Path, message: bytes, der: bytes, roots: Path) -> str:
    (folder / "note").write_bytes(message)
    (folder / "token.tsr").write_bytes(der)
    command = ["openssl", "ts", "-verify", "-data", folder / "note", "-in", folder / "token.tsr", "-CAfile", roots]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout + done.stderr


# The suite: whoever it is


def test_a_token_says_when_and_by_which_policy(authority: Authority):
    before = clock()
    token = authority.stamp(NOTE)
    assert before - timedelta(seconds=1) <= token.stamped <= clock()
    assert token.policy == NOT_EVIDENTIAL
    assert authority.stamp(NOTE).serial != token.serial


def test_openssl_accepts_a_token_over_its_note_and_over_nothing_else(authority: Authority, own, tmp_path: Path):
    token = authority.stamp(NOTE)
    assert "Verification: OK" in openssl_says(tmp_path, NOTE, token.der, own.root)
    assert "message imprint mismatch" in openssl_says(tmp_path, NOTE + b"\n", token.der, own.root)


def test_a_token_leads_to_its_roots_and_to_no_other(authority: Authority, own, tmp_path: Path):
    stranger = DevelopmentAuthority(tmp_path / "stranger")
    for_development(tmp_path / "stranger").stamp(NOTE)
    der = authority.stamp(NOTE).der
    assert judge_under(own.root)(der).held is True
    assert judge_under(stranger.root)(der).held is False
    assert judge_under(None)(der).held is None


def test_many_may_ask_at_once(authority: Authority):
    serials: list[int] = []
    asking = [threading.Thread(target=lambda: serials.append(authority.stamp(NOTE).serial)) for _ in range(6)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert len(set(serials)) == 6


def test_an_authority_that_sends_its_chain_in_any_order_is_understood(own, tmp_path: Path, monkeypatch):
    chain = f"certs = {own.root}\nserial ="  # openssl puts them behind each other as they come.
    conf = development_authority.CONFIGURATION.replace("serial =", chain)
    monkeypatch.setattr(development_authority, "CONFIGURATION", conf)
    with Counter(own.answer) as counter:
        token = counter.authority(own.root).stamp(NOTE)
    assert certificates_in(token.der).count("BEGIN CERTIFICATE") == 2
    assert in_order(token.der) != token.der, "it was sorted already, and this test shows nothing"
    assert judge_under(own.root)(token.der).held
    assert "Verification: OK" in openssl_says(tmp_path, NOTE, token.der, own.root)


@pytest.mark.parametrize("data", [b"", b"0", b"\x30\x80", b"\x30\x03\x02\x01\x00", b"\xff" * 40, bytes(40)])
def test_what_is_no_answer_is_left_as_it_is(data: bytes):
    assert in_order(data) == data


# What is not believed


def refusing(own: DevelopmentAuthority) -> Callable[[bytes], bytes]:
    """openssl itself refuses: the digest that is asked for is not one of those that it takes."""
    strange = TimestampRequestBuilder().data(NOTE).build().as_bytes()  # SHA-512
    return lambda _: own.answer(strange)


def altered(own: DevelopmentAuthority) -> Callable[[bytes], bytes]:
    """The signature's last byte is another."""

    def answer(query: bytes) -> bytes:
        der = own.answer(query)
        return der[:-1] + bytes([der[-1] ^ 1])

    return answer


def over_another(own: DevelopmentAuthority) -> Callable[[bytes], bytes]:
    """Everything is as it was asked for, but for what is stamped."""
    asked, another = sha256(NOTE).digest(), sha256(b"another").digest()
    return lambda query: own.answer(query.replace(asked, another))


BAD: dict[str, tuple[Callable[[DevelopmentAuthority], Callable[[bytes], bytes]], str]] = {
    "a refusal": (refusing, "refused with status 2"),
    "another nonce": (lambda own: lambda _: own.answer(request_over(NOTE).as_bytes()), "Nonce mismatch"),
    "another imprint": (over_another, "Mismatch between messages"),
    "an altered signature": (altered, "does not hold"),
    "cut bytes": (lambda own: lambda query: own.answer(query)[:-40], "not an answer of RFC 3161"),
    "bytes behind it": (lambda own: lambda query: own.answer(query) + b"x", "not an answer of RFC 3161"),
    "nothing": (lambda own: lambda query: b"", "not an answer of RFC 3161"),
    "a web page": (lambda own: lambda query: b"<html>", "not an answer of RFC 3161"),
    "far too much": (lambda own: lambda query: b"\0" * 40_000, "more than 30000 bytes"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_answer_is_no_stamp(what: str, own: DevelopmentAuthority):
    behaviour, says = BAD[what]
    with Counter(behaviour(own)) as counter, pytest.raises(NoStamp, match=says):
        counter.authority(own.root).stamp(NOTE)


def test_a_replayed_answer_is_no_stamp_even_over_the_same_note(own: DevelopmentAuthority):
    first: list[bytes] = []

    def answer(query: bytes) -> bytes:
        first.append(own.answer(query))
        return first[0]

    with Counter(answer) as counter:
        authority = counter.authority(own.root)
        authority.stamp(NOTE)
        with pytest.raises(NoStamp, match="Nonce mismatch"):
            authority.stamp(NOTE)


def test_a_token_of_a_stranger_is_no_stamp(own: DevelopmentAuthority, tmp_path: Path):
    stranger = DevelopmentAuthority(tmp_path / "stranger")
    with Counter(stranger.answer) as counter, pytest.raises(NoStamp, match="certificate verify error"):
        counter.authority(own.root).stamp(NOTE)


def test_a_token_under_another_policy_than_was_agreed_is_no_stamp(own: DevelopmentAuthority):
    with Counter(own.answer) as counter, pytest.raises(NoStamp, match="Policy ID mismatch"):
        counter.authority(own.root, policy=STRANGE).stamp(NOTE)


def test_an_error_of_the_web_is_no_stamp(own: DevelopmentAuthority):
    with Counter(own.answer, status=500) as counter:
        with pytest.raises(NoStamp, match="HTTP 500"):
            counter.authority(own.root).stamp(NOTE)
        authority = counter.authority(own.root)
    with pytest.raises(NoStamp, match="ConnectError"):
        authority.stamp(NOTE)


@pytest.mark.parametrize("pause", [0.05, 5.0], ids=["a byte at a time", "silent"])
def test_who_is_slow_is_not_waited_for(own: DevelopmentAuthority, pause: float):
    begun = time.monotonic()
    with Counter(own.answer, pause=pause) as counter, pytest.raises(NoStamp, match=r"within|Timeout"):
        counter.authority(own.root, patience=0.5).stamp(NOTE)
    assert time.monotonic() - begun < 5


def test_roots_that_are_gone_or_hold_nothing_are_said(own: DevelopmentAuthority, tmp_path: Path):
    roots = tmp_path / "roots.pem"
    roots.write_text("no certificate")
    with Counter(own.answer) as counter:
        authority = counter.authority(roots)
        with pytest.raises(NoStamp, match="its roots cannot be read"):
            authority.stamp(NOTE)
        roots.unlink()
        with pytest.raises(NoStamp, match="its roots cannot be read"):
            authority.stamp(NOTE)


# The one for development


def test_the_authority_for_development_says_everywhere_that_it_is_not_evidential(own, tmp_path: Path):
    authority = for_development(tmp_path / "authority")
    assert (authority.evidential, "not evidential / 无证据效力" in authority.name) == (False, True)
    assert authority.name == DEVELOPMENT
    der = authority.stamp(NOTE).der
    (certificate,) = x509.load_pem_x509_certificates(certificates_in(der).encode())
    (root,) = x509.load_pem_x509_certificates(own.root.read_bytes())
    for name in (certificate.subject, certificate.issuer, root.subject):
        assert WARNING in name.rfc4514_string()
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert (usage.critical, list(usage.value)) == (True, [x509.ExtendedKeyUsageOID.TIME_STAMPING])
    (policy,) = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    assert policy.policy_identifier.dotted_string == NOT_EVIDENTIAL
    assert decode_timestamp_response(der).tst_info.policy.dotted_string == NOT_EVIDENTIAL


def test_what_is_not_evidential_has_a_policy_that_nobody_else_can_have():
    assert f"2.25.{uuid5(NAMESPACE_URL, 'urn:qizheng:not-evidential').int}" == NOT_EVIDENTIAL


def test_its_key_is_its_owners_alone_and_is_made_once(own: DevelopmentAuthority, tmp_path: Path):
    key, root = tmp_path / "authority/authority.key", own.root.read_bytes()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    for_development(tmp_path / "authority").stamp(NOTE)
    assert own.root.read_bytes() == root
    assert sorted(each.name for each in key.parent.iterdir()) == ["authority.key", "authority.pem", "root.pem"]


def test_several_that_settle_in_at_once_settle_in_one_place(tmp_path: Path):
    authorities = [for_development(tmp_path / "shared") for _ in range(4)]
    asking = [threading.Thread(target=authority.stamp, args=(NOTE,)) for authority in authorities]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert all(judge_under(tmp_path / "shared/root.pem")(each.stamp(NOTE).der).held for each in authorities)
    assert [each.name for each in tmp_path.iterdir()] == ["shared"]


def test_without_openssl_it_says_in_one_sentence_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoStamp, match=r"^openssl is not installed, .* QIZHENG_AUTHORITIES$"):
        for_development(tmp_path / "authority").stamp(NOTE)
