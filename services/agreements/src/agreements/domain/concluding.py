"""Concluding an agreement: offered, signed by the employee, sealed by the company; or withdrawn, declined, lapsed."""

from dataclasses import dataclass
from datetime import date

from agreements.domain.life import (
    Agreement,
    Drafted,
    Ended,
    Fulfilled,
    Offered,
    Sealed,
    Serving,
    Signed,
    not_now,
)
from contracts import Refusal
from contracts.agreements import (
    AgreementDeclined,
    AgreementLapsed,
    AgreementOffered,
    AgreementSealed,
    AgreementSigned,
    AgreementWithdrawn,
    Event,
)

# What can be asked


@dataclass(frozen=True)
class OfferAgreement:
    on: date
    open_until: date


@dataclass(frozen=True)
class SignAgreement:
    on: date
    document: str
    identified_by: str
    intent: str


@dataclass(frozen=True)
class SealAgreement:
    on: date


@dataclass(frozen=True)
class WithdrawAgreement:
    reason: str


@dataclass(frozen=True)
class DeclineAgreement:
    reason: str


@dataclass(frozen=True)
class LetLapse:
    on: date


Concluding = OfferAgreement | SignAgreement | SealAgreement | WithdrawAgreement | DeclineAgreement | LetLapse

# Why the answer may be no


@dataclass(eq=False)
class OfferLapsed(Refusal):
    """The offer was open until a day that has passed."""

    open_until: date
    on: date


@dataclass(eq=False)
class OpenInThePast(Refusal):
    """An offer is open until today at least."""

    open_until: date
    on: date


@dataclass(eq=False)
class OtherDocument(Refusal):
    """What was signed is not the document that was offered."""

    document: str
    offered: str


@dataclass(eq=False)
class SigningIncomplete(Refusal):
    """A signature says how the signer was identified, and what they intend by it (电子签名法13)."""


def conclude(command: Concluding, agreement: Agreement) -> tuple[Event, ...]:
    match command:
        case OfferAgreement():
            return offer(command, agreement)
        case SignAgreement():
            return sign(command, agreement)
        case SealAgreement():
            return seal(command, agreement)
        case WithdrawAgreement():
            return withdraw(command, agreement)
        case DeclineAgreement():
            return decline(command, agreement)
        case LetLapse():
            return let_lapse(command, agreement)


def offer(command: OfferAgreement, agreement: Agreement) -> tuple[Event, ...]:
    match agreement:
        case Drafted(terms=terms):
            if command.open_until < command.on:
                raise OpenInThePast(command.open_until, command.on)
            return (AgreementOffered(employee=terms.employee, on=command.on, open_until=command.open_until),)
        case Offered(open_until=open_until) if open_until == command.open_until:
            return ()  # Offering the same again changes nothing.
        case _:
            raise not_now(agreement)


def sign(command: SignAgreement, agreement: Agreement) -> tuple[Event, ...]:
    match agreement:
        case Offered(open_until=open_until) if command.on > open_until:
            raise OfferLapsed(open_until, command.on)
        case Offered(terms=terms):
            must_be_the_document(command, terms.document)
            if not command.identified_by.strip() or not command.intent.strip():
                raise SigningIncomplete
            return (
                AgreementSigned(
                    employee=terms.employee,
                    on=command.on,
                    document=command.document,
                    identified_by=command.identified_by,
                    intent=command.intent,
                ),
            )
        case Signed(terms=terms) | Sealed(terms=terms) | Serving(terms=terms) | Fulfilled(terms=terms):
            must_be_the_document(command, terms.document)
            return ()  # Signing again changes nothing, so nothing happened.
        case _:
            raise not_now(agreement)


def must_be_the_document(command: SignAgreement, offered: str) -> None:
    if command.document != offered:
        raise OtherDocument(command.document, offered)


def seal(command: SealAgreement, agreement: Agreement) -> tuple[Event, ...]:
    match agreement:
        case Signed(terms=terms):
            return (AgreementSealed(employee=terms.employee, on=command.on, document=terms.document),)
        case Sealed() | Serving() | Fulfilled():
            return ()
        case _:
            raise not_now(agreement)


def withdraw(command: WithdrawAgreement, agreement: Agreement) -> tuple[Event, ...]:
    """Until the company has sealed it, an agreement can be withdrawn."""
    match agreement:
        case Drafted(terms=terms) | Offered(terms=terms) | Signed(terms=terms):
            return (AgreementWithdrawn(employee=terms.employee, reason=command.reason),)
        case Ended(how="WITHDRAWN"):
            return ()
        case _:
            raise not_now(agreement)


def decline(command: DeclineAgreement, agreement: Agreement) -> tuple[Event, ...]:
    match agreement:
        case Offered(terms=terms):
            return (AgreementDeclined(employee=terms.employee, reason=command.reason),)
        case Ended(how="DECLINED"):
            return ()
        case _:
            raise not_now(agreement)


def let_lapse(command: LetLapse, agreement: Agreement) -> tuple[Event, ...]:
    match agreement:
        case Offered(terms=terms, open_until=open_until) if command.on > open_until:
            return (AgreementLapsed(employee=terms.employee, open_until=open_until),)
        case _:
            return ()  # It was answered in time.
