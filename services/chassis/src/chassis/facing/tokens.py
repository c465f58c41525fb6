"""Who asks: bearer tokens (RFC 6750, RFC 9068), signed with Ed25519 (RFC 8037), checked against a JWKS."""

import asyncio
import json
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import KeySet, OKPKey
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry

from chassis.keeping.signing import kept_secret
from contracts import Refusal

ALGORITHMS = ["Ed25519", "EdDSA"]
ISSUER = "qizheng-development"
MOST_BELIEVED = 10_000  # tokens that are remembered at once


class TokenRefused(Refusal):
    """The request has no token, or one that does not hold; the message says which."""

    status = 401


@dataclass(eq=False)
class KeySetAway(Refusal):
    """The key set that tokens are checked with cannot be read; come again."""

    address: str
    status = 503


@dataclass(frozen=True)
class Principal:
    """Who asks. `employee` is their own employee id, `departments` are the paths that they manage."""

    user: str
    role: str
    employee: str | None = None
    departments: tuple[str, ...] = ()

    @property
    def actor(self) -> str:
        return self.user if self.user.startswith(("user:", "service:")) else f"user:{self.user}"


class Tokens:
    """Checks tokens; what was checked once is believed until it expires. A rotated key set is read again."""

    def __init__(self, jwks: str, audience: str) -> None:
        self._jwks = jwks
        must, ours = ClaimsOption(essential=True), ClaimsOption(essential=True, value=audience)
        self._needed = JWTClaimsRegistry(aud=ours, sub=must, exp=must)
        self._keys: KeySet | None = None
        self._checked: dict[str, tuple[float, Principal]] = {}

    async def admit(self, authorization: str | None) -> Principal:
        """Who an `Authorization` header speaks for; a token that is new here is checked beside the event loop.

        Raises TokenRefused, or KeySetAway.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme != "Bearer":
            raise TokenRefused("a bearer token is needed")
        until, principal = self._checked.get(token) or await asyncio.to_thread(self._check, token)
        if until <= time.time():
            raise TokenRefused("the token has expired")
        return principal

    def _check(self, token: str) -> tuple[float, Principal]:
        claims = self._claims(token)
        try:
            self._needed.validate(claims)
        except ExpiredTokenError as fault:
            raise TokenRefused("the token has expired") from fault
        except JoseError as fault:
            raise TokenRefused(f"the token does not hold: {fault.description}") from fault
        principal = Principal(
            user=str(claims["sub"]),
            role=str(claims.get("role", "")),
            employee=claims.get("employee"),
            departments=tuple(claims.get("departments", ())),
        )
        if len(self._checked) > MOST_BELIEVED:
            self._checked.clear()
        self._checked[token] = checked = (float(claims["exp"]), principal)
        return checked

    def _claims(self, token: str) -> dict[str, Any]:
        if self._keys:
            with suppress(JoseError, ValueError):
                return jwt.decode(token, self._keys, algorithms=ALGORITHMS).claims
        self._keys = self._read()  # for the first time, or because it may have been rotated
        try:
            return jwt.decode(token, self._keys, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError) as fault:
            raise TokenRefused("the token's signature does not hold") from fault

    def _read(self) -> KeySet:
        address = self._jwks if "://" in self._jwks else Path(self._jwks).absolute().as_uri()
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return KeySet.import_key_set(json.load(answer))
        except (OSError, ValueError, TypeError, KeyError, JoseError) as fault:
            raise KeySetAway(self._jwks) from fault


def issuing_key(folder: Path) -> OKPKey:
    """The development issuer's key, made on first use with the JWKS beside it; services too sign their tokens with it."""

    def fresh() -> bytes:
        key = OKPKey.generate_key("Ed25519", {"kid": "development", "use": "sig"})
        return json.dumps(key.as_dict(private=True)).encode()

    key = OKPKey.import_key(json.loads(kept_secret(folder / "issuer.json", fresh)))
    if not (public := folder / "jwks.json").exists():
        public.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    return key


def issue(folder: Path, principal: Principal, *, audience: str = "qizheng", lifetime: int = 3600) -> str:
    """A token for a principal, good for `lifetime` seconds, signed by the key in `folder`."""
    now = int(time.time())
    who = {"role": principal.role, "employee": principal.employee, "departments": list(principal.departments)}
    known = {name: said for name, said in who.items() if said}
    claims = {"iss": ISSUER, "aud": audience, "sub": principal.user, "iat": now, "exp": now + lifetime, **known}
    return jwt.encode({"alg": "Ed25519", "kid": "development"}, claims, issuing_key(folder), algorithms=ALGORITHMS)
