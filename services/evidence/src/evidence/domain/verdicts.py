"""The verdict on a published ledger: layer by layer, whether it holds or where it is broken, and never more than that."""

from collections import Counter
from dataclasses import dataclass, field

from evidence.domain.timestamps import WHAT
from evidence.domain.verifying import Finding

LAYERS: dict[str, tuple[str, ...]] = {
    "records": ("entries", "envelope", "leaf", "place", "offset", "event", "oversize", "document", "key"),
    "chain": ("chain",),
    "streams": ("stream",),
    "flags": ("flags",),
    "signatures": ("signature",),
    "tree": ("tile", "root", "growth"),
    "checkpoint": ("note", "size", "rewound"),
    "stamps": (WHAT,),
    "witnesses": ("witness",),
}
"""What is checked, and the findings that belong to it."""


@dataclass
class Verdict:
    """What a look at a published ledger found. `size` is what its checkpoint says.

    Asked for were the records from `begin` to `end`: all, those behind a verification that is kept (`since`), or, if
    they are only a `part`, those that somebody named, of which nothing is known that stands before.
    """

    note: bytes = b""
    """The checkpoint that all of this was held against: another may be published meanwhile."""
    size: int = 0
    root: bytes = b""
    begin: int = 0
    end: int = 0
    part: bool = False
    signatures: bool = True
    checked: int = 0
    taken: int = 0
    """Of how many streams the state before a part was taken as it stands."""
    flags: Counter[str] = field(default_factory=Counter[str])
    findings: list[Finding] = field(default_factory=list[Finding])
    stamps: list[int] = field(default_factory=list[int])
    """Where time stamps stand; `timestamps.look_at` checks them."""

    @property
    def holds(self) -> bool:
        return not self.findings

    def expect(self, before: str, vkey: str | None) -> None:
        """A ledger that was verified before goes on under the key that it had then."""
        if vkey is not None and vkey != before:
            self.findings.append(
                Finding(None, "note", f"the ledger verified here before was of {before}, not of {vkey}")
            )

    def of_layer(self, layer: str) -> list[Finding]:
        return [finding for finding in self.findings if finding.what in LAYERS[layer]]

    def says(self, layer: str) -> str:
        """One sentence about a layer."""
        if found := self.of_layer(layer):
            return f"broken: {found[0]}" + (f", and {len(found) - 1} more" if len(found) > 1 else "")
        if layer == "signatures" and not self.signatures:
            return "not checked: it was asked not to"
        if self.checked < self.end - self.begin or (not self.size and self.findings):
            return f"holds as far as it could be checked: {self.checked} records"
        return "; ".join(["holds" + self._whereof(layer), *self._limits(layer)])

    def _whereof(self, layer: str) -> str:
        if layer == "checkpoint" or not (self.part or self.begin):
            return ""
        if self.part:
            return f" for records {self.begin} to {self.end - 1}"
        return f", going on from record {self.begin}"

    def _limits(self, layer: str) -> list[str]:
        limits: list[str] = []
        if layer == "flags" and not self.signatures:
            limits.append("those about signatures were not checked")
        if self.part and self.begin and layer in TAKEN:
            limits.append(TAKEN[layer].format(streams=self.taken))
        return limits


TAKEN = {
    "records": "the offsets before them are not looked at",
    "chain": "the record before them is the one whose hash is in the tree",
    "streams": "what {streams} streams had before is taken as their first record here says it",
    "flags": "what {streams} streams had before is taken as their first record here says it",
    "signatures": "keys registered before them are taken as they stand in the tree",
    "tree": "their tiles lead to the signed root",
}
"""What is said of a part by layer: what before it was not checked."""
