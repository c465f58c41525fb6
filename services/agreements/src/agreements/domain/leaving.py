"""What a leaving costs: assessed over all agreements that still bind, reversed when the facts change, and time-barred."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from agreements.domain.company_rules import CompanyRules, numbered
from agreements.domain.costs import Cost, CostLine
from agreements.domain.damages import Damages, Departure, Promise, assess, down_to_fen, summed_ceiling
from agreements.domain.explanation import explain, yuan
from agreements.domain.life import Agreement, Fulfilled, Sealed, Serving, drawn
from agreements.domain.limitation import limitation
from agreements.domain.policy import Policy
from contracts.agreements import ClaimExpiring, DamagesAssessed, DamagesReversed, Event

# What can be asked


@dataclass(frozen=True)
class Bound:
    """An agreement that binds on the day of leaving, under the policy that it froze."""

    agreement: str
    promise: Promise
    policy: Policy


@dataclass(frozen=True)
class AssessLeaving:
    """`because` is why an earlier assessment would no longer stand."""

    employee: str
    departure: Departure
    bound: tuple[Bound, ...]
    because: str


@dataclass(frozen=True)
class WarnOfClaim:
    """`due` is the day on which the warning was due, `on` the one on which it is given."""

    due: date
    on: date


Command = AssessLeaving | WarnOfClaim

# What it can be


@dataclass(frozen=True)
class Leaving:
    """`warned` are the days of the warnings given for `deadline`, which a new assessment on it does not repeat."""

    standing: DamagesAssessed | None = None
    deadline: date | None = None
    warned: frozenset[date] = frozenset()


initial = Leaving()


def bound_by(agreement: Agreement, last_day: date) -> Promise | None:
    """What an agreement binds to on a last day, None if to nothing. While the training lasts, nothing is served."""
    match agreement:
        case Serving(last_day=end) | Fulfilled(fulfilled_on=end) if end <= last_day:
            return None
        case Sealed():
            training_end = last_day
        case Serving(training_end=end) | Fulfilled(training_end=end):
            training_end = end
        case _:
            return None
    terms = agreement.terms
    return Promise(
        name=f"《{terms.course}》协议",
        service_months=terms.service_months,
        training_end=training_end,
        cost=Cost(
            lines=tuple(CostLine(line.kind, line.amount, vouched=True) for line in agreement.costs),
            agreed=terms.agreed_cost,
        ),
        training_class=terms.training_class,
        flat_penalty=terms.flat_penalty,
        ends_with_contract=terms.ends_with_contract,
    )


def assessing(
    employee: str,
    departure: Departure,
    sealed: Mapping[UUID, tuple[date, Agreement]],
    rules: CompanyRules,
    because: str,
) -> AssessLeaving:
    """The assessment over the agreements of an employee that were sealed, each with its day, and that still bind."""
    bound = [
        Bound(str(one), promise, numbered(rules, drawn(held).terms.policy))
        for one, (_, held) in sorted(sealed.items(), key=lambda each: (each[1][0], each[0]))
        if (promise := bound_by(held, departure.last_day))
    ]
    return AssessLeaving(employee, departure, tuple(bound), because)


def decide(command: Command, leaving: Leaving) -> tuple[Event, ...]:
    match command:
        case AssessLeaving():
            return assess_anew(command, leaving)
        case WarnOfClaim():
            return warn(command, leaving)


def assess_anew(command: AssessLeaving, leaving: Leaving) -> tuple[Event, ...]:
    new = assessed(command) if command.bound else None
    before = leaving.standing
    if new == before:
        return ()
    reversed_ = () if before is None else (reversal(before, command.because),)
    return (*reversed_, *(() if new is None else (new,)))


def reversal(before: DamagesAssessed, because: str) -> DamagesReversed:
    return DamagesReversed(employee=before.employee, amount=before.amount, reason=because)


def assessed(command: AssessLeaving) -> DamagesAssessed:
    """Agreements of one policy are assessed together; the sum over policies is rounded once, too."""
    policies = dict.fromkeys(bound.policy for bound in command.bound)
    results = [
        assess(command.departure, (b.promise for b in command.bound if b.policy == policy), policy)
        for policy in policies
    ]
    amount = down_to_fen(sum((damages.exactly for damages in results), Fraction()))
    ceiling = down_to_fen(sum((summed_ceiling(damages.parts) for damages in results), Fraction()))
    higher = sum((highest(damages) for damages in results), Decimal())
    steps = [step for damages in results for step in explain(damages)]
    if len(results) > 1:
        steps.append(f"各协议适用不同版本的公司制度,合计{yuan(amount)}。")
    return DamagesAssessed(
        employee=command.employee,
        last_day=command.departure.last_day,
        ground=command.departure.ground,
        article="; ".join(dict.fromkeys(article for damages in results for article in damages.article.split("; "))),
        amount=amount,
        ceiling=ceiling,
        alternative=higher if higher > amount else None,
        agreements=tuple(bound.agreement for bound in command.bound),
        steps=tuple(steps),
        claim_deadline=limitation(command.departure.last_day).deadline,
    )


def highest(damages: Damages) -> Decimal:
    return max((more.amount for more in damages.higher_readings), default=damages.amount)


def warnings_of(assessment: DamagesAssessed | None) -> tuple[date, ...]:
    """The days on which it is warned that the claim expires; none where there is nothing to claim."""
    if assessment is None or not assessment.amount:
        return ()
    return limitation(assessment.last_day).warnings


def warn(command: WarnOfClaim, leaving: Leaving) -> tuple[Event, ...]:
    standing = leaving.standing
    if standing is None or command.due not in warnings_of(standing) or command.on > standing.claim_deadline:
        return ()
    if any(day >= command.due for day in leaving.warned):
        return ()
    return (ClaimExpiring(employee=standing.employee, deadline=standing.claim_deadline, on=command.on),)


def evolve(leaving: Leaving, event: Event) -> Leaving:
    match event:
        case DamagesAssessed(claim_deadline=deadline):
            return Leaving(event, deadline, leaving.warned if deadline == leaving.deadline else frozenset())
        case DamagesReversed():
            return replace(leaving, standing=None)
        case ClaimExpiring(on=on):
            return replace(leaving, warned=leaving.warned | {on})
        case _:
            return leaving
