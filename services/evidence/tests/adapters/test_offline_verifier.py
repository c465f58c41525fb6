"""The offline verifier, run as a stranger runs it: one file, the standard library, a copy of the ledger."""

import ast
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nacl.signing import SigningKey

from evidence.adapters import offline_verifier
from evidence.domain.notes import Checkpoint, Verifier, signed
from evidence.domain.proofs import prove
from evidence.domain.published import CHECKPOINT, VKEY, Published
from evidence.domain.tiles import bundles_changed, encode_bundle, grow
from evidence.domain.tree import Frontier, leaf_hash

VERIFIER = Path(offline_verifier.__file__)
SECRET = SigningKey(b"\x05" * 32)
KEY = Verifier("qizheng.example/ledger", bytes(SECRET.verify_key))
LAYERS = {"checkpoint", "witnesses", "tree", "chain", "streams", "flags", "signatures"}


def sign(message: bytes) -> bytes:
    return SECRET.sign(message).signature


class Copy(Published):
    """A ledger of these leaves in a folder, published and signed in one go."""

    def __init__(self, folder: Path, leaves: list[bytes]) -> None:
        self.folder = folder
        frontier, tiles = grow(Frontier(), [leaf_hash(leaf) for leaf in leaves], lambda _: b"")
        self.write(
            CHECKPOINT, str(signed(Checkpoint(KEY.name, frontier.size, frontier.root()).text, KEY, sign)).encode()
        )
        self.write(VKEY, f"{KEY}\n".encode())
        for tile, data in tiles.items():
            self.write(tile.path, data)
        for bundle in bundles_changed(0, len(leaves)):
            self.write(bundle.path, encode_bundle(leaves[bundle.index * 256 : bundle.index * 256 + bundle.width]))

    def write(self, path: str, data: bytes) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_bytes(data)

    def read(self, path: str) -> bytes | None:
        there = self.folder / path
        return there.read_bytes() if there.exists() else None


def verified(where: Path, *words: str) -> tuple[int, dict[str, str]]:
    """The exit code and what each layer says, from a Python that has nothing of ours."""
    command = [sys.executable, "-I", "-S", str(VERIFIER), str(where), "--jobs", "1", "--json", *words]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=where.parent)
    return ran.returncode, json.loads(ran.stdout) if ran.stdout else {"error": ran.stderr}


@pytest.fixture
def leaves(desk: Any) -> list[bytes]:
    """A ledger in which every flag occurs, long enough for two bundles."""
    more = [desk.message(desk.event(version=n)) for n in range(9, 270)]
    return [sealed.leaf for sealed in (*desk.sample(), *desk.seal(*more))]


@pytest.fixture
def copy(leaves: list[bytes], tmp_path: Path) -> Copy:
    return Copy(tmp_path / "copy", leaves)


def words(said: dict[str, str]) -> dict[str, str]:
    return {layer: text.split(":")[0] for layer, text in said.items()}


def test_it_stands_on_the_standard_library_alone_and_is_short_enough_to_be_read():
    text = VERIFIER.read_text()
    tree = ast.parse(text)
    named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    named |= {node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in named} <= set(sys.stdlib_module_names)
    assert len(text.splitlines()) <= 900


def test_a_ledger_that_nobody_touched_holds_and_what_was_not_looked_at_is_said(copy: Copy):
    status, said = verified(copy.folder)
    assert said.keys() == LAYERS
    assert said.pop("witnesses") == "not checked: no witness's key was given"
    assert set(words(said).values()) == {"holds"}
    assert status == 2, "not everything was looked at"


def test_signatures_that_were_left_out_are_not_said_to_hold(copy: Copy):
    status, said = verified(copy.folder, "--skip-signatures")
    assert (status, said["signatures"]) == (2, "not checked: it was asked not to")


def test_a_zip_is_read_like_a_folder(copy: Copy, tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "copy.zip", "w") as archive:
        for path in copy.folder.rglob("*"):
            archive.write(path, path.relative_to(copy.folder))
    assert verified(tmp_path / "copy.zip") == verified(copy.folder)


def test_a_witness_that_signed_is_said_to_have_seen_it(copy: Copy):
    secret = SigningKey(b"\x06" * 32)
    witness = offline_verifier.Key("witness.example", b"", 4, bytes(secret.verify_key))
    raw = b"\x04" + witness.public
    hint = offline_verifier.sha(witness.name.encode(), b"\n", raw)[:4]
    key = f"{witness.name}+{hint.hex()}+{offline_verifier.base64.b64encode(raw).decode()}"
    assert (
        verified(copy.folder, "--witness", key)[1]["witnesses"]
        == "broken: witness.example did not sign this checkpoint"
    )
    note = (copy.folder / CHECKPOINT).read_text()
    text = note.rpartition("\n\n")[0] + "\n"
    blob = (
        hint
        + (1_900_000_000).to_bytes(8, "big")
        + secret.sign(f"cosignature/v1\ntime 1900000000\n{text}".encode()).signature
    )
    copy.write(CHECKPOINT, f"{note}\u2014 {witness.name} {offline_verifier.base64.b64encode(blob).decode()}\n".encode())
    status, said = verified(copy.folder, "--witness", key)
    assert (status, said["witnesses"]) == (0, "holds: witness.example saw it at 1900000000 s")


# What an attacker does: he has the files, and in the second half the ledger's key too


def edited(leaf: bytes) -> bytes:
    return leaf.replace(b"36.5", b"99.5")


def hidden(copy: Copy, change: Callable[[list[bytes]], list[bytes]], leaves: list[bytes]) -> None:
    """Changes the entries and nothing else."""
    changed = change(leaves)
    for bundle in bundles_changed(0, min(len(changed), len(leaves))):
        copy.write(bundle.path, encode_bundle(changed[bundle.index * 256 : bundle.index * 256 + bundle.width]))


CHANGES: dict[str, tuple[Callable[[list[bytes]], list[bytes]], set[str]]] = {
    "edited": (lambda it: [*it[:20], edited(it[20]), *it[21:]], {"tree", "chain", "signatures", "flags", "streams"}),
    "deleted": (lambda it: [*it[:20], *it[21:], it[20]], {"tree", "chain", "streams", "flags"}),
    "inserted": (lambda it: [*it[:20], it[30], *it[20:-1]], {"tree", "chain", "streams", "flags"}),
    "swapped": (lambda it: [*it[:20], it[21], it[20], *it[22:]], {"tree", "chain", "streams", "flags"}),
}


@pytest.mark.parametrize("how", CHANGES)
def test_a_record_that_is_changed_moved_or_taken_out_breaks_the_tree(copy: Copy, leaves: list[bytes], how: str):
    change, layers = CHANGES[how]
    hidden(copy, change, leaves)
    status, said = verified(copy.folder)
    broken = {layer for layer, word in words(said).items() if word == "broken"}
    assert status == 1
    assert {"tree", "chain"} <= broken <= layers
    assert said["chain"].startswith("broken: record 2")


def test_with_the_ledgers_own_key_the_tree_can_be_made_anew_and_the_links_still_tell(
    leaves: list[bytes], tmp_path: Path
):
    forged = Copy(tmp_path / "forged", [*leaves[:20], edited(leaves[20]), *leaves[21:]])
    status, said = verified(forged.folder)
    assert words(said)["tree"] == words(said)["checkpoint"] == "holds", "these layers do not detect it"
    assert (status, words(said)["chain"], words(said)["signatures"]) == (1, "broken", "broken")


def test_a_tail_that_is_cut_off_under_an_older_checkpoint_holds_and_only_a_witness_could_tell(
    leaves: list[bytes], tmp_path: Path
):
    status, said = verified(Copy(tmp_path / "cut", leaves[:100]).folder)
    assert (status, {word for layer, word in words(said).items() if layer != "witnesses"}) == (2, {"holds"})
    assert said["witnesses"].startswith("not checked")


def test_a_tail_that_is_cut_off_while_the_checkpoint_is_kept_is_found(copy: Copy, leaves: list[bytes]):
    (last,) = [bundle for bundle in bundles_changed(0, len(leaves)) if bundle.width < 256]
    (copy.folder / last.path).unlink()
    status, said = verified(copy.folder)
    assert (status, said["tree"]) == (1, "broken: tile/entries/001.p/19 is missing")
    assert words(said)["chain"] == "not checked"


def test_a_checkpoint_of_another_key_or_name_is_found(copy: Copy):
    other = Verifier(KEY.name, bytes(SigningKey(b"\x09" * 32).verify_key))
    assert verified(copy.folder, "--vkey", str(other))[1]["checkpoint"] == f"broken: {KEY.name} did not sign it"
    named = Verifier("other.example/ledger", KEY.public)
    assert "the key is of other.example/ledger" in verified(copy.folder, "--vkey", str(named))[1]["checkpoint"]


@pytest.mark.parametrize(
    ("path", "data", "layer"),
    [
        ("vkey", b"no key", "checkpoint"),
        ("checkpoint", b"no checkpoint", "checkpoint"),
        ("tile/entries/000", b"\xff\xff", "tree"),
    ],
)
def test_a_file_that_cannot_be_read_breaks_its_layer_and_the_rest_is_not_checked(
    copy: Copy, path: str, data: bytes, layer: str
):
    copy.write(path, data)
    status, said = verified(copy.folder)
    assert (status, words(said)[layer]) == (1, "broken")
    assert "holds" not in words(said).values()


def test_what_is_neither_folder_nor_zip_is_said_to_be_none(tmp_path: Path):
    status, said = verified(tmp_path / "nothing")
    assert status == 2
    assert "neither a folder nor a ZIP" in said["error"]


# Excerpts


@pytest.fixture
def excerpt(copy: Copy, leaves: list[bytes], tmp_path: Path) -> Path:
    """The first records with their proofs: the keys, and the beginning of two streams."""
    folder = tmp_path / "excerpt"
    (folder / "records").mkdir(parents=True)
    shutil.copy(copy.folder / VKEY, folder)
    for index in range(8):
        (folder / f"records/{index:04}.leaf").write_bytes(leaves[index])
        (folder / f"records/{index:04}.tlog-proof").write_text(str(prove(copy, index)))
    return folder


def test_an_excerpt_proves_its_records_and_says_what_it_cannot(excerpt: Path):
    status, said = verified(excerpt)
    assert words(said) == {
        "checkpoint": "holds",
        "witnesses": "not checked",
        "tree": "holds",
        "chain": "not checked",
        "streams": "holds",
        "flags": "not checked",
        "signatures": "holds",
    }
    assert (status, said["tree"]) == (2, "holds: 8 records, each proven to be in the tree of its checkpoint")


def test_a_record_dropped_from_an_excerpt_leaves_its_stream_unproven(excerpt: Path):
    (excerpt / "records/0003.leaf").unlink()
    assert verified(excerpt)[1]["streams"].startswith("not checked: records/0005.leaf: the record before version")


def test_a_record_that_was_changed_in_an_excerpt_is_found(excerpt: Path):
    record = excerpt / "records/0003.leaf"
    record.write_bytes(edited(record.read_bytes()))
    status, said = verified(excerpt)
    assert (status, said["tree"].split(": ", 2)[1:2]) == (1, ["records/0003.leaf"])


def test_a_record_under_the_proof_of_another_is_found(excerpt: Path):
    shutil.copy(excerpt / "records/0003.tlog-proof", excerpt / "records/0004.tlog-proof")
    assert verified(excerpt)[0] == 1
