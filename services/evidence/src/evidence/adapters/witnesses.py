"""Those who are asked to cosign each checkpoint of the ledger: side by side, and never waited for long."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace

import httpx2
import structlog
from prometheus_client import Gauge

from evidence.adapters.signatures import holds
from evidence.domain.notes import NotANote, Note, Signature, Verifier, parse_checkpoint, parse_note
from evidence.domain.witnessing import Growth, cosigned_at

log = structlog.get_logger()
cosignatures = Gauge("ledger_cosignatures", "Witnesses who have cosigned the published checkpoint")

PATIENCE = 0.5  # seconds that a checkpoint waits for its witnesses, unless a quorum is missing
ANSWER_WITHIN = 5.0  # seconds
LONGEST_REST = 60.0  # seconds before a witness that was away is asked again
CONFLICTS = 2  # how often a witness may say that it knows another size, before it is left for this time
Prove = Callable[[int, int], tuple[bytes, ...]]
"""That the tree of the first size begins the tree of the second (RFC 6962 2.1.2). Raises NotInTree."""


class WitnessAway(Exception):
    """A witness gave no cosignature; the message says why."""


class QuorumMissing(Exception):
    """Too few witnesses have cosigned, and the old checkpoint stands until they have."""


@dataclass
class Witness:
    """One witness, by its key and address, and what we know of it: how far it has seen us, and since when it is away."""

    key: Verifier
    url: str
    size: int = 0
    failures: int = 0
    asked_again_at: float = 0.0

    def cosign(self, http: httpx2.Client, note: Note, prove: Prove) -> Signature:
        """Its line under the note. Raises WitnessAway."""
        size = parse_checkpoint(note.text).size
        answer = self._add(http, note, prove, size)
        for _ in range(CONFLICTS):
            if answer.status_code != 409 or not answer.text.strip().isdecimal():
                break
            self.size = int(answer.text)
            answer = self._add(http, note, prove, size)
        if answer.status_code != 200:
            raise WitnessAway(f"it answers {answer.status_code}: {answer.text[:200].strip()}")
        self.size = size
        return self._line_in(answer.text, note)

    def _add(self, http: httpx2.Client, note: Note, prove: Prove, size: int) -> httpx2.Response:
        old = min(self.size, size)
        asked = Growth(old, prove(old, size), str(note).encode())
        return http.post(f"{self.url}/add-checkpoint", content=bytes(asked))

    def _line_in(self, text: str, note: Note) -> Signature:
        """The line that holds among those it gave; others are none of ours to believe (tlog-witness)."""
        try:
            lines = parse_note(f"{note.text}\n{text}".encode()).signatures
        except NotANote as fault:
            raise WitnessAway(f"its answer is no signature: {fault}") from fault
        for line in lines:
            if cosigned_at(replace(note, signatures=(line,)), self.key, holds) is not None:
                return line
        raise WitnessAway("no signature that it gave holds under its key")


@dataclass
class Witnesses:
    """All of them. Without a `quorum` whoever is away or slow is left out; until there is one, it is waited for."""

    known: Sequence[Witness] = ()
    quorum: int = 0
    _threads: ThreadPoolExecutor = field(init=False)
    _http: httpx2.Client = field(init=False)
    _busy: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        self._threads = ThreadPoolExecutor(max(1, len(self.known)), thread_name_prefix="witnesses")
        self._http = httpx2.Client(timeout=ANSWER_WITHIN)

    def cosign(self, note: Note, prove: Prove) -> Note:
        """The note with what witnesses have signed below it, those lines too that stood there. Raises QuorumMissing."""
        asked = [each for each in self.known if not self._has(note, each) and self._may_be_asked(each)]
        self._busy |= {each.key.name for each in asked}
        futures = [self._threads.submit(self._ask, each, note, prove) for each in asked]
        signed = self._under(note, futures, PATIENCE)
        if self._count(signed) < self.quorum:
            signed = self._under(note, futures, ANSWER_WITHIN)
        if (count := self._count(signed)) < self.quorum:
            missing = ", ".join(each.key.name for each in self.known if not self._has(signed, each))
            raise QuorumMissing(f"{count} of {self.quorum} witnesses have cosigned; missing: {missing}")
        cosignatures.set(count)
        return signed

    def _under(self, note: Note, futures: Sequence[Future[Signature | None]], patience: float) -> Note:
        """The note with the lines that have come within so many seconds."""
        done, _ = wait(futures, patience)
        lines = [line for future in done if (line := future.result())]
        return replace(note, signatures=(*note.signatures, *sorted(lines, key=lambda line: line.name)))

    def _count(self, note: Note) -> int:
        return sum(self._has(note, each) for each in self.known)

    def misses(self, note: Note) -> bool:
        """Whether somebody who has not cosigned a note may be asked just now."""
        return any(not self._has(note, each) and self._may_be_asked(each) for each in self.known)

    def _has(self, note: Note, witness: Witness) -> bool:
        return cosigned_at(note, witness.key, holds) is not None

    def _may_be_asked(self, witness: Witness) -> bool:
        return witness.key.name not in self._busy and time.monotonic() >= witness.asked_again_at

    def _ask(self, witness: Witness, note: Note, prove: Prove) -> Signature | None:
        try:
            line = witness.cosign(self._http, note, prove)
        except Exception as fault:  # noqa: BLE001  # whatever a stranger answers with, the ledger goes on
            witness.failures += 1
            rest = min(LONGEST_REST, 0.25 * 2 ** min(witness.failures, 16))
            witness.asked_again_at = time.monotonic() + rest
            log.warning("witness-away", witness=witness.key.name, why=f"{type(fault).__name__}: {fault}", rest=rest)
            return None
        finally:
            self._busy.discard(witness.key.name)
        witness.failures, witness.asked_again_at = 0, 0.0
        return line

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._http.close()
