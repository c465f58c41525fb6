"""Time stamps by `rfc3161-client`: what is asked of an authority, whether its answer holds, and what a token says."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)
from rfc3161_client.tsp import PKIStatus, TimeStampRequest, TimeStampResponse

from evidence.adapters.der import in_order
from evidence.domain.stamping import Token
from evidence.domain.timestamps import Judged, NotAToken
from evidence.errands import NoStamp

SHA256 = "2.16.840.1.101.3.4.2.1"
LARGEST = 30_000  # bytes: an event with the token in base64 stays below 60,000

Roots = Sequence[x509.Certificate]


def roots_in(pem: bytes) -> Roots:
    """The certificates in a PEM file. Raises ValueError where there is none."""
    return x509.load_pem_x509_certificates(pem)


def request_over(message: bytes) -> TimeStampRequest:
    """A request over the SHA-256 of these bytes, with a nonce, that asks for the authority's certificate."""
    builder = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256)
    return builder.nonce(nonce=True).cert_request(cert_request=True).build()


def token_in(answer: bytes, request: TimeStampRequest, message: bytes, roots: Roots, policy: str | None) -> Token:
    """The token in an authority's answer, which holds under these roots, by this policy. Raises NoStamp."""
    try:
        response = _decoded(answer)
        if response.status != PKIStatus.GRANTED:
            raise NoStamp(f"refused with status {response.status}: {', '.join(response.status_string) or 'no reason'}")
        builder = _under(roots, VerifierBuilder.from_request(request))
        if policy is not None:
            builder = builder.policy_id(x509.ObjectIdentifier(policy))
        builder.build().verify(response, sha256(message).digest())
        return _token(answer, response)
    except NotAToken as fault:
        raise NoStamp(str(fault)) from fault
    except (VerificationError, ValueError) as fault:
        raise NoStamp(f"the token does not hold: {fault}") from fault


@dataclass(frozen=True)
class Judge:
    """Reads tokens and, where roots were given, says whether one leads to them."""

    roots: Roots

    def __call__(self, der: bytes) -> Judged:
        """What a token says. Raises NotAToken."""
        response = _decoded(der)
        token = _token(der, response)
        imprint = response.tst_info.message_imprint.message
        if not self.roots:
            return Judged(token, imprint, None)
        try:
            _under(self.roots, VerifierBuilder()).build().verify(response, imprint)
        except (VerificationError, ValueError) as fault:
            return Judged(token, imprint, held=False, why=str(fault))
        return Judged(token, imprint, held=True)


def judge_under(roots: Path | None) -> Judge:
    """A judge who trusts the certificates in this file. Raises OSError, or ValueError where it holds none."""
    return Judge(roots_in(roots.read_bytes()) if roots else ())


def certificates_in(der: bytes) -> str:
    """The certificates that came with a token, as PEM: the authority's own, and those between it and its root."""
    found = (x509.load_der_x509_certificate(each) for each in _decoded(der).signed_data.certificates)
    return "".join(each.public_bytes(Encoding.PEM).decode() for each in found)


def _under(roots: Roots, builder: VerifierBuilder) -> VerifierBuilder:
    for root in dict.fromkeys(roots):
        builder = builder.add_root_certificate(root)
    return builder


def _decoded(der: bytes) -> TimeStampResponse:
    if len(der) > LARGEST:
        raise NotAToken(f"{len(der)} bytes are more than a token has")
    try:
        return decode_timestamp_response(in_order(der))
    except ValueError as fault:
        raise NotAToken(f"not an answer of RFC 3161: {fault}") from fault


def _token(der: bytes, response: TimeStampResponse) -> Token:
    try:
        info = response.tst_info
    except ValueError as fault:  # A refusal holds none.
        raise NotAToken(f"without a token: {fault}") from fault
    if info.message_imprint.hash_algorithm.dotted_string != SHA256:
        raise NotAToken("a token over another hash than SHA-256")
    return Token(der, info.gen_time, info.policy.dotted_string, info.serial_number)
