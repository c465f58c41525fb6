"""The Chinese algorithms, held against the standards' own examples and against OpenSSL."""

import io
import stat
import subprocess
from pathlib import Path

import pytest
from gmalg import SM2

from evidence.adapters.guomi import WHO, sm2_holds, sm2_signer, sm3
from evidence.domain.guomi import GuomiSigner, Sm3

DOSSIER = "卷宗 · dossier".encode()

# GB/T 32905-2016, A.1 and A.2
EXAMPLES = {
    b"abc": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    b"abcd" * 16: "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
}

# GB/T 32918.5-2017, A.2: a signature on the recommended curve
MESSAGE = b"message digest"
SECRET = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
PUBLIC = bytes.fromhex(
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
NUMBER = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
R = "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
S = "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"


@pytest.fixture
def signer(tmp_path: Path) -> GuomiSigner:
    return sm2_signer(tmp_path / "sm2.key")


def openssl_accepts(folder: Path, signer: GuomiSigner, message: bytes, signature: bytes) -> bool:
    for name, content in {"key": signer.public_pem.encode(), "message": message, "signature": signature}.items():
        (folder / name).write_bytes(content)
    words = "pkeyutl -verify -pubin -inkey key -rawin -digest sm3 -in message -sigfile signature -pkeyopt"
    done = subprocess.run(
        ["openssl", *words.split(), f"distid:{WHO.decode()}"], cwd=folder, capture_output=True, text=True
    )
    return done.returncode == 0 and "Verified Successfully" in done.stdout


@pytest.mark.parametrize("message", EXAMPLES)
def test_sm3_gives_what_the_standard_says(message: bytes):
    digest: Sm3 = sm3
    assert digest(message) == EXAMPLES[message]
    assert digest(io.BytesIO(message)) == EXAMPLES[message]


def test_a_stream_longer_than_what_is_read_at_once_is_digested_whole():
    data = b"qizheng" * 400_000
    assert sm3(io.BytesIO(data)) == sm3(data)
    done = subprocess.run(["openssl", "dgst", "-sm3", "-r"], input=data, capture_output=True, check=True)
    assert done.stdout.decode().split()[0] == sm3(data)


def test_the_library_signs_what_the_standard_signs():
    r, s = SM2(SECRET, WHO, PUBLIC, rnd_fn=lambda bits: NUMBER).sign(MESSAGE)
    assert (r.hex(), s.hex()) == (R, S)


def test_a_key_of_the_standard_has_the_point_of_the_standard_and_its_signature_holds(tmp_path: Path):
    (tmp_path / "sm2.key").write_bytes(SECRET)
    signer = sm2_signer(tmp_path / "sm2.key")
    assert signer.public == PUBLIC
    der = bytes.fromhex(f"3046022100{R}022100{S}")
    assert sm2_holds(PUBLIC, MESSAGE, der)
    assert openssl_accepts(tmp_path, signer, MESSAGE, der)


def test_openssl_accepts_our_signatures_and_no_others(signer: GuomiSigner, tmp_path: Path):
    for n in range(8):  # Short r and s come up now and then.
        message = DOSSIER + bytes([n])
        signature = signer.sign(message)
        assert openssl_accepts(tmp_path, signer, message, signature)
        assert not openssl_accepts(tmp_path, signer, message + b".", signature)


def test_we_accept_our_signatures_and_no_others(signer: GuomiSigner):
    signature = signer.sign(DOSSIER)
    assert sm2_holds(signer.public, DOSSIER, signature)
    assert not sm2_holds(signer.public, DOSSIER + b".", signature)
    assert not sm2_holds(PUBLIC, DOSSIER, signature)
    for malformed in (b"", b"\x30\x00", signature[:-1], signature + b"\0", bytes(72)):
        assert not sm2_holds(signer.public, DOSSIER, malformed)
    for nobody in (b"", b"\x00", b"\x04" + bytes(64), signer.public[:40]):
        assert not sm2_holds(nobody, DOSSIER, signature)


def test_the_key_is_made_once_and_is_its_owners_alone(signer: GuomiSigner, tmp_path: Path):
    assert stat.S_IMODE((tmp_path / "sm2.key").stat().st_mode) == 0o600
    assert len((tmp_path / "sm2.key").read_bytes()) == 32
    assert sm2_signer(tmp_path / "sm2.key").public == signer.public
