"""Proofs to take away: written as C2SP tlog-proof says, read back, and believed only where everything fits."""

from base64 import b64encode
from dataclasses import replace

import pytest
from nacl.signing import SigningKey

from evidence.adapters.signatures import holds as verify
from evidence.domain.notes import Checkpoint, Verifier, signed
from evidence.domain.proofs import NotAProof, Proof, grew, parse_proof, prove, prove_growth, root_at
from evidence.domain.published import CHECKPOINT, Published
from evidence.domain.tiles import grow
from evidence.domain.tree import Frontier, NotInTree, leaf_hash

SECRET = SigningKey(b"\x07" * 32)
KEY = Verifier("qizheng.example/ledger", bytes(SECRET.verify_key))
LEAVES = [b"record %d" % n for n in range(700)]


class Kept(Published):
    """A ledger of these leaves, published in one go."""

    def __init__(self, leaves: list[bytes]) -> None:
        frontier, tiles = grow(Frontier(), [leaf_hash(leaf) for leaf in leaves], lambda _: b"")
        self.files = {tile.path: data for tile, data in tiles.items()}
        checkpoint = Checkpoint(KEY.name, frontier.size, frontier.root())
        self.files[CHECKPOINT] = str(signed(checkpoint.text, KEY, lambda m: SECRET.sign(m).signature)).encode()
        self.stated = checkpoint

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)


@pytest.fixture(scope="module")
def kept() -> Kept:
    return Kept(LEAVES)


def proven(kept: Kept, index: int) -> Proof:
    found = prove(kept, index)
    assert found is not None
    return found


@pytest.mark.parametrize("index", [0, 1, 255, 256, 511, 512, 698, 699])
def test_a_record_is_proven_wherever_it_stands(kept: Kept, index: int):
    proof = proven(kept, index)
    assert proof.holds(leaf_hash(LEAVES[index]), KEY, verify)
    assert not proof.holds(leaf_hash(b"another"), KEY, verify)
    assert not replace(proof, index=index ^ 1).holds(leaf_hash(LEAVES[index]), KEY, verify)


def test_a_proof_is_written_as_c2sp_says_and_read_back(kept: Kept):
    proof = proven(kept, 300)
    lines = str(proof).split("\n")
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 300"]
    assert lines[2] == b64encode(leaf_hash(LEAVES[301])).decode(), "the sibling comes first"
    assert str(proof).endswith("\n\n" + proof.note.decode())
    assert parse_proof(str(proof)) == proof


def test_extra_data_is_passed_over(kept: Kept):
    proof = proven(kept, 3)
    assert parse_proof(str(proof).replace("@v1\n", "@v1\nextra AAAA\n", 1)) == proof


@pytest.mark.parametrize(
    ("says", "instead"),
    [
        ("tlog-proof@v1", "tlog-proof@v2"),
        ("index 3", "index 03"),
        ("index 3", "index -3"),
        ("index 3\n", ""),
        ("index 3\n", "index 3\nnot base64!\n"),
        ("\n\n", "\n"),
        ("\n700\n", "\nmany\n"),
    ],
)
def test_what_is_written_otherwise_is_no_proof(kept: Kept, says: str, instead: str):
    text = str(proven(kept, 3))
    assert says in text
    with pytest.raises(NotAProof):
        parse_proof(text.replace(says, instead, 1))


def test_a_proof_under_another_key_or_name_does_not_hold(kept: Kept):
    proof, leaf = proven(kept, 5), leaf_hash(LEAVES[5])
    assert not proof.holds(leaf, Verifier(KEY.name, bytes(SigningKey(b"\x08" * 32).verify_key)), verify)
    assert not proof.holds(leaf, Verifier("other.example/ledger", KEY.public), verify)


def test_a_record_that_no_checkpoint_covers_yet_has_no_proof(kept: Kept):
    assert prove(kept, len(LEAVES)) is None


def test_the_root_of_an_earlier_size_is_what_stood_there_then(kept: Kept):
    for size in (1, 255, 256, 257, 513, 700):
        assert root_at(kept, size) == Kept(LEAVES[:size]).stated.root


@pytest.mark.parametrize(("old", "new"), [(1, 700), (255, 256), (256, 257), (256, 700), (511, 513), (700, 700)])
def test_a_ledger_that_grew_proves_it_and_one_that_was_rewritten_cannot(kept: Kept, old: int, new: int):
    before, after = (Kept(LEAVES[:size]).stated for size in (old, new))
    rewritten = Kept([b"changed", *LEAVES[1:old]]).stated
    proof = prove_growth(kept, old, new)
    assert grew(before, after, proof)
    assert not grew(rewritten, after, proof)
    assert not grew(replace(before, origin="other.example/ledger"), after, proof)


def test_a_ledger_cannot_have_grown_into_a_smaller_one(kept: Kept):
    with pytest.raises(NotInTree):
        prove_growth(kept, 700, 699)
