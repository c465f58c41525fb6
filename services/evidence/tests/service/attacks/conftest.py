"""A ledger with a witness and a time stamp, somebody who attacks it, and an auditor who came by before the attack."""

import json
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from typer.testing import CliRunner

from chassis.testing.fixtures import passing_folder
from chassis.testing.processes import LOCALHOST, answers, free_port, launch
from evidence.adapters import offline_verifier
from evidence.adapters.signatures import ledger_key
from evidence.adapters.witnesses import Witness, Witnesses
from evidence.domain.canonical import canonical, parse
from evidence.domain.notes import WITNESS, Checkpoint, parse_note, parse_vkey
from evidence.domain.published import Forked
from evidence.domain.tiles import Bundle, Tile, bundles_changed, encode_bundle, grow
from evidence.domain.tree import Frontier, leaf_hash
from evidence.main import cli

ORIGIN = "qizheng.example/ledger"
ADA, LIN = UUID("0190a1b2-0000-4000-8000-00000000ada0"), UUID("0190a1b2-0000-4000-8000-000000000110")


@pytest.fixture
def witness(office: Any) -> Iterator[Witness]:
    """`evidence witness` in a process of its own, somewhere else: what it has seen, no attacker can take back."""
    key, _ = ledger_key(ORIGIN, office.folder / "keys")
    port, program = free_port(), str(Path(sys.executable).parent / "evidence")
    with passing_folder("qizheng-witness-") as folder:
        words = ["witness", str(key), "--folder", str(folder), "--name", "union.example/witness", "--port", str(port)]
        server = launch("witness", [program, *words], folder, port, signal.SIGTERM, detached=False)
        try:
            until = time.monotonic() + 60
            while not answers(port):
                assert server.running, server.said()
                assert time.monotonic() < until
                time.sleep(0.05)
            url = f"http://{LOCALHOST}:{port}"
            with urllib.request.urlopen(f"{url}/vkey", timeout=30) as answer:
                yield Witness(parse_vkey(answer.read().decode(), WITNESS), url)
        finally:
            server.stop()


@dataclass
class House:
    """What is attacked. Records 0 and 1 register keys, 6 is a time stamp over those before it; the others are told by
    people, of ada at 2, 4, 7 and 9, of lin at 3, 5 and 8.
    """

    registry: Any
    witness: Witness

    @property
    def office(self) -> Any:
        return self.registry.office

    @property
    def folder(self) -> Path:
        return self.office.ledger.root

    def says(self, *events: tuple[UUID, int], **said: Any) -> None:
        """People says these (of whom, and which version), and the ledger takes them in."""
        desk = self.registry.desk
        self.office.seal(*(desk.hears(desk.event(stream, version, **said)) for stream, version in events))

    def publish(self) -> None:
        """Publishes what the database holds, signed by the ledger and cosigned by the witness."""
        with closing(Witnesses([Witness(self.witness.key, self.witness.url)], 1)) as witnesses:
            self.office.publisher(witnesses).publish()

    def stamp(self) -> None:
        """An authority stamps the checkpoint, and that it did is sealed."""
        self.registry.go_round(self.registry.rounds())
        self.registry.seal()


@pytest.fixture
def house(registry: Any, witness: Witness, tmp_path: Path) -> Iterator[House]:
    made = House(registry, witness)
    made.says((ADA, 1), (LIN, 1), (ADA, 2), (LIN, 2))
    made.stamp()
    made.publish()
    shutil.copytree(made.folder, tmp_path / "older")
    made.says((ADA, 3), (LIN, 3), (ADA, 4))
    made.publish()
    shutil.copytree(made.folder, tmp_path / "whole")
    yield made
    shutil.rmtree(made.folder)  # What the attacker left of it; the ledger itself is looked at once more at the end.
    shutil.copytree(tmp_path / "whole", made.folder)


# The attacker


@dataclass
class Attacker:
    """Somebody with the database and the files. What needs the key of the ledger says so in its name."""

    house: House
    older: Path
    """The published files as they were when there were seven records."""

    @property
    def leaves(self) -> list[bytes]:
        rows = self.house.office.store.rows("select leaf from records order by seq")
        return [bytes(row["leaf"]) for row in rows]

    def rewrites(self, leaves: Sequence[bytes], hashes: Sequence[bytes] | None = None) -> Frontier:
        """Puts these records into the database, and into the published files. Hashes are theirs unless others are given."""
        hashes = hashes or [leaf_hash(leaf) for leaf in leaves]
        frontier, tiles = grow(Frontier(), hashes, lambda _: b"")
        ask = self.house.office.store.rows
        ask("delete from records where seq >= %s returning seq", len(leaves))
        for seq, (leaf, digest) in enumerate(zip(leaves, hashes, strict=True)):
            if not ask("update records set leaf = %s, leaf_hash = %s where seq = %s returning seq", leaf, digest, seq):
                put = "insert into records (seq, leaf, leaf_hash, flags) values (%s, %s, %s, '{}') returning seq"
                ask(put, seq, leaf, digest)
        end = len(leaves), hashes[-1], list(frontier.peaks)
        ask("update ledger set size = %s, last_hash = %s, peaks = %s returning size", *end)
        shutil.rmtree(self.house.folder / "tile")
        bundles = {each: encode_bundle(leaves[: each.width]) for each in bundles_changed(0, len(leaves))}
        pieces: dict[Tile | Bundle, bytes] = {**tiles, **bundles}
        self.house.office.ledger.publish(pieces)
        return frontier

    def states(self, frontier: Frontier) -> None:
        """Writes a checkpoint of these records over the signatures of the old one: it cannot be signed anew."""
        stated = Checkpoint(ORIGIN, frontier.size, frontier.root()).text
        note = str(parse_note(self.house.office.ledger.checkpoint()))
        (self.house.folder / "checkpoint").write_text(stated + note[note.index("\n\n") + 1 :])

    def signs_with_the_key(self) -> str | None:
        """Publishes what the database holds now, with the ledger's own key and program. If that program stops, since the
        witness holds something against it, then without asking the witness. Returns what was held against it.
        """
        (self.house.folder / "checkpoint").unlink()
        try:
            self.house.publish()
        except Forked as stopped:
            self.house.office.publisher().publish()
            return str(stopped)
        return None

    def puts_back(self, older: Path) -> None:
        """The published files are those of another day."""
        shutil.rmtree(self.house.folder)
        shutil.copytree(older, self.house.folder)

    # Leaves

    def changed(self, leaf: bytes, old: bytes = b'"hours":"36.5"', new: bytes = b'"hours":"86.5"') -> bytes:
        """A record that says something else of the same length."""
        assert old in leaf
        return leaf.replace(old, new)

    def made(self, leaf: bytes, body: bytes | None = None, **envelope: object) -> bytes:
        """A record with another body, or with other things in its envelope."""
        head, _, before = leaf.partition(b"\n")
        return canonical(parse(head) | envelope) + b"\n" + (before if body is None else body)

    def relinked(self, leaves: Sequence[bytes]) -> list[bytes]:
        """These records in this order, each made to name the one before it, in the ledger and in its stream."""
        found, last, heads = list[bytes](), None, dict[str, str]()
        for seq, leaf in enumerate(leaves):
            stream = str(parse(leaf.partition(b"\n")[0])["stream"])
            found.append(self.made(leaf, seq=seq, prev=last, prev_stream=heads.get(stream)))
            last = heads[stream] = leaf_hash(found[-1]).hex()
        return found


@pytest.fixture
def attacker(house: House, tmp_path: Path) -> Attacker:
    return Attacker(house, tmp_path / "older")


# The auditor


@dataclass
class Auditor:
    """Somebody who has what the ledger cannot alter: the witness's key, the authority's root, and what was kept of the
    last visit, a checkpoint and how far the ledger was verified.
    """

    house: House
    kept: Path
    roots: Path

    def visit(self) -> None:
        self.kept.write_bytes(self.house.office.ledger.checkpoint())
        assert self.types("verify", "--since-last", "--json", "--jobs", "1")[0] == 0

    def types(self, *words: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, [*words, "--ledger", str(self.house.folder)])
        return done.exit_code, done.stdout

    def layers(self) -> dict[str, str]:
        """What `evidence verify` says of each layer of the files; what a kept checkpoint and a kept verification say."""
        with_what = ("--witness", str(self.house.witness.key), "--roots", str(self.roots))
        status, said = self.types("verify", "--json", "--jobs", "1", *with_what)
        found = json.loads(said)
        assert (status == 0) == found["holds"]
        grew = self.types("consistency", str(self.kept))[0]
        goes_on = self.types("verify", "--since-last", "--json", "--jobs", "1")[0]
        kept = {"older checkpoint": grew, "last verification": goes_on}
        return found["layers"] | {name: "broken" if status else "holds" for name, status in kept.items()}

    def finds_something_in_the_files_alone(self) -> bool:
        """Whether somebody would who has kept nothing, and asks nobody else."""
        return self.types("verify", "--jobs", "1")[0] != 0

    def offline(self) -> dict[str, str]:
        """What the offline verifier says."""
        return looked_at_offline(self.house.folder, "--witness", str(self.house.witness.key))


def looked_at_offline(folder: Path, *words: str) -> dict[str, str]:
    """What the offline verifier says of each layer, run by a Python that has nothing of ours."""
    command = [sys.executable, "-I", "-S", offline_verifier.__file__, str(folder), "--jobs", "1", "--json", *words]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.stdout, ran.stderr
    found = json.loads(ran.stdout)
    assert (ran.returncode == 1) == any(text.startswith("broken") for text in found.values())
    return found


@pytest.fixture
def offline() -> Callable[..., dict[str, str]]:
    return looked_at_offline


@pytest.fixture
def auditor(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Auditor:
    monkeypatch.setenv("QIZHENG_FOLDER", str(tmp_path / "auditor"))
    (tmp_path / "auditor").mkdir()
    made = Auditor(house, tmp_path / "auditor/kept.checkpoint", tmp_path / "authority/root.pem")
    made.visit()
    return made
