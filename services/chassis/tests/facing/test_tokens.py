"""Bearer tokens: what holds is believed until it expires, and nothing else is."""

import json
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from chassis.facing.tokens import ALGORITHMS, KeySetAway, Principal, TokenRefused, Tokens, issue, issuing_key
from chassis.testing.processes import free_port


class QuietFiles(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *_: object) -> None:
        """What a test asked for is no news."""


GRACE = Principal("user:grace", "manager", "E2", ("group/plant",))


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    issuing_key(tmp_path)
    return Tokens(str(tmp_path / "jwks.json"), "qizheng")


def signed(key: Any, algorithm: str = "Ed25519", **claims: Any) -> str:
    said = {"aud": "qizheng", "sub": "user:grace", "role": "hr", "exp": int(time.time()) + 60, **claims}
    found = {name: value for name, value in said.items() if value is not None}
    return jwt.encode({"alg": algorithm, "kid": "development"}, found, key, algorithms=[*ALGORITHMS, "HS256"])


async def test_a_key_set_that_does_not_answer_is_away_and_no_fault_of_the_token(tmp_path: Path):
    token = issue(tmp_path, GRACE)
    address = f"http://127.0.0.1:{free_port()}/jwks.json"
    with pytest.raises(KeySetAway) as away:
        await Tokens(address, "qizheng").admit(f"Bearer {token}")
    assert (away.value.status, away.value.address) == (503, address)


async def test_a_token_that_was_believed_is_not_believed_under_another_scheme(tokens: Tokens, tmp_path: Path):
    token = issue(tmp_path, GRACE)
    assert await tokens.admit(f"Bearer {token}") == GRACE
    for header in (token, f"Basic {token}", f"bearer {token}", f"Bearer  {token}"):
        with pytest.raises(TokenRefused):
            await tokens.admit(header)


async def test_a_key_set_is_read_from_its_address_once_and_beside_the_event_loop(
    tokens: Tokens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    readers: list[int] = []
    read = Tokens._read

    def reading(self: Tokens) -> Any:
        readers.append(threading.get_ident())
        return read(self)

    monkeypatch.setattr(Tokens, "_read", reading)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietFiles, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        reached = Tokens(f"http://127.0.0.1:{server.server_port}/jwks.json", "qizheng")
        for _ in range(3):
            assert await reached.admit(f"Bearer {issue(tmp_path, GRACE)}") == GRACE
    finally:
        server.shutdown()
        server.server_close()
    assert len(readers) == 1
    assert readers[0] != threading.get_ident()


async def test_a_token_says_who_asks(tokens: Tokens, tmp_path: Path):
    token = issue(tmp_path, GRACE)
    assert await tokens.admit(f"Bearer {token}") == GRACE
    assert await tokens.admit(f"Bearer {token}") == GRACE


@pytest.mark.parametrize(
    "header", [None, "", "Basic YTpi", "bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Bearer é"]
)
async def test_without_a_token_that_can_be_read_nobody_asks(tokens: Tokens, header: str | None):
    with pytest.raises(TokenRefused):
        await tokens.admit(header)


@pytest.mark.parametrize(
    "claims",
    [{"exp": 1}, {"exp": None}, {"exp": "tomorrow"}, {"aud": "another"}, {"aud": None}, {"aud": []}, {"sub": ""}],
)
async def test_a_token_that_expired_or_is_for_others_or_names_nobody_is_refused(
    tokens: Tokens, tmp_path: Path, claims: dict[str, Any]
):
    with pytest.raises(TokenRefused):
        await tokens.admit(f"Bearer {signed(issuing_key(tmp_path), **claims)}")


async def test_a_token_for_several_audiences_is_for_us_too(tokens: Tokens, tmp_path: Path):
    token = signed(issuing_key(tmp_path), aud=["another", "qizheng"])
    assert (await tokens.admit(f"Bearer {token}")).user == "user:grace"


async def test_a_token_is_believed_no_longer_than_it_says(
    tokens: Tokens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    token = issue(tmp_path, GRACE, lifetime=60)
    assert await tokens.admit(f"Bearer {token}") == GRACE
    monkeypatch.setattr(time, "time", partial(float, time.time() + 60))
    for _ in range(2):
        with pytest.raises(TokenRefused, match="expired"):
            await tokens.admit(f"Bearer {token}")


async def test_forged_tokens_are_refused(tokens: Tokens, tmp_path: Path):
    public = json.loads((tmp_path / "jwks.json").read_text())["keys"][0]["x"]
    head, body, signature = issue(tmp_path, GRACE).split(".")
    for forged in (
        signed(OKPKey.generate_key("Ed25519")),
        signed(OctKey.import_key(public + "=" * 20), "HS256"),
        f"eyJhbGciOiJub25lIn0.{body}.",
        f"{head}.{body}x.{signature}",
        f"{head}.{body}.",
    ):
        with pytest.raises(TokenRefused):
            await tokens.admit(f"Bearer {forged}")


async def test_a_key_set_that_was_rotated_is_read_again(tokens: Tokens, tmp_path: Path):
    assert await tokens.admit(f"Bearer {issue(tmp_path, GRACE)}") == GRACE
    (tmp_path / "issuer.json").unlink()
    (tmp_path / "jwks.json").unlink()
    again = await tokens.admit(f"Bearer {issue(tmp_path, Principal('user:olga', 'operator'))}")
    assert again.user == "user:olga"


@pytest.mark.parametrize("written", [None, "", "{", "[]", '{"keys": 1}'])
async def test_a_key_set_that_cannot_be_read_is_no_fault_of_the_token(tmp_path: Path, written: str | None):
    if written is not None:
        (tmp_path / "jwks.json").write_text(written)
    with pytest.raises(KeySetAway):
        await Tokens(str(tmp_path / "jwks.json"), "qizheng").admit("Bearer a.b.c")


def test_the_issuers_key_is_read_by_its_owner_alone_and_its_public_half_is_public(tmp_path: Path):
    issuing_key(tmp_path / "keys")
    assert (tmp_path / "keys" / "issuer.json").stat().st_mode & 0o077 == 0
    (public,) = json.loads((tmp_path / "keys" / "jwks.json").read_text())["keys"]
    assert "d" not in public
