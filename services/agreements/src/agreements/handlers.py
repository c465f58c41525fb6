"""What agreements does when asked, when news arrives, and when a day has come. Each runs inside one Work."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from agreements.domain import agreement, company_rules, leaving, template
from agreements.domain.agreement import Command
from agreements.domain.company_rules import AdoptPolicy, in_force, numbered
from agreements.domain.concluding import LetLapse, OfferAgreement, SealAgreement, SignAgreement
from agreements.domain.damages import Departure
from agreements.domain.drafting import DraftAgreement
from agreements.domain.invoices import Counted
from agreements.domain.leaving import WarnOfClaim, assessing
from agreements.domain.life import Sealed, Serving, drawn
from agreements.domain.policy import Policy, service_period
from agreements.domain.proving import VerifyCost
from agreements.domain.serving import FulfilServicePeriod, RemindOfEnd, StartServicePeriod
from agreements.domain.template import NoSuchTemplate, PublishTemplate
from agreements.views import agreements as book
from agreements.views import costs, staff, training_ends
from agreements.views.staff import Member
from chassis.keeping.work import Work
from contracts import Refusal
from contracts.agreements import CostKind, TrainingClass
from contracts.envelope import Fact
from contracts.learning import TrainingCompleted
from contracts.people import EmployeeLeft, LeavingCorrected

RULES = uuid5(NAMESPACE_URL, "urn:qizheng:agreements:company-rules")
ONE_DAY = timedelta(days=1)


@dataclass(eq=False)
class EmployeeUnknown(Refusal):
    """Nobody was hired under this employee id, as far as agreements has heard."""

    employee: str


@dataclass(eq=False)
class EmployeeGone(Refusal):
    """The employee has left, so there is nobody to agree with."""

    employee: str
    last_day: date


def template_stream(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"urn:qizheng:agreements:template:{name}")


def leaving_stream(employee: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"urn:qizheng:agreements:leaving:{employee}")


# When asked


def adopt_policy(work: Work, first_day: date, policy: Policy) -> dict[str, int]:
    version = work.decide(company_rules, RULES, AdoptPolicy(first_day, policy))
    return {"policy": len(work.state(company_rules, RULES)), "version": version}


def publish_template(work: Work, name: str, training_class: TrainingClass, clauses: dict[str, str]) -> dict[str, Any]:
    stream = template_stream(name)
    version = work.decide(template, stream, PublishTemplate(name, training_class, clauses))
    return {"template": name, "template_version": work.state(template, stream).version, "version": version}


def draft_agreement(
    work: Work,
    stream: UUID,
    employee: str,
    course: str,
    training_class: TrainingClass,
    template_name: str,
    terms: Mapping[str, Any],
) -> dict[str, Any]:
    """Drafts under the newest template and the policy of today, which are frozen with it. `terms` are the rest."""
    known = somebody_here(work, employee)
    if work.state(agreement, stream) is None:
        work.must_be_at(stream, 0)  # An id that is some other stream's is no agreement's.
    published = work.state(template, template_stream(template_name))
    if published is None:
        raise NoSuchTemplate(template_name)
    adopted = in_force(work.state(company_rules, RULES), work.today)
    command = DraftAgreement(
        str(stream), known.employee, course, training_class, template=published, policy=adopted, **terms
    )
    version = work.decide(agreement, stream, command)
    drafted = drawn(work.state(agreement, stream)).terms
    months = drafted.service_months
    return {"agreement": str(stream), "document": drafted.document, "service_months": months, "version": version}


def verify_cost(
    work: Work,
    stream: UUID,
    kind: CostKind,
    invoice_code: str,
    invoice_number: str,
    line: Mapping[str, Any],
) -> int:
    """Proves a line of cost, unless its invoice was counted before, in whichever agreement."""
    held = drawn(work.state(agreement, stream))
    before = tuple(
        Counted(str(row.agreement), row.kind, row.amount, row.invoice_total)
        for row in costs.counted(work, invoice_code, invoice_number)
    )
    command = VerifyCost(
        agreement=str(stream),
        policy=numbered(work.state(company_rules, RULES), held.terms.policy),
        kind=kind,
        invoice_code=invoice_code,
        invoice_number=invoice_number,
        counted_before=before,
        **line,
    )
    version = work.decide(agreement, stream, command)
    assess_leaving(work, held.terms.employee, "培训费用另有凭证证明")
    return version


def offer_agreement(work: Work, stream: UUID, open_until: date | None, open_for: timedelta) -> int:
    held = drawn(work.state(agreement, stream))
    somebody_here(work, held.terms.employee)
    until = open_until or work.today + open_for
    return work.decide(agreement, stream, OfferAgreement(work.today, until))


def sign_agreement(work: Work, stream: UUID, document: str, identified_by: str, intent: str) -> int:
    held = drawn(work.state(agreement, stream))
    somebody_here(work, held.terms.employee)
    return work.decide(agreement, stream, SignAgreement(work.today, document, identified_by, intent))


def seal_agreement(work: Work, stream: UUID) -> int:
    """Seals; a training that has ended meanwhile starts the service period, a leaving that is known is assessed."""
    version = work.decide(agreement, stream, SealAgreement(work.today))
    employee = drawn(work.state(agreement, stream)).terms.employee
    start_service_period(work, stream)
    assess_leaving(work, employee, "协议已加盖公章")
    return version


def put(work: Work, stream: UUID, command: Command) -> int:
    """Puts a command to an agreement that needs nothing else."""
    return work.decide(agreement, stream, command)


def somebody_here(work: Work, employee: str) -> Member:
    found = staff.member(work, employee)
    if found is None:
        raise EmployeeUnknown(employee)
    if found.last_day is not None and found.last_day < work.today:
        raise EmployeeGone(employee, found.last_day)
    return found


# When news arrives


def when_training_completed(work: Work, news: TrainingCompleted) -> None:
    for stream in book.unstarted_of(work, news.employee, news.course):
        start_service_period(work, stream)
    assess_leaving(work, news.employee, "培训结束日已知悉")


def when_employee_left(work: Work, news: EmployeeLeft) -> None:
    assess_leaving(work, news.employee, "")


def when_leaving_corrected(work: Work, news: LeavingCorrected) -> None:
    """Who stayed longer than was said may have ended a training, or served a period to its end."""
    for stream in book.sealed_of(work, news.employee):
        start_service_period(work, stream)
        remind_of_period(work, stream)
    assess_leaving(work, news.employee, news.reason)


def start_service_period(work: Work, stream: UUID) -> None:
    """Starts the service period of a sealed agreement if its training is known to have ended."""
    held = work.state(agreement, stream)
    if not isinstance(held, Sealed):
        return
    terms = held.terms
    ended = training_ends.first_end(work, terms.employee, terms.course, held.training_from)
    if ended is None:
        return
    found = staff.member(work, terms.employee)
    known = (found.contract_end, found.last_day) if found else (None, None)
    work.decide(agreement, stream, StartServicePeriod(ended, *known))


def remind_of_period(work: Work, stream: UUID) -> None:
    held = work.state(agreement, stream)
    if isinstance(held, Serving):
        period = service_period(held.training_end, held.terms.service_months)
        work.remind(period.hr_reminder, "service-period-ending", str(stream), last_useful=period.last_day)
        work.remind(period.last_day + ONE_DAY, "service-period-over", str(stream))


def assess_leaving(work: Work, employee: str, because: str) -> None:
    """Assesses what a known leaving costs, by the facts as they now are; nothing if nobody left or nothing bound."""
    left = staff.member(work, employee)
    if left is None or left.last_day is None or left.ground is None:
        return
    rules, stream = work.state(company_rules, RULES), leaving_stream(employee)
    sealed = {one: (on, work.state(agreement, one)) for one, on in book.sealed_of(work, employee).items()}
    departure = Departure(left.last_day, left.ground)
    work.decide(leaving, stream, assessing(employee, departure, sealed, rules, because))


CONSUMES: Mapping[type[Fact], Callable[[Work, Any], None]] = {
    TrainingCompleted: when_training_completed,
    EmployeeLeft: when_employee_left,
    LeavingCorrected: when_leaving_corrected,
}

# When a day has come


def when_offer_lapses(work: Work, key: str) -> None:
    work.decide(agreement, UUID(key), LetLapse(work.today))


def when_service_period_is_ending(work: Work, key: str) -> None:
    work.decide(agreement, UUID(key), RemindOfEnd(work.today, left_on(work, key)))


def when_service_period_is_over(work: Work, key: str) -> None:
    work.decide(agreement, UUID(key), FulfilServicePeriod(work.today, left_on(work, key)))


def when_claim_expires(work: Work, key: str) -> None:
    employee, _, due = key.rpartition("/")
    work.decide(leaving, leaving_stream(employee), WarnOfClaim(date.fromisoformat(due), work.today))


def left_on(work: Work, key: str) -> date | None:
    found = staff.member(work, drawn(work.state(agreement, UUID(key))).terms.employee)
    return found.last_day if found else None


DUE: Mapping[str, Callable[[Work, str], None]] = {
    "offer-lapses": when_offer_lapses,
    "service-period-ending": when_service_period_is_ending,
    "service-period-over": when_service_period_is_over,
    "claim-expiring": when_claim_expires,
}
