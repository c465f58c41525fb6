"""Signatures: over the very bytes, under a key that is made once and read by its owner alone."""

import base64
import hashlib
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from chassis.keeping.signing import kept_secret, signer


def test_the_header_names_the_key_and_holds_over_the_bytes(tmp_path: Path):
    signing = signer("points", tmp_path)
    name, _, signature = signing.header(b'{"a":1}').partition(b" ")
    assert name.decode() == signing.key_id == f"points/{hashlib.sha256(signing.public).hexdigest()[:8]}"
    public = VerifyKey(signing.public)
    assert public.verify(b'{"a":1}', base64.b64decode(signature)) == b'{"a":1}'
    with pytest.raises(BadSignatureError):
        public.verify(b'{"a":2}', base64.b64decode(signature))


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path):
    first, again = signer("points", tmp_path / "keys"), signer("points", tmp_path / "keys")
    assert first.public == again.public
    path = tmp_path / "keys" / "points.key"
    assert (len(path.read_bytes()), stat.S_IMODE(path.stat().st_mode)) == (32, 0o600)
    assert [left.name for left in path.parent.iterdir()] == ["points.key"]


def test_each_service_has_a_key_of_its_own(tmp_path: Path):
    assert signer("points", tmp_path).public != signer("people", tmp_path).public


def test_a_key_that_another_process_made_meanwhile_is_taken(tmp_path: Path):
    path = tmp_path / "points.key"

    def make() -> bytes:
        path.write_bytes(b"theirs")
        return b"ours"

    assert kept_secret(path, make) == b"theirs"
    assert [left.name for left in tmp_path.iterdir()] == ["points.key"]


def test_many_starts_at_once_agree_on_one_key(tmp_path: Path):
    with ThreadPoolExecutor(8) as starters:
        found = {one.public for one in starters.map(lambda _: signer("points", tmp_path), range(32))}
    assert len(found) == 1
