"""A witness that we did not write, omniwitness of transparency-dev: it takes our growth, we take its cosignatures."""

import shutil
import signal
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from in_go import built
from nacl.signing import SigningKey

from chassis.testing.fixtures import passing_folder
from chassis.testing.processes import LOCALHOST, answers, free_port, launch
from evidence.adapters.signatures import holds, ledger_key
from evidence.adapters.witnesses import QuorumMissing, Witness, Witnesses
from evidence.domain.notes import WITNESS, Note, Verifier, parse_checkpoint, parse_note
from evidence.domain.witnessing import cosigned_at

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(900)]  # The first time, it has to be built.
OMNIWITNESS = "github.com/transparency-dev/witness/cmd/omniwitness", "v0.0.0-20260720115447-2e1c6971d19e"
NAME = "omni.example/witness"
SECRET = SigningKey(b"\x0a" * 32)


def in_go(name: str, secret: SigningKey) -> str:
    """A signing key as sumdb's note package writes it."""
    hint = Verifier(name, bytes(secret.verify_key)).key_hash.hex()
    return f"PRIVATE+KEY+{name}+{hint}+{b64encode(bytes([1]) + bytes(secret)).decode()}"


@pytest.fixture
def omniwitness(office: Any) -> Iterator[Witness]:
    ledger = ledger_key("qizheng.example/ledger", office.folder / "keys")[0]
    program, port = built(*OMNIWITNESS), free_port()
    with passing_folder("qizheng-omniwitness-") as folder:
        (folder / "key").write_text(in_go(NAME, SECRET))
        said = f"Logs:\n  - Origin: {ledger.name}\n    URL: http://{LOCALHOST}:1\n    PublicKey: {ledger}\n"
        (folder / "logs").write_text(said)
        words = ["--private_key_path", f"{folder}/key", "--additional_logs", f"{folder}/logs", "--metrics_listen", ""]
        command = [str(program), *words, "--listen", f"{LOCALHOST}:{port}"]
        server = launch("omniwitness", command, folder, port, signal.SIGTERM, detached=False)
        try:
            until = time.monotonic() + 30
            while not answers(port):
                assert server.running, server.said()
                assert time.monotonic() < until
                time.sleep(0.05)
            yield Witness(Verifier(NAME, bytes(SECRET.verify_key), WITNESS), f"http://{LOCALHOST}:{port}")
        finally:
            server.stop()


@pytest.fixture
def grow(office: Any, desk: Any) -> Callable[..., Note]:
    """Seals more records, and publishes them before a witness that must cosign."""
    said = iter(range(1, 1_000))
    first = [*desk.opening()]

    def grow(count: int, witness: Witness) -> Note:
        sequencer = office.sequencer()
        sequencer.positions()
        sequencer.seal([*first, *(desk.hears(desk.event(version=next(said))) for _ in range(count))])
        sequencer.leave()
        first.clear()
        witnesses = Witnesses([Witness(witness.key, witness.url)], 1)
        office.publisher(witnesses).publish()
        witnesses.close()
        return parse_note(office.ledger.checkpoint())

    return grow


def test_another_witness_cosigns_our_growth_and_its_cosignature_holds(omniwitness, grow, office):
    for count, size in ((3, 5), (1, 6), (300, 306), (1, 307)):
        note = grow(count, omniwitness)
        assert parse_checkpoint(note.text).size == size
        assert abs((cosigned_at(note, omniwitness.key, holds) or 0) - time.time()) < 60


def test_another_witness_refuses_a_ledger_that_was_wound_back(omniwitness, grow, office, tmp_path: Path):
    grow(3, omniwitness)
    shutil.copytree(office.ledger.root, tmp_path / "older")
    (end,) = office.store.rows("select * from ledger")
    grow(5, omniwitness)
    shutil.rmtree(office.ledger.root)
    shutil.copytree(tmp_path / "older", office.ledger.root)
    older = parse_note(office.ledger.checkpoint())
    bare = Note(older.text, older.signatures[:1])
    office.ledger.publish_checkpoint(str(bare))
    office.store.rows("delete from records where seq >= 5 returning seq")
    office.store.rows("update ledger set size = %s, peaks = %s returning size", end["size"], end["peaks"])
    witnesses = Witnesses([Witness(omniwitness.key, omniwitness.url)], 1)
    with pytest.raises(QuorumMissing, match="it answers 409: 10"):
        office.publisher(witnesses).publish()
    witnesses.close()
    assert parse_note(office.ledger.checkpoint()) == bare
