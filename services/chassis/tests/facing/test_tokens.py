"""Bearer tokens: what holds is believed until it expires, and nothing else is."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from chassis.facing.tokens import ALGORITHMS, Principal, TokenRefused, Tokens, issue, issuing_key

GRACE = Principal("user:grace", "manager", "E2", ("group/plant",))


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    issuing_key(tmp_path)
    return Tokens(str(tmp_path / "jwks.json"), "qizheng")


def signed(key: Any, algorithm: str = "Ed25519", **claims: Any) -> str:
    said = {"aud": "qizheng", "sub": "user:grace", "role": "hr", "exp": int(time.time()) + 60, **claims}
    found = {name: value for name, value in said.items() if value is not None}
    return jwt.encode({"alg": algorithm, "kid": "development"}, found, key, algorithms=[*ALGORITHMS, "HS256"])


def test_a_token_says_who_asks(tokens: Tokens, tmp_path: Path):
    token = issue(tmp_path, GRACE)
    assert tokens.principal(f"Bearer {token}") == GRACE
    assert tokens.principal(f"Bearer {token}") == GRACE


@pytest.mark.parametrize(
    "header", [None, "", "Basic YTpi", "bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Bearer é"]
)
def test_without_a_token_that_can_be_read_nobody_asks(tokens: Tokens, header: str | None):
    with pytest.raises(TokenRefused):
        tokens.principal(header)


@pytest.mark.parametrize(
    "claims",
    [{"exp": 1}, {"exp": None}, {"exp": "tomorrow"}, {"aud": "another"}, {"aud": None}, {"aud": []}, {"sub": ""}],
)
def test_a_token_that_expired_or_is_for_others_or_names_nobody_is_refused(
    tokens: Tokens, tmp_path: Path, claims: dict[str, Any]
):
    with pytest.raises(TokenRefused):
        tokens.principal(f"Bearer {signed(issuing_key(tmp_path), **claims)}")


def test_a_token_for_several_audiences_is_for_us_too(tokens: Tokens, tmp_path: Path):
    token = signed(issuing_key(tmp_path), aud=["another", "qizheng"])
    assert tokens.principal(f"Bearer {token}").user == "user:grace"


def test_a_token_is_believed_no_longer_than_it_says(tokens: Tokens, tmp_path: Path):
    token = issue(tmp_path, GRACE, lifetime=1)
    assert tokens.principal(f"Bearer {token}") == GRACE
    time.sleep(1.1)
    for _ in range(2):
        with pytest.raises(TokenRefused, match="expired"):
            tokens.principal(f"Bearer {token}")


def test_forged_tokens_are_refused(tokens: Tokens, tmp_path: Path):
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
            tokens.principal(f"Bearer {forged}")


def test_a_key_set_that_was_rotated_is_read_again(tokens: Tokens, tmp_path: Path):
    assert tokens.principal(f"Bearer {issue(tmp_path, GRACE)}") == GRACE
    (tmp_path / "issuer.json").unlink()
    (tmp_path / "jwks.json").unlink()
    assert tokens.principal(f"Bearer {issue(tmp_path, Principal('user:olga', 'operator'))}").user == "user:olga"


def test_without_a_key_set_nobody_asks(tmp_path: Path):
    with pytest.raises(TokenRefused, match="no key set"):
        Tokens(str(tmp_path / "jwks.json"), "qizheng").principal("Bearer a.b.c")


def test_the_issuers_key_is_read_by_its_owner_alone_and_its_public_half_is_public(tmp_path: Path):
    issuing_key(tmp_path / "keys")
    assert (tmp_path / "keys" / "issuer.json").stat().st_mode & 0o077 == 0
    (public,) = json.loads((tmp_path / "keys" / "jwks.json").read_text())["keys"]
    assert "d" not in public
