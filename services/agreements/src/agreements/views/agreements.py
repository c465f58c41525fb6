"""Agreements with their whole life: what was agreed, how far it has come, until when it binds."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from agreements.domain.policy import days_remaining
from chassis.keeping.work import Asked, Work
from contracts.agreements import (
    AgreementDeclined,
    AgreementDrafted,
    AgreementLapsed,
    AgreementOffered,
    AgreementSealed,
    AgreementSigned,
    AgreementWithdrawn,
    ServicePeriodEnding,
    ServicePeriodFulfilled,
    ServicePeriodStarted,
)
from contracts.envelope import Event, Fact

TABLES = ("agreements",)


@dataclass(frozen=True)
class AgreementRow:
    agreement: UUID
    employee: str
    course: str
    training_class: str
    template: str
    template_version: int
    policy: int
    agreed_cost: Decimal
    service_months: int
    flat_penalty: Decimal | None
    ends_with_contract: bool
    document: str
    personal_terms: str
    training_from: date | None
    state: str
    offered_on: date | None
    open_until: date | None
    signed_on: date | None
    identified_by: str | None
    sealed_on: date | None
    reason: str | None
    training_end: date | None
    first_day: date | None
    last_day: date | None
    contract_extended_to: date | None

    def spoken(self, today: date | None) -> dict[str, Any]:
        """The row for a reader, money as text, with the days that are still owed after `today`."""
        running = today is not None and self.last_day is not None and self.state in {"serving", "ending"}
        return asdict(self) | {
            "agreed_cost": f"{self.agreed_cost:f}",
            "flat_penalty": None if self.flat_penalty is None else f"{self.flat_penalty:f}",
            "days_remaining": days_remaining(self.last_day, today) if running and self.last_day and today else None,
        }


def when_drafted(work: Work, event: Event[AgreementDrafted]) -> None:
    it = event.fact
    work.write(
        "insert into agreements (agreement, employee, course, training_class, template, template_version, policy,"
        " agreed_cost, service_months, flat_penalty, ends_with_contract, document, personal_terms, training_from, state)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'drafted') on conflict do nothing",
        *(event.stream, it.employee, it.course, it.training_class, it.template, it.template_version, it.policy),
        *(it.agreed_cost, it.service_months, it.flat_penalty, it.ends_with_contract, it.document, it.personal_terms),
        it.training_from,
    )


def when_offered(work: Work, event: Event[AgreementOffered]) -> None:
    work.write(
        "update agreements set state = 'offered', offered_on = %s, open_until = %s where agreement = %s",
        *(event.fact.on, event.fact.open_until, event.stream),
    )


def when_signed(work: Work, event: Event[AgreementSigned]) -> None:
    work.write(
        "update agreements set state = 'signed', signed_on = %s, identified_by = %s where agreement = %s",
        *(event.fact.on, event.fact.identified_by, event.stream),
    )


def when_sealed(work: Work, event: Event[AgreementSealed]) -> None:
    work.write(
        "update agreements set state = 'sealed', sealed_on = %s where agreement = %s", event.fact.on, event.stream
    )


def when_withdrawn(work: Work, event: Event[AgreementWithdrawn]) -> None:
    work.write(
        "update agreements set state = 'withdrawn', reason = %s where agreement = %s", event.fact.reason, event.stream
    )


def when_declined(work: Work, event: Event[AgreementDeclined]) -> None:
    work.write(
        "update agreements set state = 'declined', reason = %s where agreement = %s", event.fact.reason, event.stream
    )


def when_lapsed(work: Work, event: Event[AgreementLapsed]) -> None:
    work.write("update agreements set state = 'lapsed' where agreement = %s", event.stream)


def when_service_period_started(work: Work, event: Event[ServicePeriodStarted]) -> None:
    it = event.fact
    work.write(
        "update agreements set state = 'serving', training_end = %s, first_day = %s, last_day = %s,"
        " contract_extended_to = %s where agreement = %s",
        *(it.training_end, it.first_day, it.last_day, it.contract_extended_to, event.stream),
    )


def when_service_period_ending(work: Work, event: Event[ServicePeriodEnding]) -> None:
    work.write("update agreements set state = 'ending' where agreement = %s", event.stream)


def when_service_period_fulfilled(work: Work, event: Event[ServicePeriodFulfilled]) -> None:
    work.write("update agreements set state = 'fulfilled' where agreement = %s", event.stream)


def agreement(asked: Asked, agreement: UUID) -> AgreementRow | None:
    """One agreement, or None."""
    rows = asked.rows("select * from agreements where agreement = %s", agreement)
    return AgreementRow(**rows[0]) if rows else None


def agreements_of(asked: Asked, employee: str) -> list[AgreementRow]:
    """All agreements of an employee, whatever became of them, in a lasting order."""
    rows = asked.rows("select * from agreements where employee = %s order by offered_on, agreement", employee)
    return [AgreementRow(**row) for row in rows]


def sealed_of(asked: Asked, employee: str) -> dict[UUID, date]:
    """The agreements of an employee that were sealed, each with its day, whatever they have come to since."""
    rows = asked.rows(
        "select agreement, sealed_on from agreements where employee = %s and sealed_on is not null"
        " order by sealed_on, agreement",
        employee,
    )
    return {row["agreement"]: row["sealed_on"] for row in rows}


def unstarted_of(asked: Asked, employee: str, course: str) -> list[UUID]:
    """The sealed agreements of an employee on a course whose training has not ended."""
    rows = asked.rows(
        "select agreement from agreements where employee = %s and course = %s and state = 'sealed'"
        " order by sealed_on, agreement",
        *(employee, course),
    )
    return [row["agreement"] for row in rows]


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {
    AgreementDrafted: when_drafted,
    AgreementOffered: when_offered,
    AgreementSigned: when_signed,
    AgreementSealed: when_sealed,
    AgreementWithdrawn: when_withdrawn,
    AgreementDeclined: when_declined,
    AgreementLapsed: when_lapsed,
    ServicePeriodStarted: when_service_period_started,
    ServicePeriodEnding: when_service_period_ending,
    ServicePeriodFulfilled: when_service_period_fulfilled,
}
