"""A published ledger on a shelf, where anything can be done to it."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import pytest
from nacl.signing import SigningKey

from evidence.adapters.signatures import Checkers, holds
from evidence.domain.bundles import Looked, Part, look_at
from evidence.domain.inspecting import Means, inspect, inspect_part
from evidence.domain.notes import Checkpoint, Verifier, signed
from evidence.domain.published import CHECKPOINT, VKEY, Published
from evidence.domain.tiles import WIDTH, Bundle, bundles_changed, encode_bundle, grow
from evidence.domain.tree import Frontier, leaf_hash
from evidence.domain.verdicts import Verdict
from evidence.domain.verifying import Standing

SECRET = SigningKey(b"\x07" * 32)
KEY = Verifier("qizheng.example/ledger", bytes(SECRET.verify_key))


class Shelf(Published):
    """The files of a ledger of these leaves, each file that a growing ledger leaves behind at its end."""

    def __init__(self, leaves: Sequence[bytes], secret: SigningKey = SECRET) -> None:
        self.files: dict[str, bytes] = {}
        self.secret = secret
        self.hold(leaves)

    def hold(self, leaves: Sequence[bytes]) -> None:
        frontier, tiles = grow(Frontier(), [leaf_hash(leaf) for leaf in leaves], lambda _: b"")
        self.files = {tile.path: data for tile, data in tiles.items()}
        for bundle in bundles_changed(0, len(leaves)):
            at = bundle.index * WIDTH
            self.files[bundle.path] = encode_bundle(leaves[at : at + bundle.width])
        key = Verifier(KEY.name, bytes(self.secret.verify_key))
        text = Checkpoint(key.name, frontier.size, frontier.root()).text
        self.files[CHECKPOINT] = str(signed(text, key, lambda m: self.secret.sign(m).signature)).encode()
        self.files[VKEY] = f"{key}\n".encode()

    def alter(self, bundle: Bundle, change: Callable[[list[bytes]], object]) -> None:
        """Another bundle, under the same tiles."""
        leaves = list(self.bundle(bundle))
        change(leaves)
        self.files[bundle.path] = encode_bundle(leaves)

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)


class Looking:
    """What a verifier finds on a shelf, with one process."""

    def means(self, published: Published, signatures: bool) -> Means:
        verify = holds if signatures else None

        def look(parts: Iterable[Part], keys: Mapping[str, bytes]) -> Iterable[Looked]:
            return (look_at(published, part, keys, verify) for part in parts)

        return Means(look, holds, Checkers(1).answer if signatures else None)

    def at_all(self, shelf: Shelf, standing: Standing | None = None, signatures: bool = True) -> Verdict:
        verdict = Verdict()
        list(inspect(shelf, verdict, standing or Standing(), self.means(shelf, signatures)))
        return verdict

    def at_part(self, shelf: Shelf, first: int, last: int, signatures: bool = True) -> Verdict:
        verdict = Verdict()
        list(inspect_part(shelf, verdict, first, last + 1, self.means(shelf, signatures)))
        return verdict

    def found(self, verdict: Verdict) -> list[tuple[int | None, str]]:
        return [(finding.seq, finding.what) for finding in verdict.findings]


@pytest.fixture
def shelf() -> type[Shelf]:
    return Shelf


@pytest.fixture
def looking() -> Looking:
    return Looking()
