"""Publishing: the records that are committed become tiles and bundles in the folder, and the checkpoint last.

Whatever was published before a crash is found again, and the rest follows: starting and going on are the same.
"""

import threading
import time

from chassis.keeping.store import Store
from evidence.adapters.files import TileFolder
from evidence.adapters.signatures import holds
from evidence.adapters.witnesses import Witnesses
from evidence.domain.notes import Checkpoint, NotANote, Note, Sign, Verifier, parse_checkpoint, parse_note, signed
from evidence.domain.published import Forked
from evidence.domain.tiles import WIDTH, Bundle, NotATile, Tile, bundles_changed, encode_bundle, grow, nodes_in
from evidence.domain.tree import EMPTY_ROOT, Frontier, frontier_of

AT_ONCE = 64 * WIDTH


class Publisher:
    """One at a time: whoever holds the sequencer's turn. `store` is read, `folder` written."""

    def __init__(
        self, store: Store, folder: TileFolder, key: Verifier, sign: Sign, witnesses: Witnesses | None = None
    ) -> None:
        self._store, self._folder, self._key, self._sign = store, folder, key, sign
        self._witnesses = witnesses or Witnesses()
        self._frontier: Frontier | None = None
        self._note: Note | None = None  # as it is published
        self._settled = time.monotonic()
        self._publishing = threading.Lock()

    @property
    def age(self) -> float:
        """Seconds since the published checkpoint last covered all that is sealed."""
        return time.monotonic() - self._settled

    def publish(self) -> int:
        """Publishes all that is committed. Returns the size of the ledger. Raises Forked, and QuorumMissing."""
        with self._publishing:
            return self._publish()

    def _publish(self) -> int:
        (end,) = self._store.rows("select size, peaks from ledger")
        committed = Frontier(end["size"], tuple(end["peaks"]))
        published = self._frontier or self._resume(committed.size)
        if published is not self._frontier or published.size < committed.size:
            self._frontier = None  # Until this is done, what stands in the folder is to be looked at anew.
            grown = self._grow(published, committed.size)
            if grown.root() != committed.root():
                raise Forked(f"the records do not make the tree that was committed at {committed.size}")
            self._frontier = grown
        # If we stop here, the old checkpoint still holds, and the next start writes this one.
        self._state(committed)
        self._settled = time.monotonic()
        return committed.size

    def _state(self, frontier: Frontier) -> None:
        """Publishes the checkpoint, cosigned, unless it stands there already with all that witnesses gave."""
        text = Checkpoint(self._key.name, frontier.size, frontier.root()).text
        note = self._note if self._note and self._note.text == text else signed(text, self._key, self._sign)
        cosigned = self._witnesses.cosign(note, self._key, nodes_in(self._folder.tile, frontier.size))
        if cosigned != self._note:
            self._folder.publish_checkpoint(str(cosigned))
            self._note = cosigned

    def _grow(self, frontier: Frontier, size: int) -> Frontier:
        """Writes the tiles and bundles of the records from the edge up to `size`."""
        while frontier.size < size:
            before, after = frontier.size, min(size, (frontier.size // AT_ONCE + 1) * AT_ONCE)
            first = before // WIDTH * WIDTH
            rows = self._store.rows(
                "select leaf, leaf_hash from records where seq >= %s and seq < %s order by seq", first, after
            )
            if len(rows) != after - first:
                raise Forked(f"of the records {first} to {after}, {len(rows)} are there")
            grown, tiles = grow(frontier, [row["leaf_hash"] for row in rows[before - first :]], self._folder.tile)
            pieces: dict[Tile | Bundle, bytes] = {**tiles}
            for bundle in bundles_changed(before, after):
                start = bundle.index * WIDTH - first
                pieces[bundle] = encode_bundle([row["leaf"] for row in rows[start : start + bundle.width]])
            self._folder.publish(pieces)
            frontier = grown
        return frontier

    def _resume(self, committed: int) -> Frontier:
        """The edge that is published already. Raises Forked if it is another ledger's, or ahead of the records."""
        self._note = None
        vkey = self._folder.vkey()
        if vkey is None:
            self._folder.publish_vkey(str(self._key))
        elif vkey != str(self._key):
            raise Forked(f"the folder's ledger is signed by {vkey}, not by {self._key}")
        note = self._folder.checkpoint()
        if note is None:
            return Frontier()
        stated = self._own(note)
        self._note = parse_note(note)
        if stated.size > committed:
            raise Forked(f"{stated.size} records are published, but only {committed} are there")
        edge = self._edge(stated)
        if edge is None:  # Tiles are missing or altered: those that are missing are made anew from the records.
            edge = self._grow(Frontier(), stated.size)
        if (edge.root() if edge.size else EMPTY_ROOT) != stated.root:
            raise Forked(f"the records do not make the tree that was published at {stated.size}")
        return edge

    def _own(self, note: bytes) -> Checkpoint:
        try:
            parsed = parse_note(note)
            stated = parse_checkpoint(parsed.text)
        except NotANote as fault:
            raise Forked(f"the checkpoint is none: {fault}") from fault
        if not parsed.signed_by(self._key, holds) or stated.origin != self._key.name:
            raise Forked("the checkpoint is not signed by this ledger's key")
        return stated

    def _edge(self, stated: Checkpoint) -> Frontier | None:
        try:
            edge = frontier_of(stated.size, nodes_in(self._folder.tile, stated.size))
        except (FileNotFoundError, NotATile):
            return None
        return edge if edge.root() == stated.root else None
