"""`evidence witness` as others meet it: over HTTP, with many at once, killed in the middle, and started again."""

import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey

from chassis.testing.fixtures import passing_folder
from evidence.adapters.signatures import holds
from evidence.adapters.witnesses import Witness
from evidence.domain.notes import Checkpoint, Verifier, parse_checkpoint, parse_note, signed
from evidence.domain.tree import consistency_proof, fold, leaf_hash
from evidence.domain.witnessing import Growth, cosigned_at

COMMAND = str(Path(sys.executable).parent / "evidence")
HASHES = [leaf_hash(b"%d" % n) for n in range(400)]


@dataclass
class Ledger:
    """A ledger of four hundred records in memory, which can show each of its sizes; and another tree as well."""

    name: str = "qizheng.example/ledger"

    def __post_init__(self) -> None:
        self.secret = SigningKey(sha256(self.name.encode()).digest())
        self.key = Verifier(self.name, bytes(self.secret.verify_key))

    def note(self, size: int, root: bytes | None = None, by: SigningKey | None = None) -> bytes:
        stated = Checkpoint(self.name, size, root or fold(HASHES[:size]))
        return str(signed(stated.text, self.key, lambda said: (by or self.secret).sign(said).signature)).encode()

    def growth(self, old: int, new: int) -> bytes:
        return bytes(Growth(old, consistency_proof(old, new, node), self.note(new)))


def node(level: int, index: int) -> bytes:
    return fold(HASHES[index << level : (index + 1) << level])


def asks(witness: Witness, body: bytes) -> tuple[int, str, str]:
    """Status, content type and text of the answer to an add-checkpoint."""
    return fetched(urllib.request.Request(f"{witness.url}/add-checkpoint", body))


def keeps(witness: Witness, ledger: Ledger) -> tuple[int, str, str]:
    return fetched(urllib.request.Request(f"{witness.url}/{sha256(ledger.name.encode()).hexdigest()}/checkpoint"))


def fetched(request: urllib.request.Request) -> tuple[int, str, str]:
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers["content-type"], answer.read().decode()
    except urllib.error.HTTPError as no:
        return no.code, no.headers["content-type"], no.read().decode()


def size_in(text: str) -> int:
    return parse_checkpoint(parse_note(text.encode()).text).size


ours, theirs = Ledger(), Ledger("other.example/ledger")
TEXT, SIZE = "text/plain; charset=utf-8", "text/x.tlog.size"


def test_each_answer_is_the_one_of_the_specification(run_witness: Any):
    stranger = SigningKey(b"\x09" * 32)
    with passing_folder("qizheng-witness-") as folder, run_witness(folder, str(ours.key), str(theirs.key)) as (one, _):
        assert keeps(one, ours)[:2] == (404, TEXT)
        status, media, line = asks(one, ours.growth(0, 7))
        assert (status, media) == (200, TEXT)
        assert cosigned_at(parse_note(ours.note(7) + line.encode()), one.key, holds)

        no: list[tuple[bytes, int, str]] = [
            (b"hello", 400, TEXT),
            (bytes(Growth(9, (), ours.note(8))), 400, TEXT),
            (b"old " + b"9" * 5_000 + b"\n\n" + ours.note(8), 400, TEXT),
            (bytes(Growth(7, (), ours.note(8, by=stranger))), 403, TEXT),
            (Ledger("unknown.example/ledger").growth(0, 3), 404, TEXT),
            (ours.growth(0, 9), 409, SIZE),
            (ours.growth(5, 6), 409, SIZE),
            (bytes(Growth(7, (), ours.note(7, bytes(32)))), 409, TEXT),
            (bytes(Growth(7, (bytes(32),), ours.note(9))), 422, TEXT),
            (b"x" * 100_000, 413, TEXT),
        ]
        for body, status, media in no:
            assert asks(one, body)[:2] == (status, media), body[:60]
        assert asks(one, ours.growth(0, 9))[2] == "7\n"

        assert asks(one, theirs.growth(0, 300))[0] == 200, "one ledger's size is nothing to another"
        assert asks(one, ours.growth(7, 9))[0] == 200
        status, media, kept = keeps(one, ours)
        assert (status, media, size_in(kept)) == (200, TEXT, 9)
        note = parse_note(kept.encode())
        assert note.signed_by(ours.key, holds)
        assert cosigned_at(note, one.key, holds)


def test_of_many_requests_at_once_one_is_signed_and_the_others_told_its_size(run_witness: Any):
    with passing_folder("qizheng-witness-") as folder, run_witness(folder, str(ours.key)) as (one, _):
        asks(one, ours.growth(0, 7))
        bodies = [ours.growth(7, new) for new in range(8, 40)]
        with ThreadPoolExecutor(len(bodies)) as pool:
            answers = list(pool.map(lambda body: asks(one, body), bodies))
        (won,) = [new for new, (status, *_) in enumerate(answers, 8) if status == 200]
        assert {answer[2] for answer in answers if answer[0] == 409} == {f"{won}\n"}
        assert len([answer for answer in answers if answer[0] == 409]) == len(bodies) - 1


def test_a_witness_that_is_killed_at_work_never_goes_back(run_witness: Any):
    signed_for: list[int] = []
    with passing_folder("qizheng-witness-") as folder:
        for _ in range(3):
            with run_witness(folder, str(ours.key)) as (one, server):
                status, _, kept = keeps(one, ours)
                known = size_in(kept) if status == 200 else 0
                assert known >= max(signed_for, default=0), "what was signed was kept before"
                enough = threading.Event()
                at_work = threading.Thread(target=grow, args=(one, known, signed_for, enough))
                at_work.start()
                assert enough.wait(30)
                server.kill()
                at_work.join()
        with run_witness(folder, str(ours.key)) as (one, _):
            known = size_in(keeps(one, ours)[2])
            assert known >= max(signed_for)
            assert asks(one, ours.growth(known, known))[0] == 200, "whoever got no answer asks again, and gets one"
    assert signed_for == sorted(set(signed_for))


def grow(witness: Witness, old: int, signed_for: list[int], enough: threading.Event) -> None:
    """Asks for one size after the other until nobody answers any more."""
    for new in range(old + 1, len(HASHES)):
        try:
            if asks(witness, ours.growth(new - 1, new))[0] != 200:
                return
        except OSError:
            return
        signed_for.append(new)
        if new == old + 20:
            enough.set()


def starts(folder: Path, *words: str) -> tuple[int, str]:
    ran = subprocess.run(
        [COMMAND, "witness", *words, "--folder", str(folder)], capture_output=True, text=True, timeout=60
    )
    return ran.returncode, ran.stderr


def test_a_witness_is_one_process_with_one_name(run_witness: Callable[..., Any]):
    with passing_folder("qizheng-witness-") as folder, run_witness(folder, str(ours.key)):
        status, said = starts(folder, str(ours.key), "--name", "union.example/witness")
        assert (status, said.count("\n")) == (2, 1)
        assert f"another witness is at work in {folder}" in said
        status, said = starts(folder, str(ours.key), "--name", "board.example/witness")
        assert (status, said.count("\n")) == (2, 1)
        assert "a key never changes its name" in said
        again = Verifier(ours.name, theirs.key.public)
        status, said = starts(folder, str(ours.key), str(again), "--name", "union.example/witness")
        assert (status, "two keys of one ledger" in said) == (2, True)
