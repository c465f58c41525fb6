"""What a ledger can tell again: the events that its records prove to be their services', and why others are left out."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import cast

from evidence.domain.canonical import Event
from evidence.domain.examining import Examined, examine
from evidence.domain.verifying import SIGNATURE_FLAGS

UNPROVEN = frozenset([*SIGNATURE_FLAGS, "not-an-event", "oversize"])
"""Flags of a record that does not prove what its service said."""


@dataclass(frozen=True, slots=True)
class Said:
    """An event with the place of its record and its bytes."""

    seq: int
    event: Event
    body: bytes


@dataclass
class LeftOut:
    """How many records were not told again, by the flag that says why; `broken` ones have none."""

    flags: Counter[str] = field(default_factory=Counter[str])


def flags_of(examined: Examined) -> tuple[str, ...]:
    return tuple(str(flag) for flag in cast(list[object], examined.envelope.get("flags") or []))


def why_unproven(examined: Examined) -> str | None:
    """The flag for which a record proves no event of its service; None where it proves one."""
    found = sorted(UNPROVEN.intersection(flags_of(examined)))
    if found:
        return found[0]
    return None if examined.reading and examined.reading.event else "broken"


def retold(leaves: Iterable[bytes], left_out: LeftOut) -> Iterator[Said]:
    """The events that the records prove, in the ledger's order. One that is sealed again is a duplicate and left out,
    even where only the second record proves it, or says it in other bytes."""
    for seq, leaf in enumerate(leaves):
        examined = examine(leaf)
        why = "duplicate" if "duplicate" in flags_of(examined) else why_unproven(examined)
        if why or examined.reading is None or examined.reading.event is None:
            left_out.flags[why or "broken"] += 1
        else:
            yield Said(seq, examined.reading.event, examined.reading.received.body)
