"""An agreement: paid training in exchange for staying until an agreed day."""

from dataclasses import dataclass, replace

from agreements.domain.concluding import Concluding, conclude
from agreements.domain.drafting import DraftAgreement, drafted
from agreements.domain.life import Agreement, Drafted, Ended, Fulfilled, Offered, Sealed, Serving, Signed
from agreements.domain.proving import VerifyCost, verify
from agreements.domain.serving import FulfilServicePeriod, RemindOfEnd, StartServicePeriod, fulfil, remind, start
from contracts import Refusal
from contracts.agreements import (
    AgreementDeclined,
    AgreementDrafted,
    AgreementLapsed,
    AgreementOffered,
    AgreementSealed,
    AgreementSigned,
    AgreementWithdrawn,
    CostVerified,
    Event,
    ServicePeriodEnding,
    ServicePeriodFulfilled,
    ServicePeriodStarted,
)

Command = DraftAgreement | VerifyCost | Concluding | StartServicePeriod | RemindOfEnd | FulfilServicePeriod


@dataclass(eq=False)
class AlreadyDrafted(Refusal):
    """Another agreement stands under this id."""


initial: Agreement = None


def decide(command: Command, agreement: Agreement) -> tuple[Event, ...]:
    match command:
        case DraftAgreement():
            return draft(command, agreement)
        case VerifyCost():
            return verify(command, agreement)
        case StartServicePeriod():
            return start(command, agreement)
        case RemindOfEnd():
            return remind(command, agreement)
        case FulfilServicePeriod():
            return fulfil(command, agreement)
        case _:
            return conclude(command, agreement)


def draft(command: DraftAgreement, agreement: Agreement) -> tuple[Event, ...]:
    terms = drafted(command)
    if agreement is None:
        return (terms,)
    if agreement.terms == terms:
        return ()  # The same draft again changes nothing.
    raise AlreadyDrafted


def evolve(agreement: Agreement, event: Event) -> Agreement:
    match event, agreement:
        case AgreementDrafted(), None:
            return Drafted(event)
        case _, None:
            return None
        case CostVerified(), _:
            return replace(agreement, costs=(*agreement.costs, event))
        case AgreementOffered(), _:
            return Offered(agreement.terms, agreement.costs, event.on, event.open_until)
        case AgreementSigned(), Offered(offered_on=offered_on):
            return Signed(agreement.terms, agreement.costs, offered_on, event.on)
        case AgreementSealed(), Signed(offered_on=offered_on):
            return Sealed(agreement.terms, agreement.costs, offered_on, event.on)
        case AgreementWithdrawn(), _:
            return Ended(agreement.terms, agreement.costs, "WITHDRAWN")
        case AgreementDeclined(), _:
            return Ended(agreement.terms, agreement.costs, "DECLINED")
        case AgreementLapsed(), _:
            return Ended(agreement.terms, agreement.costs, "LAPSED")
        case ServicePeriodStarted(), _:
            return Serving(agreement.terms, agreement.costs, event.training_end, event.last_day)
        case ServicePeriodEnding(), Serving():
            return replace(agreement, reminded_on=event.on)
        case ServicePeriodFulfilled(), Serving(training_end=training_end):
            return Fulfilled(agreement.terms, agreement.costs, training_end, event.last_day)
        case _:
            return agreement
