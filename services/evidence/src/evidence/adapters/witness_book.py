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
from evidence.domain.notes import WITNESS, Sign, Verifier, parse_checkpoint, parse_note
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
        fcntl.flock(self._only, fcntl.LOCK_EX | fcntl.LOCK_NB)  # BlockingIOError, an OSError, while another holds it

    def cosign(self, request: bytes) -> str:
        """The line that goes under the checkpoint of an add-checkpoint request. Refuses as `witnessing.judge` does."""
        asked = parse_growth(request)
        with self._turn:
            kept = self._folder / f"{sha256(origin_of(asked).encode()).hexdigest()}.checkpoint"
            judge(asked, _seen(kept), self._ledgers, holds)
            # If we stop here, nothing was signed; behind the next line, the ledger asks again from the size that is kept.
            write_whole({kept: asked.note})
        return str(cosigned(parse_note(asked.note).text, self._key, self._sign, self._now()))


def witness_key(folder: Path, name: str) -> tuple[Verifier, Sign]:
    """The key of a witness in `folder/witness.key`, made on first use. A key signs under one name only: no two witnesses
    share it.
    """
    secret = SigningKey(kept_secret(folder / "witness.key", lambda: bytes(SigningKey.generate())))
    return Verifier(name, bytes(secret.verify_key), WITNESS), lambda message: secret.sign(message).signature


def _seen(kept: Path) -> Seen:
    """What stands in a file of the book. Raises ValueError where it cannot be read: then nothing may be signed."""
    try:
        note = parse_note(kept.read_bytes())
    except FileNotFoundError:
        return Seen()
    stated = parse_checkpoint(note.text)
    return Seen(stated.size, stated.root)
