"""Those who are asked to cosign each checkpoint of the ledger: side by side, and never waited for long."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from threading import Condition, Thread

import httpx2
import structlog
from prometheus_client import Gauge

from evidence.adapters.signatures import holds
from evidence.domain.notes import (
    Checkpoint,
    NotANote,
    Note,
    Signature,
    Verifier,
    parse_checkpoint,
    parse_note,
    parse_size,
)
from evidence.domain.published import Forked
from evidence.domain.tree import Node, consistency_proof
from evidence.domain.witnessing import Growth, cosigned_at, of_tree

log = structlog.get_logger()
cosignatures = Gauge("ledger_cosignatures", "Witnesses who have cosigned the published checkpoint")

PATIENCE = 0.5  # seconds that a checkpoint waits for its witnesses, unless a quorum is missing
ANSWER_WITHIN = 5.0  # seconds
LARGEST_ANSWER = 64 * 1024  # bytes
LONGEST_REST = 60.0  # seconds before a witness that was away is asked again
TRIES = 3  # how often one is asked in a row, where it says that it knows another size


class WitnessAway(Exception):
    """A witness gave no cosignature; the message says why."""


class QuorumMissing(Exception):
    """Too few witnesses have cosigned, and the old checkpoint stands until they have."""


@dataclass
class Witness:
    """One witness, by its key and address, and what we know of it."""

    key: Verifier
    url: str
    size: int = 0
    """How far it has seen us."""
    met: bool = False
    """Whether it has cosigned since we started. It may have seen more than was restored, so each is asked once."""
    kept: Checkpoint | None = None
    """What it keeps of this ledger, signed by the ledger's own key, as it showed when it refused another."""
    failures: int = 0
    asked_again_at: float = 0.0
    why: str = "no answer yet"
    """Why it has not cosigned."""

    def cosign(self, http: httpx2.Client, note: Note, ledger: Verifier, node: Node) -> Signature:
        """Its line under the note. Raises WitnessAway."""
        size = parse_checkpoint(note.text).size
        status, said = 0, ""
        for _ in range(TRIES):
            old = min(self.size, size)
            asked = Growth(old, consistency_proof(old, size, node), str(note).encode())
            status, said = _exchange(http, "POST", f"{self.url}/add-checkpoint", bytes(asked))
            if status == 200:
                self.size = size
                return self._line_in(said, note)
            knows = parse_size(said.strip()) if status == 409 else None
            if knows is None or knows == old:
                break
            self.size = knows
            if knows > size:
                break
        if status in (409, 422):
            self._ask_what_it_keeps(http, ledger)
        raise WitnessAway(f"it answers {status}: {said[:200].strip()}")

    def _line_in(self, said: str, note: Note) -> Signature:
        """The line that holds among those it gave; others are none of ours to believe (tlog-witness)."""
        try:
            lines = parse_note(f"{note.text}\n{said}".encode()).signatures
        except NotANote as fault:
            raise WitnessAway(f"its answer is no signature: {fault}") from fault
        if line := line_of(replace(note, signatures=lines), self.key):
            return line
        raise WitnessAway("no signature that it gave holds under its key")

    def _ask_what_it_keeps(self, http: httpx2.Client, ledger: Verifier) -> None:
        """Its word alone stops nobody: what counts is a checkpoint that the ledger itself has signed."""
        status, said = _exchange(http, "GET", f"{self.url}/{sha256(ledger.name.encode()).hexdigest()}/checkpoint")
        try:
            note = parse_note(said.encode())
            stated = parse_checkpoint(note.text)
        except NotANote:
            return
        if status == 200 and stated.origin == ledger.name and note.signed_by(ledger, holds):
            self.kept = stated


@dataclass
class Witnesses:
    """All of them. Without a `quorum` whoever is away or slow is left out; until there is one, it is waited for."""

    known: Sequence[Witness] = ()
    quorum: int = 0
    _http: httpx2.Client = field(init=False)
    # Whoever asks and those who wait for an answer share what follows, and touch it only in `_turn`.
    _turn: Condition = field(default_factory=Condition)
    _busy: set[Verifier] = field(default_factory=set[Verifier])
    _text: str = ""
    _lines: dict[Verifier, Signature] = field(default_factory=dict[Verifier, Signature])
    """Who has cosigned `_text`. Lines below a quorum, or that came late, are kept until there is another checkpoint."""

    def __post_init__(self) -> None:
        self._http = httpx2.Client(timeout=ANSWER_WITHIN)

    def cosign(self, note: Note, ledger: Verifier, node: Node) -> Note:
        """The note with what witnesses have signed below it, those lines too that stood there.

        `node` gives the tree of the note. Raises Forked where a witness keeps, signed by the ledger, what is not of this
        tree, and QuorumMissing.
        """
        with self._turn:
            self._turn_to(note)
            self._hold_against(note, node)
            asked = {each.key for each in self.known if self._may_be_asked(each)}
            for each in self.known:
                if each.key in asked:
                    self._busy.add(each.key)
                    Thread(target=self._ask, args=(each, note, ledger, node), daemon=True).start()
            self._turn.wait_for(lambda: not asked & self._busy, PATIENCE)
            self._turn.wait_for(lambda: len(self._lines) >= self.quorum or not asked & self._busy, ANSWER_WITHIN)
            self._hold_against(note, node)
            if len(self._lines) < self.quorum:
                missing = ", ".join(f"{each.key.name} ({each.why})" for each in self.known if not self._has(each))
                raise QuorumMissing(f"{len(self._lines)} of {self.quorum} witnesses have cosigned; missing: {missing}")
            cosignatures.set(len(self._lines))
            fresh = sorted(set(self._lines.values()) - set(note.signatures), key=lambda line: line.name)
            return replace(note, signatures=(*note.signatures, *fresh))

    def _turn_to(self, note: Note) -> None:
        if note.text != self._text:
            self._text, self._lines = note.text, {}
        for each in self.known:
            if not self._has(each) and (line := line_of(note, each.key)):
                self._lines[each.key] = line

    def _hold_against(self, note: Note, node: Node) -> None:
        """Raises Forked, now and each time until the tree is one that continues what a witness has shown."""
        size = parse_checkpoint(note.text).size
        for each in self.known:
            if each.kept and not of_tree(each.kept, size, node):
                raise Forked(
                    f"{each.key.name} holds a checkpoint of {each.kept.size} records that this ledger signed, "
                    f"and it is not of this tree: it has {size}"
                )

    def _has(self, witness: Witness) -> bool:
        return witness.key in self._lines

    def _may_be_asked(self, witness: Witness) -> bool:
        wanted = not self._has(witness) or not witness.met
        return wanted and witness.key not in self._busy and time.monotonic() >= witness.asked_again_at

    def _ask(self, witness: Witness, note: Note, ledger: Verifier, node: Node) -> None:
        line = None
        try:
            line = witness.cosign(self._http, note, ledger, node)
            witness.met, witness.failures, witness.why = True, 0, "no answer yet"
        except Exception as fault:  # noqa: BLE001  # whatever a stranger answers with, the ledger goes on
            witness.failures += 1
            rest = min(LONGEST_REST, 0.25 * 2 ** min(witness.failures, 16))
            witness.asked_again_at = time.monotonic() + rest
            witness.why = f"{type(fault).__name__}: {fault}"
            log.warning("witness-away", witness=witness.key.name, why=witness.why, rest=rest)
        with self._turn:
            self._busy.discard(witness.key)
            if line and note.text == self._text:
                self._lines.setdefault(witness.key, line)
            self._turn.notify_all()

    def close(self) -> None:
        self._http.close()


def line_of(note: Note, witness: Verifier) -> Signature | None:
    """The line by which a witness has cosigned a note."""
    for line in note.signatures:
        if cosigned_at(replace(note, signatures=(line,)), witness, holds) is not None:
            return line
    return None


def _exchange(http: httpx2.Client, method: str, url: str, body: bytes | None = None) -> tuple[int, str]:
    """Status and text of an answer. Raises WitnessAway for one that is too long, or does not come to its end."""
    until, said = time.monotonic() + ANSWER_WITHIN, b""
    with http.stream(method, url, content=body) as answer:
        for part in answer.iter_raw():
            said += part
            if len(said) > LARGEST_ANSWER:
                raise WitnessAway(f"its answer has more than {LARGEST_ANSWER} bytes")
            if time.monotonic() > until:
                raise WitnessAway(f"its answer took longer than {ANSWER_WITHIN:.0f} s")
    return answer.status_code, said.decode(errors="replace")
