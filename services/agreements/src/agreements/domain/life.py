"""What an agreement can be, from its draft to its end; each state holds the terms and the costs proven so far."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from contracts import Refusal
from contracts.agreements import AgreementDrafted, CostVerified


@dataclass(frozen=True)
class Drafted:
    terms: AgreementDrafted
    costs: tuple[CostVerified, ...] = ()


@dataclass(frozen=True)
class Offered:
    terms: AgreementDrafted
    costs: tuple[CostVerified, ...]
    offered_on: date
    open_until: date


@dataclass(frozen=True)
class Signed:
    terms: AgreementDrafted
    costs: tuple[CostVerified, ...]
    offered_on: date
    signed_on: date


@dataclass(frozen=True)
class Sealed:
    terms: AgreementDrafted
    costs: tuple[CostVerified, ...]
    offered_on: date
    sealed_on: date

    @property
    def training_from(self) -> date:
        """A training that ended before this day is not the one that was promised."""
        return self.terms.training_from or self.offered_on


@dataclass(frozen=True)
class Serving:
    terms: AgreementDrafted
    costs: tuple[CostVerified, ...]
    training_end: date
    last_day: date
    reminded_on: date | None = None


@dataclass(frozen=True)
class Fulfilled:
    terms: AgreementDrafted
    costs: tuple[CostVerified, ...]
    training_end: date
    fulfilled_on: date


@dataclass(frozen=True)
class Ended:
    """It never bound: withdrawn, declined or lapsed."""

    terms: AgreementDrafted
    costs: tuple[CostVerified, ...]
    how: Literal["WITHDRAWN", "DECLINED", "LAPSED"]


Drawn = Drafted | Offered | Signed | Sealed | Serving | Fulfilled | Ended
Agreement = Drawn | None


@dataclass(eq=False)
class NoSuchAgreement(Refusal):
    """Nothing was drafted under this id."""

    status = 404


@dataclass(eq=False)
class NotPossibleNow(Refusal):
    """An agreement goes from drafted over offered and signed to sealed; this step is not next."""

    state: str


def drawn(agreement: Agreement) -> Drawn:
    if agreement is None:
        raise NoSuchAgreement
    return agreement


def not_now(agreement: Agreement) -> Refusal:
    """Why a step is refused that does not follow on this state."""
    match agreement:
        case None:
            return NoSuchAgreement()
        case Ended(how=how):
            return NotPossibleNow(how.lower())
        case _:
            return NotPossibleNow(type(agreement).__name__.lower())
