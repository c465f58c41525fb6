"""国密 as exports use it: a digest beside SHA-256, and a signature by whoever hands the export over."""

from collections.abc import Callable
from typing import BinaryIO, Protocol

Sm3 = Callable[[bytes | BinaryIO], str]
"""The SM3 digest (GB/T 32905) in hex, of bytes or of all that is left of a stream."""


class GuomiSigner(Protocol):
    """A key that signs by SM2 with SM3 (GB/T 32918.2), under the usual user id 1234567812345678."""

    @property
    def public(self) -> bytes:
        """The point of the public key: 04, x, y; 65 bytes."""
        ...

    @property
    def public_pem(self) -> str:
        """The public key as others read it: SubjectPublicKeyInfo."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The signature over the message, as DER (GB/T 35276: SEQUENCE of r and s)."""
        ...
