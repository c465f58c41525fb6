"""What the ledger signs: a checkpoint (origin, size, root) inside a signed note, as C2SP tlog-checkpoint says."""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

LEDGER, WITNESS = b"\x01", b"\x04"
"""What an Ed25519 key signs: notes as they are (C2SP signed-note), or cosignatures (C2SP tlog-cosignature)."""
DASH = "\u2014"

Sign = Callable[[bytes], bytes]
"""The Ed25519 signature (64 bytes) over a message."""
Verify = Callable[[bytes, bytes, bytes], bool]
"""Whether, under this public key, for this message, that signature holds; anything malformed does not."""


class NotANote(ValueError):
    """Bytes that are no signed note, no checkpoint or no verifier key."""


@dataclass(frozen=True)
class Verifier:
    """A key and the name it signs under, as a ledger or as a witness; written as `name+hash+key`."""

    name: str
    public: bytes
    kind: bytes = LEDGER

    def __post_init__(self) -> None:
        if not self.name or "+" in self.name or any(c.isspace() for c in self.name) or len(self.public) != 32:
            raise NotANote(f"a verifier key named {self.name!r}")

    @property
    def key_hash(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + self.kind + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_hash.hex()}+{b64encode(self.kind + self.public).decode()}"


def parse_vkey(text: str, kind: bytes = LEDGER) -> Verifier:
    """A key of this kind, as it is written. Refuses with NotANote."""
    name, _, rest = text.strip().partition("+")
    key_hash, _, key = rest.partition("+")
    raw = _raw(key)
    if raw[:1] != kind:
        raise NotANote(f"a verifier key of kind {raw[:1].hex()}, not {kind.hex()}")
    verifier = Verifier(name, raw[1:], kind)
    if verifier.key_hash.hex() != key_hash:
        raise NotANote("a verifier key whose hash is another's")
    return verifier


@dataclass(frozen=True)
class Checkpoint:
    """That the tree of `origin` had this root at this size. `extensions` are further lines, kept as they are."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return "\n".join([self.origin, str(self.size), b64encode(self.root).decode(), *self.extensions, ""])


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint that a note's text states."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] != "" or "" in lines[:-1]:
        raise NotANote("a checkpoint is three lines or more, none of them empty")
    origin, size, root, *extensions = lines[:-1]
    if (read := parse_size(size)) is None or len(_raw(root)) != 32:
        raise NotANote(f"a checkpoint of size {size[:20]} and root {root[:50]}")
    return Checkpoint(origin, read, _raw(root), tuple(extensions))


def parse_size(text: str) -> int | None:
    """The size of a tree as it is written; None if this is none. No tree is larger than 64 bits can say."""
    return int(text) if re.fullmatch(r"0|[1-9][0-9]{0,18}", text, re.ASCII) else None


@dataclass(frozen=True)
class Signature:
    """One line under a note: who, by which key, and the signature as that kind of key writes it."""

    name: str
    key_hash: bytes
    value: bytes

    def __str__(self) -> str:
        return f"{DASH} {self.name} {b64encode(self.key_hash + self.value).decode()}\n"


@dataclass(frozen=True)
class Note:
    """A text that ends in a line feed, and the signatures over it."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(map(str, self.signatures))}"

    def signed_by(self, key: Verifier, verify: Verify) -> bool:
        """Whether this key signed: at least one line of its name and hash holds, and none fails."""
        lines = [line for line in self.signatures if (line.name, line.key_hash) == (key.name, key.key_hash)]
        return bool(lines) and all(verify(key.public, self.text.encode(), line.value) for line in lines)


def signed(text: str, key: Verifier, sign: Sign) -> Note:
    if not text.endswith("\n"):
        raise NotANote("the text of a note ends in a line feed")
    return Note(text, (Signature(key.name, key.key_hash, sign(text.encode())),))


def parse_note(data: bytes) -> Note:
    try:
        whole = data.decode()
    except UnicodeDecodeError:
        raise NotANote("a note is UTF-8") from None
    text, found, lines = whole.rpartition("\n\n")
    if not found or not lines.endswith("\n") or any(ord(c) < 0x20 and c != "\n" for c in whole):
        raise NotANote("a note is a text, an empty line, and signatures")
    return Note(text + "\n", tuple(_signature(line) for line in lines[:-1].split("\n")))


def _signature(line: str) -> Signature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != DASH or not parts[1] or len(raw := _raw(parts[2])) < 5:
        raise NotANote(f"a signature line {line!r}")
    return Signature(parts[1], raw[:4], raw[4:])


def _raw(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise NotANote(f"{text!r} is not base64") from None
