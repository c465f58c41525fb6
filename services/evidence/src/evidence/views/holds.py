"""Legal holds: for which cases a person's record is kept, and which sealed fields were opened for them."""

from collections.abc import Callable, Mapping
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact
from contracts.evidence import FieldOpened, LegalHoldLifted, LegalHoldPlaced

TABLES = ("legal_holds", "opened_fields")


def when_placed(work: Work, event: Event[LegalHoldPlaced]) -> None:
    work.write(
        "insert into legal_holds (employee, case_id, since) values (%s, %s, %s) on conflict do nothing",
        *(event.fact.employee, event.fact.case, event.time),
    )


def when_lifted(work: Work, event: Event[LegalHoldLifted]) -> None:
    work.write("delete from legal_holds where employee = %s and case_id = %s", event.fact.employee, event.fact.case)


def when_field_opened(work: Work, event: Event[FieldOpened]) -> None:
    it = event.fact
    work.write(
        "insert into opened_fields (case_id, event, field, employee, purpose, opened, opened_by)"
        " values (%s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        *(it.case, it.event, it.field, it.employee, it.purpose, event.time, event.actor),
    )


def holds_on(asked: Asked, employee: str) -> list[dict[str, Any]]:
    """The cases that hold this person's record, oldest hold first; none where it may be erased."""
    return asked.rows("select case_id, since from legal_holds where employee = %s order by since, case_id", employee)


def fields_opened(asked: Asked, case: str) -> list[dict[str, Any]]:
    return asked.rows("select * from opened_fields where case_id = %s order by opened, event, field", case)


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {
    LegalHoldPlaced: when_placed,
    LegalHoldLifted: when_lifted,
    FieldOpened: when_field_opened,
}
