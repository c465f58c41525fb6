"""The worked cases of agreements, in the words of the golden vocabulary, decided by the domain's own rules."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from agreements.domain import damages
from agreements.domain.costs import Cost, CostLine
from agreements.domain.damages import Departure, Promise, down_to_fen
from agreements.domain.explanation import explain
from agreements.domain.leave import Leave, LeaveKind
from agreements.domain.limitation import Interruption, limitation
from agreements.domain.policy import (
    CostBasis,
    Policy,
    ProbationRule,
    Rounding,
    contract_extended_to,
    cost_base,
    months_for_cost,
    service_period,
)
from casework import Amount, Answer, CaseInputs, Category, Count, Day, Figure, Flag
from contracts.agreements import CostKind, Proration, TrainingClass
from contracts.people import Ground


def without_leave(kind: object) -> object:
    return kind.removesuffix("_LEAVE") if isinstance(kind, str) else kind


# What a case holds


class PolicyGiven(CaseInputs):
    proration: Proration = "MONTH_THEN_DAY"
    probation_rule: ProbationRule = "EXEMPT_264"
    rounding: Rounding = "DOWN_TO_FEN"
    cost_basis: CostBasis = "GROSS_VOUCHER"

    def told(self) -> Policy:
        return Policy(
            proration=self.proration,
            probation_rule=self.probation_rule,
            rounding=self.rounding,
            cost_basis=self.cost_basis,
        )


class CostLineGiven(CaseInputs):
    kind: CostKind
    amount: Amount
    voucher: Flag = False
    eligible: Flag = True

    def told(self) -> CostLine:
        return CostLine(self.kind, self.amount, self.voucher, self.eligible)


class LeaveGiven(CaseInputs):
    kind: Annotated[LeaveKind, BeforeValidator(without_leave)]
    days: Count


class AgreementGiven(CaseInputs):
    service_months: Count
    training_end: Day
    verified_cost: Amount | None = None
    cost_lines: tuple[CostLineGiven, ...] | None = None
    agreed_cost: Amount | None = None
    flat_penalty: Amount | None = None
    ends_with_contract: Flag = False
    leave: tuple[LeaveGiven, ...] = ()
    suspended_months: Count = 0

    @model_validator(mode="after")
    def has_a_cost(self) -> Self:
        if self.verified_cost is None and self.cost_lines is None:
            raise ValueError("verified_cost or cost_lines is missing")
        return self

    def told(self, number: int, training_class: TrainingClass) -> Promise:
        lines = None if self.cost_lines is None else tuple(line.told() for line in self.cost_lines)
        return Promise(
            name=f"协议{number}",
            service_months=self.service_months,
            training_end=self.training_end,
            cost=Cost(self.verified_cost, lines, self.agreed_cost),
            training_class=training_class,
            flat_penalty=self.flat_penalty,
            ends_with_contract=self.ends_with_contract,
            suspended_months=self.suspended_months,
            leave=tuple(Leave(leave.kind, leave.days) for leave in self.leave),
        )


class DamagesCase(CaseInputs):
    agreements: tuple[AgreementGiven, ...]
    last_day: Day
    departure_reason: Ground
    policy: PolicyGiven = PolicyGiven()
    training_class: TrainingClass = "SPECIAL"
    settlement_amount: Amount | None = None
    waiver_pct: Annotated[Amount, Field(le=100)] = Decimal()


class PolicyCase(CaseInputs):
    """Three questions, each asked by its own fields, alone or together."""

    verified_cost: Amount | None = None
    invoice_gross: Amount | None = None
    vat_deducted: Amount | None = None
    policy: PolicyGiven = PolicyGiven()
    training_end: Day | None = None
    service_months: Annotated[Count, Field(ge=1)] | None = None
    contract_end: Day | None = None
    service_end: Day | None = None
    otherwise_agreed: Flag | None = None

    @model_validator(mode="after")
    def asks_whole_questions(self) -> Self:
        if self.verified_cost is not None and self.invoice_gross is not None:
            raise ValueError("verified_cost and invoice_gross exclude each other")
        if self.vat_deducted is not None and self.vat_deducted > (self.invoice_gross or 0):
            raise ValueError("vat_deducted is more than invoice_gross")
        if (self.training_end is None) != (self.service_months is None):
            raise ValueError("training_end and service_months need each other")
        if (self.contract_end is None) != (self.service_end is None):
            raise ValueError("contract_end and service_end need each other")
        if self.otherwise_agreed is not None and self.contract_end is None:
            raise ValueError("otherwise_agreed needs contract_end and service_end")
        if self.verified_cost is self.invoice_gross is self.training_end is self.contract_end is None:
            raise ValueError("verified_cost, invoice_gross, training_end or contract_end is missing")
        return self


class LimitationCase(CaseInputs):
    last_day: Day
    demands: tuple[Day, ...] = ()
    filed_on: Day | None = None


# What is answered


def damages_of(inputs: Mapping[str, object]) -> Answer:
    case = DamagesCase.model_validate(inputs)
    promises = [given.told(number, case.training_class) for number, given in enumerate(case.agreements, start=1)]
    departure = Departure(case.last_day, case.departure_reason, case.settlement_amount, case.waiver_pct)
    assessed = damages.assess(departure, promises, case.policy.told())
    return Answer({"damages_rmb": str(assessed.amount)}, explain(assessed))


def policy_of(inputs: Mapping[str, object]) -> Answer:
    case = PolicyCase.model_validate(inputs)
    answers = (answer for question in (cost_answer, period_answer, contract_answer) if (answer := question(case)))
    figures: dict[str, Figure] = {}
    steps: list[str] = []
    for answer in answers:
        figures |= answer.figures
        steps.extend(answer.steps)
    return Answer(figures, tuple(steps))


def cost_answer(case: PolicyCase) -> Answer | None:
    policy, base = case.policy.told(), case.verified_cost
    if case.invoice_gross is not None:
        base = cost_base(case.invoice_gross, case.vat_deducted or Decimal(), policy)
    if base is None:
        return None
    months = months_for_cost(base, policy)
    basis = "含税凭证金额" if policy.cost_basis == "GROSS_VOUCHER" else "扣除已抵扣增值税后的金额"
    how = f"按{basis}," if case.invoice_gross is not None else ""
    return Answer(
        {"service_months": months, "cost_base": str(down_to_fen(base))},
        (f"{how}培训费用{down_to_fen(base)}元,按公司政策约定服务期{months}个月(“超过”不含本数)。",),
    )


def period_answer(case: PolicyCase) -> Answer | None:
    if case.training_end is None or case.service_months is None:
        return None
    period = service_period(case.training_end, case.service_months)
    return Answer(
        {
            "first_day": period.first_day.isoformat(),
            "last_day": period.last_day.isoformat(),
            "hr_reminder": period.hr_reminder.isoformat(),
        },
        (
            f"服务期自培训结束次日{period.first_day}起,至对应日{period.last_day}止(民法典201-202)。",
            f"届满前一个月即{period.hr_reminder}提醒人力资源部。",
        ),
    )


def contract_answer(case: PolicyCase) -> Answer | None:
    if case.contract_end is None or case.service_end is None:
        return None
    to = contract_extended_to(case.contract_end, case.service_end, otherwise_agreed=bool(case.otherwise_agreed))
    step = f"劳动合同续延至服务期满{to}(实施条例17)。" if to else "劳动合同不因服务期而续延(实施条例17)。"
    return Answer({"contract_extended_to": written(to)}, (step,))


def limitation_of(inputs: Mapping[str, object]) -> Answer:
    case = LimitationCase.model_validate(inputs)
    clock = limitation(case.last_day, (Interruption(on) for on in case.demands))
    barred = None if case.filed_on is None else clock.time_barred(case.filed_on)
    return Answer(
        {
            "claim_deadline": clock.deadline.isoformat(),
            "time_barred": barred,
            "warnings": [warning.isoformat() for warning in clock.warnings],
        },
        (
            f"仲裁时效自{clock.known_on}起一年(调解仲裁法27)。",
            *(f"{demand.on}主张权利,时效中断并重新计算。" for demand in clock.restarted_by),
            *(f"{demand.on}主张权利时时效已届满,不再恢复。" for demand in clock.too_late),
            f"最迟于{clock.deadline}申请仲裁。",
        ),
    )


def written(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


CATEGORIES: Mapping[str, Category] = {"damages": damages_of, "policy": policy_of, "limitation": limitation_of}
