"""How the ledger stands, over HTTP."""

from dataclasses import asdict
from typing import Any, Protocol

from fastapi import APIRouter

from chassis.facing.asking import Who
from contracts.envelope import spoken
from evidence.domain.completeness import Look
from evidence.domain.tree import Frontier
from evidence.views import ledger, self_checks


class Looks(Protocol):
    """Whoever looks whether the ledger is complete."""

    @property
    def newest(self) -> Look | None: ...
    @property
    def complete(self) -> Look | None: ...


def standing(looks: Looks) -> APIRouter:
    """The route of the ledger's standing."""
    router = APIRouter(tags=["evidence"])

    @router.get("/status")
    def status(who: Who) -> dict[str, Any]:
        """How far the ledger has come: its size and root, what is sealed of each topic, what was flagged, up to where it
        is complete, and how it last checked itself."""
        who.may("evidence.status")
        end, counts = ledger.end(who.asked), ledger.counts(who.asked)
        rows = who.asked.rows("select topic, incarnation, partition, next_offset from sealed_positions")
        positions: dict[str, dict[str, int]] = {}
        for row in rows:
            positions.setdefault(row["topic"], {})[f"{row['incarnation']}/{row['partition']}"] = row["next_offset"]
        return {
            "size": end["size"],
            "root": Frontier(end["size"], tuple(end["peaks"])).root().hex(),
            "epoch": end["epoch"],
            "positions": positions,
            "records": {topic: said["records"] for topic, said in counts.items()},
            "events": {topic.removesuffix(".events.v1"): said.get("events", 0) for topic, said in counts.items()},
            "flags": _flags(counts),
            "keys": ledger.keys(who.asked),
            "completeness": _completeness(looks),
            "self_check": self_checks.newest(who.asked),
        }

    return router


def _completeness(looks: Looks) -> dict[str, Any] | None:
    """What the last look found, with its time; None before the first. `said` is null where the service was away."""
    newest, complete = looks.newest, looks.complete
    if newest is None:
        return None
    return {
        "looked": spoken(newest.looked),
        "complete": newest.complete,
        "wanting": newest.wanting or None,
        "complete_up_to": complete.size if complete else None,
        "complete_at": spoken(complete.looked) if complete else None,
        "topics": [{**asdict(each), "complete": each.complete} for each in newest.topics],
    }


def _flags(counts: dict[str, dict[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for said in counts.values():
        for flag in said.keys() - {"records", "events"}:
            found[flag] = found.get(flag, 0) + said[flag]
    return found
