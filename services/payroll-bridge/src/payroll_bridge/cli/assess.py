"""Worked cases of payroll: which question a case asks, and the answer by the domain's own rules."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from casework import Amount, Answer, CaseInputs, CaseRefused, Count, Day, Figure, Flag
from contracts import Refusal
from payroll_bridge.domain.allowances import Attempt, TrainingClass, allowances, outcome_at
from payroll_bridge.domain.deductions import DAMAGES_CAP, Deductions, Penalty, Permission, damages, penalties
from payroll_bridge.domain.pay import FEN, NOTHING, MonthsPay
from payroll_bridge.domain.raises import recommendation
from payroll_bridge.domain.regions import NATIONAL, rule_of

NEWEST = date.max
"""Deductions in cases carry no day: the newest rule of the region is meant."""


def in_fen(amount: Decimal) -> Decimal:
    if amount % FEN:
        raise ValueError(f"{amount} is finer than a fen")
    return amount.quantize(FEN)


Money = Annotated[Amount, AfterValidator(in_fen)]
Score = Annotated[Amount, Field(le=100)]
Share = Annotated[Amount, Field(le=1)]
Text = Annotated[str, Field(strict=True, min_length=1)]


def assess_payroll(inputs: Mapping[str, object]) -> Answer:
    for field, answer in QUESTIONS.items():
        if field in inputs:
            try:
                return answer(inputs)
            except Refusal as refused:
                raise CaseRefused(f"{refused}.") from refused
    raise CaseRefused(f"The inputs ask no question about payroll: none of {', '.join(QUESTIONS)} is given.")


# What a course brings or costs in a month


class ToldAttempt(CaseInputs):
    date: Day
    passed: Flag
    score: Score | None = None


class WhatACourseBrings(CaseInputs):
    monthly_wage: Money
    passed: Flag | None = None
    score: Score | None = None
    performance_bonus: Money = NOTHING
    minimum_wage: Money = NOTHING
    training_class: TrainingClass = TrainingClass.SPECIAL
    deliveries: Annotated[Count, Field(ge=1)] = 1
    events: tuple[ToldAttempt, ...] | None = None
    cutoff: Day | None = None

    @model_validator(mode="after")
    def tell_the_outcome_once(self) -> Self:
        if self.events is None and self.passed is None:
            raise ValueError("passed or events is missing")
        if self.events is None and self.cutoff is not None:
            raise ValueError("cutoff is given without events")
        if self.events is not None and (self.passed is not None or self.score is not None):
            raise ValueError("passed and score belong into events when events are given")
        return self

    def attempts(self) -> tuple[Attempt, ...]:
        if self.events is None:
            return (Attempt("the news", NEWEST, self.passed is True, self.score),) * self.deliveries
        told = tuple(
            Attempt(f"events[{place}]", event.date, event.passed, event.score)
            for place, event in enumerate(self.events)
        )
        return told * self.deliveries


def allowances_of_a_course(inputs: Mapping[str, object]) -> Answer:
    asked = WhatACourseBrings.model_validate(inputs)
    pay = MonthsPay(asked.monthly_wage, asked.minimum_wage, asked.performance_bonus)
    lines = allowances(pay, outcome_at(asked.cutoff or NEWEST, asked.attempts()), asked.training_class)
    figures: dict[str, Figure] = {
        "subsidy": str(lines.subsidy),
        "excellence": str(lines.excellence),
        "bonus_withheld": str(lines.bonus_withheld),
        "post_gate": str(lines.post_gate),
    }
    return Answer(figures, lines.steps)


# What may be deducted


class WhatMayBeDeducted(CaseInputs):
    owed: Money
    wages: tuple[Money, ...]
    minimum_wage: Money = NOTHING
    consent: Flag = False
    award: Flag | Text | None = None
    cap: Share | None = None
    kind: Literal["DAMAGES", "DISCIPLINARY"] = "DAMAGES"
    region: Text = NATIONAL
    prior_written_notice: Flag = False


def deductions_from_wages(inputs: Mapping[str, object]) -> Answer:
    asked = WhatMayBeDeducted.model_validate(inputs)
    months = tuple(MonthsPay(wage, asked.minimum_wage) for wage in asked.wages)
    made = damages_of(asked, months) if asked.kind == "DAMAGES" else penalty_of(asked, months)
    figures: dict[str, Figure] = {
        "deductions": [str(amount) for amount in made.amounts],
        "remaining": str(made.remaining),
        "blocked_by": None if made.blocked_by is None else str(made.blocked_by),
    }
    return Answer(figures, made.steps)


def damages_of(asked: WhatMayBeDeducted, months: tuple[MonthsPay, ...]) -> Deductions:
    permission = Permission(asked.consent, bool(asked.award), asked.prior_written_notice)
    cap = DAMAGES_CAP if asked.cap is None else asked.cap
    return damages(asked.owed, months, permission, rule_of(asked.region, NEWEST), cap)


def penalty_of(asked: WhatMayBeDeducted, months: tuple[MonthsPay, ...]) -> Deductions:
    """The case's one penalty falls on the first month; what that month cannot bear is void for the others."""
    if not months:
        raise CaseRefused("wages is empty: a penalty falls on a month's wage.")
    made = penalties(months[0], (Penalty("the penalty", asked.owed),), rule_of(asked.region, NEWEST), cap=asked.cap)
    amounts = (*made.amounts, *(NOTHING for _ in months[1:]))
    return Deductions(amounts, made.remaining, made.blocked_by, made.steps)


# What raise is recommended


class WhatRaise(CaseInputs):
    monthly_wage: Money
    rank: Count
    population: Count


def raise_for_a_rank(inputs: Mapping[str, object]) -> Answer:
    asked = WhatRaise.model_validate(inputs)
    made = recommendation(asked.monthly_wage, asked.rank, asked.population)
    return Answer({"recommended_wage": str(made.wage), "applied": made.applied}, made.steps)


# The first of these fields that a case holds says what it asks.
QUESTIONS = {
    "owed": deductions_from_wages,
    "wages": deductions_from_wages,
    "rank": raise_for_a_rank,
    "population": raise_for_a_rank,
    "passed": allowances_of_a_course,
    "events": allowances_of_a_course,
}
