"""Sealed personal data: opens under its own key for its own person and field, and nowhere else."""

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as some

from chassis.keeping.sealing import CannotUnseal, DataKey, opened, seal, unseal
from contracts.envelope import Sealed

ADA = DataKey("ada/1", b"a" * 32)


@given(some.text())
def test_whatever_is_sealed_opens_again(text: str):
    assert unseal(ADA, "ada", "name", seal(ADA, "ada", "name", text)) == text


def test_nothing_of_the_text_can_be_seen():
    sealed = seal(ADA, "ada", "name", "欧阳思雨")
    shown = json.dumps(sealed.model_dump(), ensure_ascii=False)
    assert "欧阳" not in shown
    assert base64.b64encode("欧阳思雨".encode()).decode() not in shown


def test_the_same_text_is_sealed_differently_each_time():
    one, other = seal(ADA, "ada", "name", "李雷"), seal(ADA, "ada", "name", "李雷")
    assert one.text != other.text
    assert one.commitment != other.commitment, "or who has the name could look for it"


@pytest.mark.parametrize(
    ("key", "owner", "field"),
    [(DataKey("ada/2", b"b" * 32), "ada", "name"), (ADA, "grace", "name"), (ADA, "ada", "phone")],
    ids=["another key", "another person", "another field"],
)
def test_it_opens_for_nobody_and_nothing_else(key: DataKey, owner: str, field: str):
    with pytest.raises(CannotUnseal):
        unseal(key, owner, field, seal(ADA, "ada", "name", "李雷"))


def test_a_changed_text_or_commitment_does_not_open():
    sealed = seal(ADA, "ada", "name", "李雷")
    blob = bytearray(base64.b64decode(sealed.text))
    blob[-1] ^= 1
    for forged in (
        Sealed(key=sealed.key, text=base64.b64encode(bytes(blob)).decode(), commitment=sealed.commitment),
        Sealed(key=sealed.key, text=sealed.text, commitment="0" * 64),
        Sealed(key=sealed.key, text="", commitment=sealed.commitment),
        Sealed(key=sealed.key, text="no base64", commitment=sealed.commitment),
    ):
        with pytest.raises(CannotUnseal):
            unseal(ADA, "ada", "name", forged)


def test_a_court_can_be_shown_one_field_without_any_key():
    """Salt and text are told to the court; their hash is the commitment that was sealed with the event."""
    sealed = seal(ADA, "ada", "name", "李雷")
    blob = base64.b64decode(sealed.text)
    inside = AESGCM(ADA.secret).decrypt(blob[:12], blob[12:], b"ada/name")
    salt, text = inside[:16], inside[16:].decode()
    assert text == "李雷"
    assert hashlib.sha256(salt + text.encode()).hexdigest() == sealed.commitment


def test_who_has_the_key_can_say_the_salt_too():
    sealed = seal(ADA, "ada", "name", "李雷")
    salt, text = opened(ADA, "ada", "name", sealed)
    assert (text, len(salt)) == ("李雷", 16)
    assert hashlib.sha256(salt + text.encode()).hexdigest() == sealed.commitment
