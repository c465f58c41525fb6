"""Dead letters: what was parked, shown, tried again or discarded by an operator; each use is itself a fact."""

from dataclasses import dataclass
from functools import partial
from typing import Any, LiteralString
from uuid import NAMESPACE_URL, uuid5

from chassis.keeping.committer import Committer
from chassis.keeping.inbox import Desk, Hearing
from chassis.keeping.work import Work, begun_by
from contracts import Refusal
from contracts.envelope import Fact
from contracts.operations import DeadLetterHandled


@dataclass(eq=False)
class NoSuchLetter(Refusal):
    """Nothing is parked under this number or key."""

    asked: str


@dataclass(eq=False)
class EarlierParked(Refusal):
    """An earlier version of this stream is parked too, and would be lost: handle that first."""

    letter: int


PARKED: LiteralString = (
    "select letter, sequence_key, kind, reason, topic || '/' || partition || '/' || kafka_offset as place, parked_at"
    " from inbox_parked where kind <> 'discarded' order by letter"
)


class Said:
    """A decider without a rule: what operators did is kept as it is."""

    initial: None = None

    @staticmethod
    def decide(command: Fact, state: None) -> tuple[Fact, ...]:
        return (command,)

    @staticmethod
    def evolve(state: None, fact: Fact) -> None:
        return None


SAID = Said()


@dataclass(frozen=True)
class Letters:
    """What is parked at a service. `retried` and `discarded` are the service's own facts."""

    hearing: Hearing
    committer: Committer
    retried: type[DeadLetterHandled]
    discarded: type[DeadLetterHandled]

    def retry(self, key: str, *, operator: str, reason: str) -> int:
        """Hears the messages of a key again, in order, until one is refused. Returns how many were heard."""
        return self.committer.commit(begun_by(f"user:{operator}"), partial(self._retry, key=key, reason=reason))

    def discard(self, letter: int, *, operator: str, reason: str) -> int:
        """Gives one message up: its stream's head moves past it, then those behind it are heard. Returns how many."""
        return self.committer.commit(begun_by(f"user:{operator}"), partial(self._discard, letter=letter, reason=reason))

    def _retry(self, work: Work, key: str, reason: str) -> int:
        rows = _of_key(work, key)
        if not rows:
            raise NoSuchLetter(key)
        self._say(work, self.retried(letter=str(rows[0]["letter"]), key=key, reason=reason))
        return self._hear(work, key)

    def _discard(self, work: Work, letter: int, reason: str) -> int:
        rows = work.rows(
            "select sequence_key, stream, version, (select min(q.letter) from inbox_parked q"
            " where q.stream = p.stream and q.version < p.version and q.kind <> 'discarded') as earlier"
            " from inbox_parked p where letter = %s and kind <> 'discarded'",
            letter,
        )
        if not rows:
            raise NoSuchLetter(str(letter))
        (row,) = rows
        if row["earlier"] is not None:
            raise EarlierParked(row["earlier"])
        # It stays as a mark for whoever rebuilds a view: this was never heard.
        work.write("update inbox_parked set kind = 'discarded' where letter = %s", letter)
        if row["stream"] is not None:
            work.write(
                "insert into inbox_heads (stream, version) values (%s, %s) on conflict (stream)"
                " do update set version = greatest(inbox_heads.version, excluded.version)",
                *(row["stream"], row["version"]),
            )
        self._say(work, self.discarded(letter=str(letter), key=row["sequence_key"], reason=reason))
        return self._hear(work, row["sequence_key"])

    def _hear(self, work: Work, key: str) -> int:
        rows = _of_key(work, key)
        desk = Desk(work.batch, self.hearing, (), {}, careful=True)
        desk.heads.update(desk.heads_of({row["stream"] for row in rows if row["stream"] is not None}))
        desk.parked.update((row["stream"], row["version"]) for row in rows if row["stream"] is not None)
        for row in rows:
            if not desk.again(row):
                break
            if row["stream"] in desk.moved:
                desk.drain(row["stream"])
        work.batch.begin()
        desk.close()
        return len(rows) - len(_of_key(work, key))

    def _say(self, work: Work, fact: DeadLetterHandled) -> None:
        work.decide(SAID, uuid5(NAMESPACE_URL, f"urn:qizheng:{self.hearing.house.name}:operations"), fact)


def _of_key(work: Work, key: str) -> list[dict[str, Any]]:
    return work.rows(
        "select letter, sequence_key, stream, version, raw from inbox_parked"
        " where sequence_key = %s and kind <> 'discarded' order by letter",
        key,
    )
