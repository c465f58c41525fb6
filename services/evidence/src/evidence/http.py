"""The HTTP face of evidence: the published files, the records with their proofs, and how the ledger stands."""

from base64 import b64encode
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from chassis.facing.asking import BadToken, NotFound, Who, after_of, caller, cursor_of
from chassis.facing.policy import Policy, Relation
from evidence.domain.examining import Examined, examine
from evidence.domain.proofs import prove
from evidence.domain.published import CHECKPOINT, VKEY, Published
from evidence.domain.story import told
from evidence.domain.tiles import NotATile, at_path
from evidence.domain.tree import Frontier
from evidence.views import ledger

POLICY = Policy(
    {
        "evidence.ledger": {
            "auditor": Relation.ANYONE,
            "operator": Relation.ANYONE,
            "service": Relation.ANYONE,
        },
        "evidence.records": {
            "hr": Relation.ANYONE,
            "auditor": Relation.ANYONE,
            "manager": Relation.SELF,
            "employee": Relation.SELF,
        },
        "evidence.status": {
            "hr": Relation.ANYONE,
            "auditor": Relation.ANYONE,
            "operator": Relation.ANYONE,
            "service": Relation.ANYONE,
        },
    }
)
FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}
NOT_KEPT = {"cache-control": "no-cache"}
BYTES, TEXT = "application/octet-stream", "text/plain; charset=utf-8"
LARGEST_PAGE = 1_000


def routes(published: Published, *, public: bool) -> APIRouter:
    """The routes of evidence, over the published files; `public` lets these be read without a token."""
    router = APIRouter(tags=["evidence"])

    async def file(request: Request, path: str, media: str, caching: dict[str, str]) -> Response:
        if not public:
            (await caller(request)).may("evidence.ledger")
        data = await run_in_threadpool(published.read, path)
        if data is None:
            raise NotFound(path)
        return Response(data, media_type=media, headers=caching)

    @router.get("/ledger/checkpoint")
    async def checkpoint(request: Request) -> Response:
        """The newest checkpoint, a signed note (C2SP tlog-checkpoint)."""
        return await file(request, CHECKPOINT, TEXT, NOT_KEPT)

    @router.get("/ledger/vkey")
    async def vkey(request: Request) -> Response:
        """The verifier key of the ledger's notes."""
        return await file(request, VKEY, TEXT, NOT_KEPT)

    @router.get("/ledger/tile/{path:path}")
    async def tile(path: str, request: Request) -> Response:
        """A tile or an entry bundle (C2SP tlog-tiles). None of them ever changes."""
        try:
            at_path(f"tile/{path}")
        except NotATile as fault:
            raise NotFound(f"tile/{path}") from fault
        return await file(request, f"tile/{path}", BYTES, FOR_EVER)

    @router.get("/records")
    def list_records(
        who: Who,
        subject: str | None = None,
        stream: str | None = None,
        type: str | None = None,
        day: date | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> dict[str, Any]:
        """A page of records in the order of the ledger; personal data stays sealed."""
        who.may("evidence.records", subject)
        most = max(1, min(limit, LARGEST_PAGE))
        after = _after(cursor)
        rows = ledger.records_after(who.asked, after, most, subject=subject, stream=stream, type=type, day=day)
        more = cursor_of(str(rows[-1]["seq"])) if len(rows) == most else None
        return {"records": [_shown(row) for row in rows], "next": more}

    @router.get("/records/{event}")
    def read_record(event: UUID, who: Who) -> dict[str, Any]:
        """The record of an event, with the proof that it is in the tree of the checkpoint beside it."""
        row = ledger.record_of(who.asked, event)
        shown = _shown(row) if row else None
        who.may("evidence.records", shown["subject"] if shown else None)
        if row is None or shown is None:
            raise NotFound(str(event))
        return {**shown, "leaf": b64encode(bytes(row["leaf"])).decode(), "proof": _proof(published, row["seq"])}

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


def _after(cursor: str | None) -> int:
    last = after_of(cursor)
    if last and not last.isdecimal():
        raise BadToken
    return int(last) if last else -1


def _flags(counts: dict[str, dict[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for said in counts.values():
        for flag in said.keys() - {"records", "events"}:
            found[flag] = found.get(flag, 0) + said[flag]
    return found


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    examined: Examined = examine(bytes(row["leaf"]))
    event = told(examined)
    return {
        "seq": row["seq"],
        "id": event.get("id"),
        "type": event.get("type"),
        "subject": event.get("subject"),
        "time": event.get("time"),
        "actor": event.get("actor"),
        "flags": examined.envelope.get("flags"),
        "ingested": examined.envelope.get("ingested"),
        "leaf_hash": bytes(row["leaf_hash"]).hex(),
        "data": event.get("data"),
    }


def _proof(published: Published, seq: int) -> dict[str, Any] | None:
    """Where a record stands in the published tree, as JSON and as C2SP tlog-proof has it."""
    proof = prove(published, seq)
    if proof is None:
        return None
    return {
        "index": seq,
        "size": proof.checkpoint.size,
        "hashes": [each.hex() for each in proof.hashes],
        "checkpoint": proof.note.decode(),
        "tlog_proof": str(proof),
    }
