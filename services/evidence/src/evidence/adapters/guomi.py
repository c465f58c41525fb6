"""The Chinese algorithms: SM3 digests (GB/T 32905) by `cryptography`, SM2 signatures (GB/T 32918.2) by `gmalg`."""

from base64 import b64encode
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SM3, Hash
from gmalg import SM2
from gmalg.errors import GMError

from chassis.keeping.signing import kept_secret

WHO = b"1234567812345678"
"""The user id that GB/T 35276 gives to whoever has no other."""
AT_ONCE = 1 << 20
# SubjectPublicKeyInfo up to the point: id-ecPublicKey on the curve 1.2.156.10197.1.301 of GB/T 32918.5 (GB/T 35276 7.1).
PUBLIC_KEY_INFO = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")


def sm3(data: bytes | BinaryIO) -> str:
    """The SM3 digest in hex, of bytes or of all that is left of a stream."""
    digest = Hash(SM3())
    if isinstance(data, bytes):
        digest.update(data)
    else:
        while part := data.read(AT_ONCE):
            digest.update(part)
    return digest.finalize().hex()


class Sm2Signer:
    """An SM2 key that signs; the GuomiSigner of `domain/guomi.py`. Python alone reckons here: it is slow, and its time
    depends on the key, so it is for a house's own machine and not for a server that strangers can ask to sign.
    """

    def __init__(self, secret: bytes) -> None:
        self._key = SM2(secret, WHO)
        self.public = self._key.generate_pk(secret)

    @property
    def public_pem(self) -> str:
        encoded = b64encode(PUBLIC_KEY_INFO + self.public).decode()
        lines = [encoded[at : at + 64] for at in range(0, len(encoded), 64)]
        return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])

    def sign(self, message: bytes) -> bytes:
        r, s = self._key.sign(message)
        return encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))


def sm2_signer(path: Path) -> Sm2Signer:
    """The key in this file (32 raw bytes, its owner's alone to read), made on first use."""
    return Sm2Signer(kept_secret(path, lambda: SM2().generate_keypair()[0].rjust(32, b"\0")))


def sm2_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a signature (DER) over the message holds under an SM2 key (04, x, y); a malformed one does not."""
    try:
        r, s = decode_dss_signature(signature)
        key = SM2(uid=WHO, pk=public)
        return key.verify_pk(public) and key.verify(message, r.to_bytes(32, "big"), s.to_bytes(32, "big"))
    except (ValueError, OverflowError, IndexError, GMError):
        return False
