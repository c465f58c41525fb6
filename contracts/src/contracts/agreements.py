"""What `agreements` says: who promised what in return for training, and what became of the promise."""

from typing import ClassVar, Literal

from contracts.envelope import Day, Fact, Money, Number, Sha256
from contracts.operations import DeadLetterHandled
from contracts.people import Ground

TrainingClass = Literal["SPECIAL", "ONBOARDING", "MANDATORY_SAFETY", "SPECIAL_TREATMENT"]
Proration = Literal["MONTH_THEN_DAY", "MONTH_PARTIAL_SERVED", "DAY"]
CostKind = Literal["COURSE_FEE", "COURSE_FEE_SHARE", "TRAVEL", "OTHER_DIRECT", "WAGES_DURING_TRAINING"]


class PolicyAdopted(Fact):
    """Thresholds are `(cost over which, in RMB; months)`, strictly over, lowest first."""

    TYPE: ClassVar[str] = "agreements.PolicyAdopted.v1"
    policy: int
    first_day: Day
    thresholds: tuple[tuple[Money, int], ...]
    proration: Proration
    probation_rule: Literal["EXEMPT_264", "SERVICE_PERIOD_BINDS"]
    cost_basis: Literal["GROSS_VOUCHER", "NET_OF_VAT"]
    rounding: Literal["DOWN_TO_FEN"]


class TemplatePublished(Fact):
    """`clauses` are the texts of 劳动合同法22 by name: cost, service period, liability, records, address."""

    TYPE: ClassVar[str] = "agreements.TemplatePublished.v1"
    template: str
    template_version: int
    training_class: TrainingClass
    clauses: dict[str, str]


class AgreementDrafted(Fact):
    """`course` is the course that the company pays; the versions of policy and template are frozen here.

    A training of it that ended before `training_from` (None: before the offer) is not the one that is paid for.
    """

    TYPE: ClassVar[str] = "agreements.AgreementDrafted.v1"
    employee: str
    course: str
    training_class: TrainingClass
    template: str
    template_version: int
    policy: int
    agreed_cost: Money
    service_months: int
    flat_penalty: Money | None = None
    ends_with_contract: bool = False
    document: Sha256
    personal_terms: str = ""
    training_from: Day | None = None


class CostVerified(Fact):
    """A line of cost with the SHA-256 of its voucher; one invoice is never counted twice.

    `invoice_total` is what the whole invoice of a group says, of which `amount` is this training's share.
    """

    TYPE: ClassVar[str] = "agreements.CostVerified.v1"
    employee: str
    kind: CostKind
    amount: Money
    voucher: Sha256
    invoice_code: str
    invoice_number: str
    invoice_total: Money | None = None


class AgreementOffered(Fact):
    TYPE: ClassVar[str] = "agreements.AgreementOffered.v1"
    employee: str
    on: Day
    open_until: Day


class AgreementSigned(Fact):
    """The employee signed the document with this hash. `identified_by` says how they were identified."""

    TYPE: ClassVar[str] = "agreements.AgreementSigned.v1"
    employee: str
    on: Day
    document: Sha256
    identified_by: str
    intent: str


class AgreementSealed(Fact):
    """The company put its seal under the signed document."""

    TYPE: ClassVar[str] = "agreements.AgreementSealed.v1"
    employee: str
    on: Day
    document: Sha256


class AgreementWithdrawn(Fact):
    TYPE: ClassVar[str] = "agreements.AgreementWithdrawn.v1"
    employee: str
    reason: str


class AgreementDeclined(Fact):
    TYPE: ClassVar[str] = "agreements.AgreementDeclined.v1"
    employee: str
    reason: str


class AgreementLapsed(Fact):
    TYPE: ClassVar[str] = "agreements.AgreementLapsed.v1"
    employee: str
    open_until: Day


class ServicePeriodStarted(Fact):
    """The training ended, so the period runs from the next day to the corresponding day (民法典201-202).

    `contract_extended_to` is the new end of the employment contract (实施条例17), None where it is not extended.
    """

    TYPE: ClassVar[str] = "agreements.ServicePeriodStarted.v1"
    employee: str
    training_end: Day
    first_day: Day
    last_day: Day
    months: int
    contract_extended_to: Day | None = None


class ServicePeriodEnding(Fact):
    """HR was reminded that the period will end: one month before."""

    TYPE: ClassVar[str] = "agreements.ServicePeriodEnding.v1"
    employee: str
    last_day: Day
    on: Day


class ServicePeriodFulfilled(Fact):
    TYPE: ClassVar[str] = "agreements.ServicePeriodFulfilled.v1"
    employee: str
    last_day: Day


class DamagesAssessed(Fact):
    """What leaving costs, line by line. `alternative` is another reading's higher figure, if there is one."""

    TYPE: ClassVar[str] = "agreements.DamagesAssessed.v1"
    employee: str
    last_day: Day
    ground: Ground
    article: str
    amount: Money
    ceiling: Money
    alternative: Money | None = None
    waived_percent: Number | None = None
    settlement: Money | None = None
    agreements: tuple[str, ...]
    steps: tuple[str, ...]
    claim_deadline: Day


class DamagesReversed(Fact):
    """An assessment no longer stands, since the leaving was corrected."""

    TYPE: ClassVar[str] = "agreements.DamagesReversed.v1"
    employee: str
    amount: Money
    reason: str


class ClaimExpiring(Fact):
    """The time to claim damages runs out on `deadline` (调解仲裁法27); this is a warning."""

    TYPE: ClassVar[str] = "agreements.ClaimExpiring.v1"
    employee: str
    deadline: Day
    on: Day


class DeadLetterRetried(DeadLetterHandled):
    TYPE: ClassVar[str] = "agreements.DeadLetterRetried.v1"


class DeadLetterDiscarded(DeadLetterHandled):
    TYPE: ClassVar[str] = "agreements.DeadLetterDiscarded.v1"


Event = (
    PolicyAdopted
    | TemplatePublished
    | AgreementDrafted
    | CostVerified
    | AgreementOffered
    | AgreementSigned
    | AgreementSealed
    | AgreementWithdrawn
    | AgreementDeclined
    | AgreementLapsed
    | ServicePeriodStarted
    | ServicePeriodEnding
    | ServicePeriodFulfilled
    | DamagesAssessed
    | DamagesReversed
    | ClaimExpiring
    | DeadLetterRetried
    | DeadLetterDiscarded
)
