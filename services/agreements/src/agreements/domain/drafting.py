"""Drafting an agreement: the company's policy and template fill it in, and the law refuses what would not bind."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from agreements.domain.company_rules import Adopted
from agreements.domain.document import Wording, hash_of, text_of
from agreements.domain.policy import months_for_cost
from agreements.domain.template import NoSuchTemplate, Published, must_be_special
from contracts import Refusal
from contracts.agreements import AgreementDrafted, TrainingClass


@dataclass(frozen=True)
class DraftAgreement:
    """`service_months` is None where the policy shall say it. More than the policy gives needs `personal_terms`, whose
    words stand in the document. A training that ended before `training_from` is not the one that is paid for; where
    it is None, before the offer.
    """

    agreement: str
    employee: str
    course: str
    training_class: TrainingClass
    template: Published
    policy: Adopted
    agreed_cost: Decimal
    service_months: int | None = None
    flat_penalty: Decimal | None = None
    ends_with_contract: bool = False
    personal_terms: str = ""
    training_from: date | None = None


@dataclass(eq=False)
class NothingPaid(Refusal):
    """Where the company pays nothing, nothing binds (劳动合同法22 I)."""

    article: str


@dataclass(eq=False)
class NoServicePeriod(Refusal):
    """The policy binds for no month at this cost, and no months were agreed."""

    agreed_cost: Decimal
    article: str


@dataclass(eq=False)
class BeyondPolicy(Refusal):
    """More months than the policy gives at this cost need personal terms that say why."""

    service_months: int
    policy_months: int


@dataclass(eq=False)
class PenaltyAboveCost(Refusal):
    """A penalty above the cost of the training is void in what is above (劳动合同法22 II)."""

    flat_penalty: Decimal
    agreed_cost: Decimal
    article: str


def drafted(command: DraftAgreement) -> AgreementDrafted:
    """The draft, with the hash of its text. Refuses what the law or the company does not let bind."""
    must_be_special(command.training_class)
    if command.template.training_class != command.training_class:
        raise NoSuchTemplate(command.template.template)
    if command.agreed_cost <= 0:
        raise NothingPaid("劳动合同法22 I")
    if command.flat_penalty is not None and not 0 <= command.flat_penalty <= command.agreed_cost:
        raise PenaltyAboveCost(command.flat_penalty, command.agreed_cost, "劳动合同法22 II")
    months = months_agreed(command)
    wording = Wording(
        agreement=command.agreement,
        employee=command.employee,
        course=command.course,
        template=command.template.template,
        template_version=command.template.version,
        policy=command.policy.number,
        agreed_cost=command.agreed_cost,
        service_months=months,
        flat_penalty=command.flat_penalty,
        ends_with_contract=command.ends_with_contract,
        personal_terms=command.personal_terms,
        clauses=command.template.clauses,
    )
    return AgreementDrafted(
        employee=command.employee,
        course=command.course,
        training_class=command.training_class,
        template=command.template.template,
        template_version=command.template.version,
        policy=command.policy.number,
        agreed_cost=command.agreed_cost,
        service_months=months,
        flat_penalty=command.flat_penalty,
        ends_with_contract=command.ends_with_contract,
        document=hash_of(text_of(wording)),
        personal_terms=command.personal_terms,
        training_from=command.training_from,
    )


def months_agreed(command: DraftAgreement) -> int:
    by_policy = months_for_cost(command.agreed_cost, command.policy.policy)
    months = by_policy if command.service_months is None else command.service_months
    if months < 1:
        raise NoServicePeriod(command.agreed_cost, "劳动合同法22 I")
    if months > by_policy and not command.personal_terms.strip():
        raise BeyondPolicy(months, by_policy)
    return months
