"""The company's seal under a report: PAdES (ETSI EN 319 142), with an RFC 3161 time stamp where there is an authority."""

# pyHanko and asn1crypto say little of their types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.timestamps import TimestampRequestError
from pyhanko.sign.timestamps.api import TimeStamper, tsp  # pyright: ignore[reportPrivateImportUsage]  # as it has them

from chassis.keeping.signing import kept_secret
from chassis.keeping.work import clock
from contracts import Refusal
from evidence.errands import NoStamp

DEVELOPMENT = "开发用自签证书·不具证据效力 (not evidential)"
LIFETIME = timedelta(days=3650)
FIELD = "CompanySeal"


Send = Callable[[bytes], bytes]
"""Takes a TimeStampReq (DER) to an authority, and its answer back. Raises NoStamp."""


@dataclass(eq=False)
class NoSeal(Refusal):
    """The company's certificate cannot be read, so nothing is signed and nothing leaves."""

    why: str
    status = 500


@dataclass(eq=False)
class SignatureNotStamped(Refusal):
    """The authority of time gave no stamp for the report's signature; nothing left. Come again."""

    why: str
    status = 503


class Stamper(TimeStamper):
    """pyHanko's questions, taken to an authority of ours."""

    def __init__(self, send: Send) -> None:
        super().__init__()
        self._send = send

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return tsp.TimeStampResp.load(self._send(req.dump()))


@dataclass(frozen=True)
class CompanySeal:
    """The company's certificate with its key. One that was made for development is not `evidential`."""

    signer: signers.SimpleSigner
    evidential: bool
    send: Send | None = None

    @property
    def name(self) -> str:
        return str(self.signer.signing_cert.subject.human_friendly)  # pyright: ignore[reportOptionalMemberAccess]  # it has one

    def sign(self, pdf: bytes) -> bytes:
        """The report with an incremental update behind it; its own bytes stay as they are."""
        meta = signers.PdfSignatureMetadata(
            field_name=FIELD, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, reason="出证"
        )
        stamper = Stamper(self.send) if self.send else None
        try:
            out = signers.sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)), meta, self.signer, timestamper=stamper)
        except (NoStamp, TimestampRequestError, ValueError) as fault:
            raise SignatureNotStamped(str(fault)) from fault
        return out.getvalue()


def company_seal(certificate: Path | None, password: str, keys: Path, send: Send | None = None) -> CompanySeal:
    """The seal in a PKCS#12 file; without one, a certificate of our own for development, made on first use."""
    if certificate:
        try:
            held, secret = certificate.read_bytes(), password.encode()
        except OSError as fault:
            raise NoSeal(f"{certificate}: {fault.strerror}") from fault
    else:
        held, secret = kept_secret(keys / "company.p12", _made_for_development), b""
    try:
        signer = signers.SimpleSigner.load_pkcs12_data(held, other_certs=[], passphrase=secret or None)
    except ValueError as fault:
        raise NoSeal(f"{certificate or keys} is no PKCS#12 file that this password opens") from fault
    return CompanySeal(signer, certificate is not None, send)


def _made_for_development() -> bytes:
    key, now = ec.generate_private_key(ec.SECP256R1()), clock()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, DEVELOPMENT)])
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only"), False
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(
            x509.KeyUsage(digital_signature=True, content_commitment=True, decipher_only=False, **usage), critical=True
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    return pkcs12.serialize_key_and_certificates(b"company", key, certificate, None, NoEncryption())
