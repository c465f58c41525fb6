"""Cases, and what was filed, asked for and handed over in each. The names of documents stay sealed here too."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact
from contracts.evidence import CaseClosed, CaseOpened, DocumentFiled, DossierHandedOver, DossierRequested

TABLES = ("cases", "filed_documents", "dossier_requests", "hand_overs")


def when_opened(work: Work, event: Event[CaseOpened]) -> None:
    it = event.fact
    work.write(
        "insert into cases (case_id, number, dispute, subjects, since, until, claim, amount, opened, opened_by)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        *(it.case, it.number, it.dispute, it.subjects, it.since, it.until, it.claim, it.amount, event.time),
        event.actor,
    )


def when_filed(work: Work, event: Event[DocumentFiled]) -> None:
    it = event.fact
    work.write(
        "insert into filed_documents (case_id, sha256, sm3, person, name, media_type, length, handed_in_by, filed,"
        " filed_by, event) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        *(it.case, it.sha256, it.sm3, it.person, it.name.model_dump_json(), it.media_type, it.length),
        *(it.handed_in_by, event.time, event.actor, event.id),
    )


def when_requested(work: Work, event: Event[DossierRequested]) -> None:
    it = event.fact
    work.write(
        "insert into dossier_requests (request, case_id, recipient, purpose, asked, asked_by)"
        " values (%s, %s, %s, %s, %s, %s) on conflict do nothing",
        *(event.id, it.case, it.recipient, it.purpose, event.time, event.actor),
    )


def when_handed_over(work: Work, event: Event[DossierHandedOver]) -> None:
    it = event.fact
    work.write(
        "insert into hand_overs (event, case_id, request, size, root, sha256, sm3, recipient, handed, handed_by)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        *(event.id, it.case, it.request, it.size, it.root, it.sha256, it.sm3, it.recipient, event.time, event.actor),
    )


def when_closed(work: Work, event: Event[CaseClosed]) -> None:
    work.write(
        "update cases set closed = %s, outcome = %s where case_id = %s",
        *(event.time, event.fact.outcome, event.fact.case),
    )


def case_row(asked: Asked, case: str) -> dict[str, Any] | None:
    rows = asked.rows("select * from cases where case_id = %s", case)
    return rows[0] if rows else None


def cases_after(asked: Asked, after: str, limit: int, subject: str | None = None) -> list[dict[str, Any]]:
    """A page of cases in the order of their ids; those about one subject, where one is given."""
    return asked.rows(
        "select * from cases where case_id > %s and (%s::text is null or %s = any(subjects)) order by case_id limit %s",
        *(after, subject, subject, limit),
    )


def documents(asked: Asked, case: str) -> list[dict[str, Any]]:
    """What was filed in a case, in the order in which it was."""
    return asked.rows("select * from filed_documents where case_id = %s order by filed, event", case)


def requests(asked: Asked, case: str) -> list[dict[str, Any]]:
    return asked.rows("select * from dossier_requests where case_id = %s order by asked, request", case)


def request_row(asked: Asked, case: str, request: UUID) -> dict[str, Any] | None:
    rows = asked.rows("select * from dossier_requests where case_id = %s and request = %s", case, request)
    return rows[0] if rows else None


def hand_overs(asked: Asked, case: str) -> list[dict[str, Any]]:
    return asked.rows("select * from hand_overs where case_id = %s order by handed, event", case)


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {
    CaseOpened: when_opened,
    DocumentFiled: when_filed,
    DossierRequested: when_requested,
    DossierHandedOver: when_handed_over,
    CaseClosed: when_closed,
}
