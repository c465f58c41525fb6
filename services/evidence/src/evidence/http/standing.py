"""How the ledger stands, over HTTP."""

from typing import Any

from fastapi import APIRouter

from chassis.facing.asking import Who
from evidence.domain.tree import Frontier
from evidence.views import ledger


def standing() -> APIRouter:
    """The route of the ledger's standing."""
    router = APIRouter(tags=["evidence"])

    @router.get("/status")
    def status(who: Who) -> dict[str, Any]:
        """How far the ledger has come: its size and root, what is sealed of each topic, and what was flagged."""
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
        }

    return router


def _flags(counts: dict[str, dict[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for said in counts.values():
        for flag in said.keys() - {"records", "events"}:
            found[flag] = found.get(flag, 0) + said[flag]
    return found
