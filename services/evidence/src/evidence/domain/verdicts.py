"""The verdict on a published ledger: layer by layer, whether it holds or where it is broken."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from evidence.domain.examining import Examined
from evidence.domain.notes import Checkpoint, NotANote, Verify, parse_checkpoint, parse_note, parse_vkey
from evidence.domain.published import Published
from evidence.domain.tiles import Bundle, NotATile, Tile, bundles_changed, grow
from evidence.domain.timestamps import WHAT, is_stamp
from evidence.domain.tree import Frontier
from evidence.domain.verifying import Answer, Documents, Finding, Progress, Standing, compare, follow

LAYERS: dict[str, tuple[str, ...]] = {
    "records": ("entries", "envelope", "leaf", "place", "offset", "event", "oversize", "document", "key"),
    "chain": ("chain",),
    "streams": ("stream",),
    "flags": ("flags",),
    "signatures": ("signature",),
    "tree": ("tile", "root"),
    "checkpoint": ("note", "size"),
    "stamps": (WHAT,),
    "witnesses": ("witness",),
}
"""What is checked, and the findings that belong to it."""

Examine = Callable[[Iterable[tuple[bytes, ...]]], Iterable[Examined]]
"""Examines leaves, bundle by bundle, in order; a caller may use all its cores."""


@dataclass
class Verdict:
    """What a look at a published ledger found. `size` is what its checkpoint says."""

    size: int = 0
    root: bytes = b""
    checked: int = 0
    flags: Counter[str] = field(default_factory=Counter[str])
    findings: list[Finding] = field(default_factory=list[Finding])
    stamps: list[int] = field(default_factory=list[int])
    """Where time stamps stand; `timestamps.look_at` checks them."""

    @property
    def holds(self) -> bool:
        return not self.findings

    def of_layer(self, layer: str) -> list[Finding]:
        return [finding for finding in self.findings if finding.what in LAYERS[layer]]


def inspect(
    published: Published,
    verdict: Verdict,
    verify: Verify,
    examine: Examine,
    answer: Answer,
    documents: Documents | None = None,
) -> Iterator[int]:
    """Fills the verdict while it goes; yields how many records are checked. Without a checkpoint nothing is."""
    stated = _stated(published, verdict, verify)
    if stated is None:
        return
    verdict.size, verdict.root = stated.size, stated.root
    standing, hashes = Standing(), list[bytes]()
    looked_at = _noted(examine(_bundles(published, stated.size, verdict)), verdict, hashes)
    for step in follow(looked_at, standing, answer, documents):
        match step:
            case Finding():
                verdict.findings.append(step)
            case Progress(checked):
                verdict.checked = checked
                yield checked
    verdict.findings.extend(compare(standing, stated))
    verdict.findings.extend(_tiles(published, hashes))


def _stated(published: Published, verdict: Verdict, verify: Verify) -> Checkpoint | None:
    """The checkpoint; one that is not the ledger's own is looked at all the same, after a finding."""
    vkey, note = published.vkey(), published.checkpoint()
    if vkey is None or note is None:
        verdict.findings.append(Finding(None, "note", "there is no checkpoint, or no key to check it with"))
        return None
    try:
        key, signed = parse_vkey(vkey), parse_note(note)
        stated = parse_checkpoint(signed.text)
    except NotANote as fault:
        verdict.findings.append(Finding(None, "note", str(fault)))
        return None
    if not signed.signed_by(key, verify):
        verdict.findings.append(Finding(None, "note", f"{key.name} did not sign this checkpoint"))
    if stated.origin != key.name:
        verdict.findings.append(Finding(None, "note", f"of {stated.origin}, but the key is of {key.name}"))
    return stated


def _bundles(published: Published, size: int, verdict: Verdict) -> Iterator[tuple[bytes, ...]]:
    """Every bundle. Behind one that is missing nothing can be chained, so the reading ends there."""
    for bundle in bundles_changed(0, size):
        try:
            yield published.bundle(bundle)
        except (OSError, NotATile) as fault:
            verdict.findings.append(Finding(bundle.index * 256, "entries", _said(bundle, fault)))
            return


def _noted(examined: Iterable[Examined], verdict: Verdict, hashes: list[bytes]) -> Iterator[Examined]:
    for each in examined:
        if is_stamp(each):
            verdict.stamps.append(len(hashes))
        hashes.append(each.leaf_hash)
        flags = each.envelope.get("flags")
        verdict.flags.update(str(flag) for flag in (flags if isinstance(flags, list) else ()))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # as JSON has it
        yield each


def _tiles(published: Published, hashes: list[bytes]) -> Iterator[Finding]:
    """Whether each tile holds the hashes that follow from the leaves."""
    _, tiles = grow(Frontier(), hashes, published.tile)
    for tile, data in tiles.items():
        try:
            if published.tile(tile) != data:
                yield Finding(None, "tile", f"{tile.path} holds other hashes")
        except (OSError, NotATile) as fault:
            yield Finding(None, "tile", _said(tile, fault))


def _said(piece: Tile | Bundle, fault: Exception) -> str:
    return f"{piece.path} is missing" if isinstance(fault, FileNotFoundError) else str(fault)
