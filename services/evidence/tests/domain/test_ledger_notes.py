"""Signed notes, checkpoints and verifier keys: what is written is read back, and nothing else is read."""

from base64 import b64encode

import pytest
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from evidence.domain.notes import (
    Checkpoint,
    NotANote,
    Verifier,
    parse_checkpoint,
    parse_note,
    parse_vkey,
    signed,
)

KEY = SigningKey(bytes(32))
LEDGER = Verifier("qizheng.example/ledger", bytes(KEY.verify_key))
STATED = Checkpoint(LEDGER.name, 123, bytes(range(32)))


def sign(message: bytes) -> bytes:
    return KEY.sign(message).signature


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        VerifyKey(public).verify(message, signature)
    except (BadSignatureError, ValueError):
        return False
    return True


def test_a_checkpoint_is_three_lines():
    assert STATED.text == f"qizheng.example/ledger\n123\n{b64encode(bytes(range(32))).decode()}\n"
    assert parse_checkpoint(STATED.text) == STATED


def test_a_checkpoint_keeps_further_lines():
    longer = Checkpoint("o", 0, bytes(32), ("more", "and more"))
    assert parse_checkpoint(longer.text) == longer


@pytest.mark.parametrize(
    "text",
    [
        "",
        "o\n1\n",
        "o\n01\nAAAA\n",
        f"o\n-1\n{'A' * 43}=\n",
        f"o\n1\n{'A' * 43}=",
        f"o\n1\n{'A' * 43}=\n\n",
        "o\n1\nAAAA\n",
    ],
)
def test_anything_else_is_no_checkpoint(text: str):
    with pytest.raises(NotANote):
        parse_checkpoint(text)


def test_a_signed_note_is_read_back_and_holds():
    note = signed(STATED.text, LEDGER, sign)
    assert parse_note(str(note).encode()) == note
    assert note.signed_by(LEDGER, verify)


def test_a_note_with_another_text_or_another_key_does_not_hold():
    note = signed(STATED.text, LEDGER, sign)
    other = parse_note(str(note).replace("\n123\n", "\n124\n").encode())
    stranger = Verifier(LEDGER.name, bytes(SigningKey(b"\1" * 32).verify_key))
    assert not other.signed_by(LEDGER, verify)
    assert not note.signed_by(stranger, verify)


def test_a_note_that_a_witness_signed_too_still_holds():
    note = signed(STATED.text, LEDGER, sign)
    witness = "\u2014 witness.example AAAAAQAAAAAAAAAA\n"
    both = parse_note((str(note) + witness).encode())
    assert [line.name for line in both.signatures] == [LEDGER.name, "witness.example"]
    assert both.signed_by(LEDGER, verify)


@pytest.mark.parametrize(
    "data", [b"", b"text\n", b"text\n\n- a AAAAAAAA\n", b"text\n\n\xe2\x80\x94 a AAAA\n", b"\xff\n\n"]
)
def test_anything_else_is_no_note(data: bytes):
    with pytest.raises(NotANote):
        parse_note(data)


def test_a_verifier_key_is_read_back():
    assert parse_vkey(f"{LEDGER}\n") == LEDGER


def test_the_known_key_of_the_go_checksum_database_is_read():
    key = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
    assert str(parse_vkey(key)) == key


def test_a_verifier_key_with_the_hash_of_another_is_refused():
    with pytest.raises(NotANote):
        parse_vkey(str(LEDGER).replace(LEDGER.key_hash.hex(), "00000000"))
    with pytest.raises(NotANote):
        Verifier("two words", LEDGER.public)
