"""Checkpoints under the eyes of others: a real witness beside us, and some that lie, sleep or are not there."""

import json
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from nacl.signing import SigningKey
from prometheus_client import REGISTRY

from chassis.testing.fixtures import passing_folder
from chassis.testing.processes import LOCALHOST, free_port
from evidence.adapters import offline_verifier
from evidence.adapters.files import TileFolder, write_whole
from evidence.adapters.publisher import Publisher
from evidence.adapters.signatures import holds, ledger_key
from evidence.adapters.witness_book import WitnessBook, witness_key
from evidence.adapters.witnesses import PATIENCE, QuorumMissing, Witness, Witnesses
from evidence.cli.witnessing import look_at_witnesses
from evidence.domain.inspecting import stated_in
from evidence.domain.notes import WITNESS, Checkpoint, Verifier, parse_checkpoint, parse_note, signed
from evidence.domain.published import Forked
from evidence.domain.tiles import nodes_in
from evidence.domain.tree import Frontier, consistency_proof, leaf_hash
from evidence.domain.verdicts import Verdict
from evidence.domain.witnessing import Growth, SeenOtherwise, SplitView, cosigned_at
from evidence.settings import Settings

pytestmark = pytest.mark.postgres
Answer = Callable[[bytes], tuple[int, bytes]]


@contextmanager
def answering(answer: Answer, kept: bytes = b"") -> Iterator[str]:
    """The address of somebody who says that they are a witness, and that they keep this checkpoint."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.say(*answer(self.rfile.read(int(self.headers["content-length"]))))

        def do_GET(self) -> None:
            self.say(200 if kept else 404, kept)

        def say(self, status: int, body: bytes) -> None:
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
def witness(ours: Verifier, run_witness) -> Iterator[Witness]:
    with passing_folder("qizheng-witness-") as folder, run_witness(folder, str(ours)) as (running, _):
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


@pytest.fixture
def slow(ours: Verifier, tmp_path: Path) -> Iterator[Witness]:
    """A witness that takes longer than a checkpoint waits."""
    key, book = book_of(ours, tmp_path / "slow", "slow.example/witness")

    def slowly(body: bytes) -> tuple[int, bytes]:
        time.sleep(PATIENCE + 0.3)
        return 200, book.cosign(body).encode()

    with answering(slowly) as url:
        yield Witness(key, url)


def soon(what: Callable[[], object], within: float = 20.0) -> None:
    until = time.monotonic() + within
    while not what():
        assert time.monotonic() < until
        time.sleep(0.05)


def published(publisher: Publisher) -> bool:
    """Whether it could publish now."""
    try:
        publisher.publish()
    except QuorumMissing:
        return False
    return True


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
    soon(lambda: published(publisher) and cosigners(office, gone))
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


def test_until_there_is_a_quorum_a_slow_witness_is_waited_for(office, speak, slow, publish):
    speak(3)
    publish(slow, quorum=1)
    assert cosigners(office, slow) == [slow.key.name]


def test_a_slow_witness_stands_under_the_checkpoint_as_soon_as_it_has_answered(office, speak, slow, publish):
    speak(3)
    began = time.monotonic()
    publisher = publish(slow)
    assert time.monotonic() - began < PATIENCE + 0.4, "a checkpoint waits for nobody longer than that"
    assert cosigners(office, slow) == []
    time.sleep(0.8)
    publisher.publish()
    assert cosigners(office, slow) == [slow.key.name]


def test_a_quorum_that_is_met_waits_for_nobody_else(office, speak, ours, slow, publish):
    asleep = threading.Event()
    speak(3)
    with answering(lambda _: (500, b"late") if asleep.wait(20) else (500, b"")) as url:
        began = time.monotonic()
        publish(slow, Witness(Verifier("deaf.example/witness", ours.public, WITNESS), url), quorum=1)
        took = time.monotonic() - began
        asleep.set()
    assert cosigners(office, slow) == [slow.key.name]
    assert took < 3


def test_witnesses_that_are_there_in_turn_make_a_quorum_too(office, speak, ours, neighbour, publish, tmp_path):
    """What one has cosigned is kept until the other is back, and it is not asked a second time."""
    asked: list[int] = []
    key, book = book_of(ours, tmp_path / "once", "once.example/witness")

    def once(body: bytes) -> tuple[int, bytes]:
        asked.append(1)
        return (200, book.cosign(body).encode()) if len(asked) == 1 else (503, b"gone home")

    back = Witness(neighbour.key, f"http://{LOCALHOST}:{free_port()}")
    speak(3)
    with answering(once) as url:
        publisher = office.publisher(Witnesses([Witness(key, url), back], 2))
        with pytest.raises(QuorumMissing, match=r"1 of 2 .*: neighbour\.example/witness \(ConnectError"):
            publisher.publish()
        assert office.ledger.checkpoint() is None
        back.url = neighbour.url
        soon(lambda: published(publisher))
    publish(quorum=0)  # Whoever starts again keeps what they signed.
    assert len(cosigners(office, Witness(key, url), back)) == 2
    assert asked == [1]


@pytest.mark.parametrize("quorum", [0, 1])
def test_a_ledger_that_was_wound_back_below_a_witnessed_size_publishes_nothing(
    office, speak, witness, publish, tmp_path, quorum: int
):
    """The attacker has database, files and the ledger's key; what they do not have is the witness's book."""
    speak(3)
    publish(witness)
    shutil.copytree(office.ledger.root, tmp_path / "older")
    (end,) = office.store.rows("select * from ledger")
    speak(5)
    publish(witness)
    assert size(office) == 10
    shutil.rmtree(office.ledger.root)
    shutil.copytree(tmp_path / "older", office.ledger.root)
    office.store.rows("delete from records where seq >= 5 returning seq")
    office.store.rows("update ledger set size = %s, peaks = %s returning size", end["size"], end["peaks"])
    restored = Witness(witness.key, witness.url)
    with pytest.raises(Forked, match=r"union.example/witness holds a checkpoint of 10 records .* it has 5"):
        publish(restored, quorum=quorum)
    assert size(office) == 5


def test_a_ledger_that_goes_on_otherwise_behind_what_was_witnessed_publishes_nothing(
    office, speak, desk, witness, publish, tmp_path
):
    speak(3)
    publish(witness)
    shutil.copytree(office.ledger.root, tmp_path / "older")
    before = office.store.rows("select * from ledger")[0]
    speak(5)
    publish(witness)
    shutil.rmtree(office.ledger.root)
    shutil.copytree(tmp_path / "older", office.ledger.root)
    other = [leaf_hash(b"another story %d" % n) for n in range(9)]
    grown, _ = Frontier(before["size"], tuple(before["peaks"])).grown(other)
    office.store.rows("delete from records where seq >= 5 returning seq")
    for n, each in enumerate(other):
        office.store.rows(
            "insert into records (seq, leaf, leaf_hash, flags) values (%s, %s, %s, '{}') returning seq",
            5 + n,
            b"x",
            each,
        )
    office.store.rows("update ledger set size = %s, peaks = %s returning size", grown.size, list(grown.peaks))
    with pytest.raises(Forked, match="holds a checkpoint of 10 records"):
        publish(Witness(witness.key, witness.url))
    assert size(office) == 5
    shutil.rmtree(office.ledger.root)


@pytest.mark.parametrize("shows", ["nothing", "nonsense", "a forgery", "another ledger's"])
def test_a_witness_that_only_says_that_it_has_seen_more_is_not_believed(office, speak, ours, publish, shows: str):
    """What it could not forge is the ledger's own signature; its word alone stops nobody."""
    stranger = SigningKey(b"\x09" * 32)
    others = Verifier("other.example/ledger", bytes(stranger.verify_key))
    more = Checkpoint(ours.name, 1_000, bytes(32)).text
    kept = {
        "nothing": "",
        "nonsense": "seen it all\n",
        "a forgery": str(signed(more, ours, lambda said: stranger.sign(said).signature)),
        "another ledger's": str(signed(more, others, lambda said: stranger.sign(said).signature)),
    }
    speak(3)
    with answering(lambda _: (409, b"1000\n"), kept[shows].encode()) as url:
        liar = Witness(Verifier("liar.example/witness", ours.public, WITNESS), url)
        publish(liar)
        soon(lambda: "409" in liar.why)
    assert size(office) == 5


def test_an_answer_without_an_end_is_not_read_to_it(office, speak, ours, publish):
    speak(3)
    with answering(lambda _: (200, b"x" * 10_000_000)) as url:
        liar = Witness(Verifier("liar.example/witness", ours.public, WITNESS), url)
        publish(liar)
        soon(lambda: "more than" in liar.why)
    assert cosigners(office, liar) == []


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


@pytest.mark.parametrize("wrote", [False, True])
def test_a_witness_that_died_before_it_answered_signs_when_it_is_asked_again(
    office, speak, book, monkeypatch, wrote: bool
):
    first, second, _ = notes_of(office, speak)
    book.cosign(growth(office, 0, first))

    def power_cut(pages: dict[Path, bytes]) -> None:
        if wrote:
            write_whole(pages)
        raise InterruptedError

    with monkeypatch.context() as patched:
        patched.setattr("evidence.adapters.witness_book.write_whole", power_cut)
        with pytest.raises(InterruptedError):
            book.cosign(growth(office, 5, second))
    if wrote:
        with pytest.raises(SeenOtherwise) as told:
            book.cosign(growth(office, 5, second))
        assert told.value.size == 8
    assert book.cosign(growth(office, 8 if wrote else 5, second)).startswith("\u2014 auditor.example/witness ")


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


@pytest.mark.kafka
@pytest.mark.timeout(120)
async def test_a_service_that_starts_without_its_quorum_seals_and_says_who_is_missing(town, monkeypatch, tmp_path):
    at_home = threading.Event()
    ledger = ledger_key("qizheng.local/ledger", town.folder / "keys")[0]
    key, book = book_of(ledger, tmp_path / "book", "union.example/witness")

    def answer(body: bytes) -> tuple[int, bytes]:
        return (200, book.cosign(body).encode()) if at_home.is_set() else (503, b"at lunch")

    with answering(answer) as url:
        monkeypatch.setenv("QIZHENG_WITNESSES", json.dumps([{"vkey": str(key), "url": url}]))
        monkeypatch.setenv("QIZHENG_WITNESS_QUORUM", "1")
        folder = TileFolder(town.folder / "ledger")
        async with town.evidence() as running:
            await town.say(town.desk.event("0190a1b2-0000-4000-8000-0000000000e1"))
            await town.sealed_to_the_end(running)
            await town.until(
                lambda: "0 of 1 witnesses have cosigned; missing: union.example/witness" in (running.missing() or "")
            )
            assert "503: at lunch" in (running.missing() or "")
            assert folder.checkpoint() is None

            at_home.set()
            await town.until(lambda: folder.checkpoint() is not None)
            await town.until(lambda: running.missing() is None)
            note = parse_note(folder.checkpoint() or b"")
            assert cosigned_at(note, key, holds) == 1_772_438_400
            assert REGISTRY.get_sample_value("ledger_cosignatures") == 1


@pytest.mark.parametrize(
    ("witnesses", "quorum", "why"),
    [
        ([], 1, "a quorum of 1 among 0 witnesses is never met"),
        (["union.example/w", "union.example/w"], 1, "a witness is named twice"),
        (["union.example/w", "board.example/w"], 1, "a witness is named twice"),
    ],
)
def test_a_quorum_that_means_nothing_is_refused(witnesses: list[str], quorum: int, why: str):
    public = bytes(SigningKey(b"\x02" * 32).verify_key)
    said = [{"vkey": str(Verifier(name, public, WITNESS)), "url": "http://127.0.0.1:1"} for name in witnesses]
    with pytest.raises(ValueError, match=why):
        Settings.model_validate({"witnesses": said, "witness_quorum": quorum})


def test_verify_holds_witnesses_and_tree_against_one_and_the_same_checkpoint(office, speak, neighbour, publish):
    """A place that shows one checkpoint for the tree and another for the witnesses is not believed."""
    speak(3)
    publish(neighbour)
    cosigned = office.ledger.checkpoint()
    bare = parse_note(cosigned)
    shown = iter([str(replace(bare, signatures=bare.signatures[:1])).encode()])

    class TwoFaced(TileFolder):
        def checkpoint(self) -> bytes | None:
            return next(shown, cosigned)

    verdict = Verdict()
    stated_in(TwoFaced(office.ledger.root), verdict, holds)
    look_at_witnesses(verdict, holds, [neighbour.key])
    assert [finding.detail for finding in verdict.findings] == ["neighbour.example/witness did not cosign it"]
