"""A witness's book: what it has cosigned last of each ledger that it watches, a file each, never turned back."""

import fcntl
import threading
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

from nacl.signing import SigningKey

from chassis.keeping.signing import kept_secret
from evidence.adapters.files import write_whole
from evidence.adapters.signatures import holds
from evidence.domain.notes import WITNESS, Note, Sign, Verifier, parse_checkpoint, parse_note
from evidence.domain.witnessing import Seen, cosigned, judge, origin_of, parse_growth


class WitnessBook:
    """Cosigns under `key` what has only grown. `ledgers` are the keys of those that are watched, `now` is in seconds."""

    def __init__(
        self, folder: Path, key: Verifier, sign: Sign, ledgers: Mapping[str, Verifier], now: Callable[[], int]
    ) -> None:
        self._folder, self._key, self._sign, self._ledgers, self._now = folder, key, sign, ledgers, now
        # Judged and kept by one at a time, or two requests, or two witnesses over one folder, could turn it back.
        self._turn = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self._only = (folder / "lock").open("w")
        try:
            fcntl.flock(self._only, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BlockingIOError(f"another witness is at work in {folder}") from None

    def cosign(self, request: bytes) -> str:
        """The line that goes under the checkpoint of an add-checkpoint request. Refuses as `witnessing.judge` does."""
        asked = parse_growth(request)
        with self._turn:
            origin = origin_of(asked)
            page = self._page(sha256(origin.encode()).hexdigest())
            judge(asked, _seen(page), self._ledgers, holds)
            note, ledger = parse_note(asked.note), self._ledgers[origin]
            line = cosigned(note.text, self._key, self._sign, self._now())
            known = [each for each in note.signatures if (each.name, each.key_hash) == (ledger.name, ledger.key_hash)]
            # If we stop here, nobody has the line; behind the next one, the ledger asks again from the size that is kept.
            write_whole({page: str(Note(note.text, (*known, line))).encode()})
        return str(line)

    def newest(self, origin_hash: str) -> bytes | None:
        """The checkpoint that was cosigned last of the ledger whose origin has this SHA-256 (64 hex), with our line."""
        page = self._page(origin_hash)
        return page.read_bytes() if page.exists() else None

    def _page(self, origin_hash: str) -> Path:
        return self._folder / f"{origin_hash}.checkpoint"


def witness_key(folder: Path, name: str) -> tuple[Verifier, Sign]:
    """The key of a witness in `folder/witness.key`, made on first use; `vkey` beside it says how to check what it signs.

    A cosignature does not commit to a name, so a key has one name for ever. Raises OSError for another.
    """
    secret = SigningKey(kept_secret(folder / "witness.key", lambda: bytes(SigningKey.generate())))
    key = Verifier(name, bytes(secret.verify_key), WITNESS)
    kept = kept_secret(folder / "vkey", lambda: f"{key}\n".encode()).decode().strip()
    if kept != str(key):
        raise OSError(f"the witness in {folder} is {kept}, and a key never changes its name")
    return key, lambda message: secret.sign(message).signature


def _seen(page: Path) -> Seen:
    """What stands on a page of the book. Raises ValueError where it cannot be read: then nothing may be signed."""
    try:
        note = parse_note(page.read_bytes())
    except FileNotFoundError:
        return Seen()
    stated = parse_checkpoint(note.text)
    return Seen(stated.size, stated.root)
