"""What falls due, as it follows from each event: so a rebuilt service forgets no reminder. One that comes twice is quiet."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import zip_longest
from typing import Any

from agreements.domain.leaving import warnings_of
from agreements.domain.policy import service_period
from chassis.keeping.work import Work
from contracts.agreements import AgreementOffered, DamagesAssessed, ServicePeriodStarted
from contracts.envelope import Event, Fact

TABLES = ()
ONE_DAY = timedelta(days=1)


def when_offered(work: Work, event: Event[AgreementOffered]) -> None:
    work.remind(event.fact.open_until + ONE_DAY, "offer-lapses", str(event.stream))


def when_service_period_started(work: Work, event: Event[ServicePeriodStarted]) -> None:
    period = service_period(event.fact.training_end, event.fact.months)
    work.remind(period.hr_reminder, "service-period-ending", str(event.stream), last_useful=period.last_day)
    work.remind(period.last_day + ONE_DAY, "service-period-over", str(event.stream))


def when_damages_assessed(work: Work, event: Event[DamagesAssessed]) -> None:
    """Each warning is of use until the next is due."""
    warnings = warnings_of(event.fact)
    for due, next_due in zip_longest(warnings, warnings[1:]):
        last_useful = next_due - ONE_DAY if next_due else event.fact.claim_deadline
        work.remind(due, "claim-expiring", f"{event.fact.employee}/{due}", last_useful=last_useful)


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {
    AgreementOffered: when_offered,
    ServicePeriodStarted: when_service_period_started,
    DamagesAssessed: when_damages_assessed,
}
