"""The records over HTTP: found by what they are about, and one with the proof that it is in the published tree."""

from base64 import b64encode
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from chassis.facing.asking import BadToken, NotFound, Who, after_of, cursor_of
from evidence.domain.examining import Examined, examine
from evidence.domain.proofs import prove
from evidence.domain.published import Published
from evidence.domain.story import told
from evidence.views import ledger

LARGEST_PAGE = 1_000


def found_records(published: Published) -> APIRouter:
    """The routes of the records; their proofs come out of the published files."""
    router = APIRouter(tags=["evidence"])

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

    return router


def _after(cursor: str | None) -> int:
    last = after_of(cursor)
    if last and not last.isdecimal():
        raise BadToken
    return int(last) if last else -1


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
