"""The records over HTTP: found by what they are about, and one with the proof that it is in the published tree."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query

from chassis.facing.asking import BadToken, Caller, NotFound, Who, after_of, cursor_of
from chassis.keeping.work import begun_by
from contracts import Refusal
from evidence.domain.examining import Examined, examine
from evidence.domain.proofs import prove
from evidence.domain.published import Published
from evidence.domain.readings import NoteReading
from evidence.domain.story import told
from evidence.handlers.readings import note_reading
from evidence.views import ledger
from evidence.views.search import Search, records_after

LARGEST_PAGE = 1_000
LONGEST_WORD = 200  # characters; a longer one is in no index as it stands
Flag = Literal[
    "duplicate", "unsigned", "bad-signature", "unknown-key", "not-an-event", "oversize", "out-of-order"
]  # fmt: skip
Text = Annotated[str | None, Query(max_length=LONGEST_WORD)]


@dataclass(eq=False)
class PeriodEndsBeforeItBegins(Refusal):
    """`since` is later than `until`: no day is in between."""

    since: date
    until: date
    status = 422


def found_records(published: Published) -> APIRouter:
    """The routes of the records; their proofs come out of the published files."""
    router = APIRouter(tags=["evidence"])

    @router.get("/records")
    def list_records(
        who: Who,
        subject: Text = None,
        stream: UUID | None = None,
        type: Text = None,
        day: date | None = None,
        since: date | None = None,
        until: date | None = None,
        flag: Flag | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> dict[str, Any]:
        """A page of records in the order of the ledger; personal data stays sealed. What somebody else's file is read
        for is itself recorded."""
        who.may("evidence.records", subject)
        if since and until and since > until:
            raise PeriodEndsBeforeItBegins(since, until)
        search = Search(subject, stream, type, day, since, until, flag)
        after, most = _after(cursor), max(1, min(limit, LARGEST_PAGE))
        rows = records_after(who.asked, after, most, search)
        _note_reading(who, subject, f"records?{_spoken(search, after)}", len(rows))
        more = cursor_of(str(rows[-1]["seq"])) if len(rows) == most else None
        return {"records": [_shown(row) for row in rows], "next": more}

    @router.get("/records/{event}")
    def read_record(event: UUID, who: Who) -> dict[str, Any]:
        """The record of an event, with the proof that it is in the tree of the checkpoint beside it. That it was read
        is recorded, if it is about somebody else."""
        row = ledger.record_of(who.asked, event)
        shown = _shown(row) if row else None
        who.may("evidence.records", shown["subject"] if shown else None)
        if row is None or shown is None:
            raise NotFound(str(event))
        if shown["subject"] != shown["stream"]:  # Else it is about nobody.
            _note_reading(who, shown["subject"], f"records/{event}", 1)
        return {**shown, "leaf": b64encode(bytes(row["leaf"])).decode(), "proof": _proof(published, row["seq"])}

    return router


def _note_reading(who: Caller, employee: str | None, what: str, found: int) -> None:
    """Returns once it is committed that this was read; only then it may be shown."""
    command = NoteReading(employee, who.principal.employee, what, found)
    who.running.committer.commit(begun_by(who.principal.actor), partial(note_reading, command=command))


def _spoken(search: Search, after: int) -> str:
    """What is asked for, as a query says it."""
    asked = {name: value for name, value in vars(search).items() if value is not None}
    return urlencode(asked | ({"after": after} if after >= 0 else {}))


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
        "stream": event.get("streamid"),
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
