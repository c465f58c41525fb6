"""Checkpoints under the eyes of others: a real witness beside us, and some that lie, sleep or are not there."""

import json
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from chassis.testing.fixtures import passing_folder
from chassis.testing.processes import LOCALHOST, answers, free_port, launch
from evidence.adapters import offline_verifier
from evidence.adapters.publisher import Publisher
from evidence.adapters.signatures import holds, ledger_key
from evidence.adapters.witness_book import WitnessBook, witness_key
from evidence.adapters.witnesses import QuorumMissing, Witness, Witnesses
from evidence.domain.notes import WITNESS, Verifier, parse_checkpoint, parse_note, parse_vkey, signed
from evidence.domain.tiles import nodes_in
from evidence.domain.tree import consistency_proof
from evidence.domain.witnessing import Growth, SeenOtherwise, SplitView, cosigned_at

pytestmark = pytest.mark.postgres
Answer = Callable[[bytes], tuple[int, bytes]]


@contextmanager
def running_witness(folder: Path, *ledgers: str, name: str = "union.example/witness") -> Iterator[Witness]:
    """`evidence witness` in a process of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [str(Path(sys.executable).parent / "evidence"), "witness", *ledgers, "--folder", str(folder)]
    server = launch(
        "witness", [*command, "--name", name, "--port", str(port)], folder, port, signal.SIGTERM, detached=False
    )
    try:
        until = time.monotonic() + 30
        while not answers(port):
            assert server.running, server.said()
            assert time.monotonic() < until
            time.sleep(0.05)
        with urllib.request.urlopen(f"http://{LOCALHOST}:{port}/vkey", timeout=5) as answer:
            yield Witness(parse_vkey(answer.read().decode(), WITNESS), f"http://{LOCALHOST}:{port}")
    finally:
        server.stop()


@contextmanager
def answering(answer: Answer) -> Iterator[str]:
    """The address of somebody who says that they are a witness."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = answer(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer((LOCALHOST, 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{LOCALHOST}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def ours(office, tmp_path: Path) -> Verifier:
    """The key of the ledger that an office publishes."""
    return ledger_key("qizheng.example/ledger", tmp_path / "keys")[0]


@pytest.fixture
def witness(ours: Verifier) -> Iterator[Witness]:
    with passing_folder("qizheng-witness-") as folder, running_witness(folder, str(ours)) as running:
        yield running


@pytest.fixture
def book(ours: Verifier, tmp_path: Path) -> WitnessBook:
    return book_of(ours, tmp_path / "book", "auditor.example/witness")[1]


@pytest.fixture
def neighbour(ours: Verifier, tmp_path: Path) -> Iterator[Witness]:
    """A witness in this process."""
    key, book = book_of(ours, tmp_path / "neighbour", "neighbour.example/witness")
    with answering(lambda body: (200, book.cosign(body).encode())) as url:
        yield Witness(key, url)


def book_of(ledger: Verifier, folder: Path, name: str) -> tuple[Verifier, WitnessBook]:
    key, sign = witness_key(folder, name)
    return key, WitnessBook(folder, key, sign, {ledger.name: ledger}, lambda: 1_772_438_400)


@pytest.fixture
def publish(office) -> Iterator[Callable[..., Publisher]]:
    """Publishes what is sealed, before these witnesses."""
    opened: list[Witnesses] = []

    def publish(*known: Witness, quorum: int = 0) -> Publisher:
        opened.append(Witnesses(known, quorum))
        made = office.publisher(opened[-1])
        made.publish()
        return made

    yield publish
    for witnesses in opened:
        witnesses.close()


@pytest.fixture
def speak(office, desk) -> Callable[[int], None]:
    """Seals so many more records."""
    sequencer = office.sequencer()
    spoken = iter(range(1, 10_000))

    def speak(count: int) -> None:
        sequencer.positions()
        if not office.store.rows("select 1 from records limit 1"):
            sequencer.seal(desk.opening())
        sequencer.seal([desk.hears(desk.event(version=next(spoken))) for _ in range(count)])

    return speak


def cosigners(office, *known: Witness) -> list[str]:
    note = parse_note(office.ledger.checkpoint())
    return [each.key.name for each in known if cosigned_at(note, each.key, holds) is not None]


def size(office) -> int:
    return parse_checkpoint(parse_note(office.ledger.checkpoint()).text).size


def test_a_checkpoint_is_published_with_what_its_witnesses_signed(office, speak, witness, publish):
    speak(300)
    publisher = publish(witness)
    assert (size(office), cosigners(office, witness)) == (302, [witness.key.name])
    speak(5)
    publisher.publish()
    assert (size(office), cosigners(office, witness)) == (307, [witness.key.name])


def test_a_stranger_with_the_offline_verifier_sees_who_watched(office, speak, witness, publish):
    speak(3)
    publish(witness)
    command = [sys.executable, "-I", str(offline_verifier.__file__), str(office.ledger.root), "--jobs", "1"]
    ran = subprocess.run([*command, "--witness", str(witness.key)], capture_output=True, text=True)
    assert "witnesses   holds: union.example/witness saw it at " in ran.stdout


def test_verify_says_who_watched_and_who_did_not(office, speak, neighbour, publish, ours):
    speak(3)
    publish(neighbour)
    other = Verifier("gone.example/witness", ours.public, WITNESS)

    def verified(*words: str) -> tuple[int, str]:
        command = [str(Path(sys.executable).parent / "evidence"), "verify", "--ledger", str(office.ledger.root)]
        ran = subprocess.run([*command, "--jobs", "1", "--json", *words], capture_output=True, text=True)
        return ran.returncode, json.loads(ran.stdout)["layers"]["witnesses"]

    assert verified() == (0, "not checked: no witness's key was given")
    seen = "holds: neighbour.example/witness saw it at 2026-03-02T08:00:00Z"
    assert verified("--witness", str(neighbour.key)) == (0, seen)
    missing = "broken: witness: gone.example/witness did not cosign it"
    assert verified("--witness", str(neighbour.key), "--witness", str(other)) == (1, missing)


def test_a_ledger_that_starts_again_keeps_its_witness(office, speak, neighbour, publish):
    speak(10)
    publish(neighbour)
    before = office.ledger.checkpoint()
    publish(Witness(neighbour.key, neighbour.url))
    assert office.ledger.checkpoint() == before


def test_without_a_quorum_nobody_is_waited_for_who_is_away(office, speak, ours, publish):
    nobody = Witness(Verifier("gone.example/witness", ours.public, WITNESS), f"http://{LOCALHOST}:{free_port()}")
    speak(3)
    publish(nobody)
    assert (size(office), cosigners(office, nobody)) == (5, [])


def test_a_witness_that_comes_back_signs_what_stands(office, speak, neighbour, publish):
    gone = Witness(neighbour.key, f"http://{LOCALHOST}:{free_port()}")
    speak(3)
    publisher = publish(gone)
    assert cosigners(office, gone) == []
    gone.url = neighbour.url
    until = time.monotonic() + 20
    while cosigners(office, gone) == []:
        assert time.monotonic() < until
        publisher.publish()
        time.sleep(0.05)
    assert cosigners(office, gone) == [gone.key.name]


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: (200, b""),
        lambda _: (200, b"nonsense\n"),
        lambda _: (200, b"\xff\xfe"),
        lambda _: (200, "\u2014 liar.example/witness AAAAAAAAAAA=\n".encode()),
        lambda _: (500, b"it fell over"),
        lambda _: (409, b"999999999999999999999\n"),
        lambda _: (409, b"3\n"),
        lambda _: (301, b""),
    ],
)
def test_a_witness_that_answers_nonsense_is_left_out(office, speak, ours, publish, answer: Answer):
    speak(3)
    with answering(answer) as url:
        liar = Witness(Verifier("liar.example/witness", ours.public, WITNESS), url)
        publish(liar)
    assert (size(office), cosigners(office, liar)) == (5, [])


def test_the_signature_of_another_witness_is_not_taken_for_its_own(office, speak, ours, neighbour, publish, tmp_path):
    other, book = book_of(ours, tmp_path / "other", neighbour.key.name)
    speak(3)
    with answering(lambda body: (200, book.cosign(body).encode())) as url:
        publish(Witness(neighbour.key, url))
    assert cosigners(office, neighbour, Witness(other, url)) == []


def test_with_a_quorum_no_checkpoint_is_published_before_it_is_met(office, speak, ours, neighbour, publish):
    speak(3)
    nobody = Witness(Verifier("gone.example/witness", ours.public, WITNESS), f"http://{LOCALHOST}:{free_port()}")
    with pytest.raises(QuorumMissing, match=r"1 of 2 witnesses have cosigned; missing: gone\.example/witness"):
        publish(neighbour, nobody, quorum=2)
    assert office.ledger.checkpoint() is None
    publish(neighbour, quorum=1)
    assert size(office) == 5


def test_until_there_is_a_quorum_a_slow_witness_is_waited_for(office, speak, ours, publish, tmp_path):
    key, book = book_of(ours, tmp_path / "slow", "slow.example/witness")

    def slowly(body: bytes) -> tuple[int, bytes]:
        time.sleep(0.8)
        return 200, book.cosign(body).encode()

    speak(3)
    with answering(slowly) as url:
        slow = Witness(key, url)
        publish(slow, quorum=1)
        assert cosigners(office, slow) == [key.name]


def test_a_ledger_that_was_wound_back_below_a_witnessed_size_is_not_cosigned_again(
    office, speak, witness, publish, tmp_path
):
    """The attacker has database, files and the ledger's key; what they do not have is the witness's book."""
    speak(3)
    publish(witness)
    shutil.copytree(office.ledger.root, tmp_path / "older")
    speak(5)
    publish(witness)
    seen = size(office)
    shutil.rmtree(office.ledger.root)
    shutil.copytree(tmp_path / "older", office.ledger.root)
    office.store.rows("delete from records where seq >= 5 returning seq")
    older = office.ledger.checkpoint()
    assert (size(office), seen) == (5, 10)
    bare = parse_note(f"{parse_note(older).text}\n{parse_note(older).signatures[0]}".encode())
    rewound = Witnesses([Witness(witness.key, witness.url)], 1)
    with closing(rewound), pytest.raises(QuorumMissing):
        rewound.cosign(bare, lambda old, new: consistency_proof(old, new, nodes_in(office.ledger.tile, 5)))


def test_two_stories_of_one_size_are_a_split_view(office, speak, ours, witness, publish, tmp_path):
    speak(3)
    publish(witness)
    _, sign = ledger_key(ours.name, tmp_path / "keys")
    other = parse_note(office.ledger.checkpoint()).text.split("\n")
    other[2] = "A" * 43 + "="
    text = "\n".join(other)
    forged = str(signed(text, ours, sign))
    request = urllib.request.Request(f"{witness.url}/add-checkpoint", bytes(Growth(5, (), forged.encode())))
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=5)
    assert refused.value.code == 409
    assert "another tree" in refused.value.read().decode()


def test_a_request_that_is_too_large_is_not_read(witness):
    request = urllib.request.Request(f"{witness.url}/add-checkpoint", b"x" * 100_000)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=5)
    assert refused.value.code == 413


def notes_of(office, speak) -> tuple[bytes, bytes, bytes]:
    """Three checkpoints of one ledger: of 5, 8 and 10 records."""
    notes: list[bytes] = []
    for count in (3, 3, 2):
        speak(count)
        office.publisher().publish()
        notes.append(office.ledger.checkpoint())
    return notes[0], notes[1], notes[2]


def growth(office, old: int, note: bytes) -> bytes:
    new = parse_checkpoint(parse_note(note).text).size
    return bytes(Growth(old, consistency_proof(old, new, nodes_in(office.ledger.tile, new)), note))


def test_of_two_requests_at_once_one_is_told_what_the_other_has_moved_on_to(office, speak, book):
    first, second, third = notes_of(office, speak)
    book.cosign(growth(office, 0, first))

    def ask(note: bytes) -> object:
        try:
            return book.cosign(growth(office, 5, note))
        except SeenOtherwise as told:
            return told.size

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, [second, third] * 4))
    assert sum(isinstance(answer, str) for answer in answers) == 1
    assert {answer for answer in answers if isinstance(answer, int)} <= {8, 10}


def test_a_witness_that_died_before_it_answered_signs_when_it_is_asked_again(office, speak, book, monkeypatch):
    first, second, _ = notes_of(office, speak)
    book.cosign(growth(office, 0, first))
    with monkeypatch.context() as patched:
        patched.setattr("evidence.adapters.witness_book.cosigned", None)
        with pytest.raises(TypeError):
            book.cosign(growth(office, 5, second))
    with pytest.raises(SeenOtherwise) as told:
        book.cosign(growth(office, 5, second))
    assert told.value.size == 8
    assert book.cosign(growth(office, 8, second)).startswith("\u2014 auditor.example/witness ")


def test_a_book_that_cannot_be_read_signs_nothing(office, speak, book, tmp_path):
    first, second, _ = notes_of(office, speak)
    book.cosign(growth(office, 0, first))
    (kept,) = (tmp_path / "book").glob("*.checkpoint")
    kept.write_bytes(b"torn")
    with pytest.raises(ValueError, match="a note is"):
        book.cosign(growth(office, 0, second))


def test_two_witnesses_cannot_keep_one_book(book, ours, tmp_path):
    with pytest.raises(BlockingIOError):
        book_of(ours, tmp_path / "book", "auditor.example/witness")


def test_a_split_view_is_refused_by_the_book_too(office, speak, ours, book, tmp_path):
    first, *_ = notes_of(office, speak)
    book.cosign(growth(office, 0, first))
    _, sign = ledger_key(ours.name, tmp_path / "keys")
    lines = parse_note(first).text.split("\n")
    forged = str(signed("\n".join([*lines[:2], "A" * 43 + "=", ""]), ours, sign))
    with pytest.raises(SplitView):
        book.cosign(bytes(Growth(5, (), forged.encode())))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["not-a-key+"], "the witness cannot start: "),
        (["/no/such/file"], "the witness cannot start: "),
    ],
)
def test_a_witness_without_a_key_to_watch_says_so_in_a_sentence(tmp_path, words, said):
    command = [
        str(Path(sys.executable).parent / "evidence"),
        "witness",
        *words,
        "--folder",
        str(tmp_path),
        "--name",
        "w",
    ]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
    assert said in ran.stderr
