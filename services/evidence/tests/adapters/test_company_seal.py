"""The company's seal: a report signed by its certificate, under a time stamp, accepted by a validator that is not ours."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import typst
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from evidence.adapters.authorities import for_development
from evidence.adapters.dossiers.signing import CompanySeal, NoSeal, SignatureNotStamped, company_seal
from evidence.errands import NoStamp

PDF: bytes = typst.compile(b"= x", format="pdf")


def validated(pdf: bytes, *roots: Any) -> Any:
    signature = PdfFileReader(BytesIO(pdf)).embedded_signatures[0]
    return validate_pdf_signature(signature, ValidationContext(trust_roots=list(roots)))


@pytest.fixture
def seal(tmp_path: Path) -> CompanySeal:
    return company_seal(None, "", tmp_path / "keys")


def test_the_certificate_for_development_is_made_once_and_says_what_it_is(seal, tmp_path):
    again = company_seal(None, "", tmp_path / "keys")
    assert seal.signer.signing_cert.dump() == again.signer.signing_cert.dump()
    assert (seal.evidential, "不具证据效力 (not evidential)" in seal.name) == (False, True)


def test_what_was_there_stays_byte_for_byte_before_the_signature(seal):
    signed = seal.sign(PDF)
    assert signed.startswith(PDF)
    assert validated(signed, seal.signer.signing_cert).bottom_line


def test_a_signature_under_a_time_stamp_is_accepted_with_its_time(seal, tmp_path):
    authority = for_development(tmp_path / "authority")
    signed = company_seal(None, "", tmp_path / "keys", authority.send).sign(PDF)
    root = load_cert_from_pemder(tmp_path / "authority/root.pem")
    found = validated(signed, seal.signer.signing_cert, root)
    assert found.bottom_line
    assert found.timestamp_validity.trusted
    assert not validated(signed, seal.signer.signing_cert).timestamp_validity.trusted, (
        "nobody vouches for that authority"
    )


def test_without_the_stamp_that_it_should_have_nothing_is_signed(tmp_path):
    def away(_: bytes) -> bytes:
        raise NoStamp("the authority is away")

    def nonsense(_: bytes) -> bytes:
        return b"\x30\x03no"

    for send in (away, nonsense):
        with pytest.raises(SignatureNotStamped):
            company_seal(None, "", tmp_path / "keys", send).sign(PDF)


def test_the_companys_own_certificate_is_read_with_its_password(seal, tmp_path):
    held = pkcs12.load_pkcs12((tmp_path / "keys/company.p12").read_bytes(), None)
    file = tmp_path / "company.p12"
    closed = BestAvailableEncryption(b"secret")
    file.write_bytes(pkcs12.serialize_key_and_certificates(b"x", held.key, held.cert.certificate, None, closed))
    own = company_seal(file, "secret", tmp_path / "keys")
    assert own.evidential
    assert validated(own.sign(PDF), seal.signer.signing_cert).bottom_line
    with pytest.raises(NoSeal):
        company_seal(file, "wrong", tmp_path / "keys")
    with pytest.raises(NoSeal):
        company_seal(tmp_path / "none.p12", "secret", tmp_path / "keys")
