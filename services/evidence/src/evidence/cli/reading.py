"""The published ledger in a command's hands: read to its end, or one sentence why it cannot be."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from evidence.cli.instruments import fail, progress
from evidence.domain.notes import NotANote, parse_checkpoint, parse_note
from evidence.domain.published import Published
from evidence.domain.tiles import NotATile


@dataclass(frozen=True)
class Copy:
    """A published ledger up to its checkpoint, which is believed: `verify` checks it."""

    where: str
    published: Published
    size: int

    def leaves(self, doing: str | None = None) -> Iterator[bytes]:
        """Every leaf in order, under a bar where there is something to call it."""
        with progress(hidden=doing is None) as shown:
            bar = shown.add_task(doing or "", total=self.size)
            for seq, leaf in enumerate(self.published.leaves(self.size)):
                if seq % 256 == 0:
                    shown.update(bar, completed=seq)
                yield leaf


@contextmanager
def copy_at(where: str, published: Published) -> Generator[Copy]:
    """Fails with a sentence where there is no ledger, or it breaks off in the reading."""
    try:
        note = published.checkpoint()
        if note is None:
            raise fail(f"there is no ledger at {where}", 2)
        yield Copy(where, published, parse_checkpoint(parse_note(note).text).size)
    except (OSError, NotANote, NotATile) as fault:
        raise fail(f"the ledger at {where} cannot be read: {fault}", 2) from fault
