"""A claim for damages as payroll sees it: what the employee agreed to in writing, and what was taken since."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from contracts import Refusal
from contracts.envelope import Period, Sha256
from contracts.payroll_bridge import ConsentGiven, DamagesDeducted, Event
from payroll_bridge.domain.deductions import DAMAGES_CAP, BlockedBy, Permission, damages
from payroll_bridge.domain.pay import NOTHING, MonthsPay, percent
from payroll_bridge.domain.regions import RegionRule

# What can be asked


@dataclass(frozen=True)
class GiveConsent:
    """A newer document takes the place of an older one: its amount is the most that may be deducted in all."""

    employee: str
    amount: Decimal
    on: date
    document: Sha256
    prior_written_notice: bool


@dataclass(frozen=True)
class DeductDamages:
    """`assessed` is what the damages are by now; `pay` is what is left of the month's pay for other cuts."""

    employee: str
    period: Period
    assessed: Decimal
    pay: MonthsPay
    rule: RegionRule


Command = GiveConsent | DeductDamages

# Why the answer may be no


@dataclass(eq=False)
class NothingConsented(Refusal):
    """A consent names the amount that may be deducted."""

    amount: Decimal


# What it can be


@dataclass(frozen=True)
class Claim:
    consent: ConsentGiven | None = None
    deducted: Decimal = NOTHING
    periods: frozenset[Period] = frozenset()

    @property
    def agreed(self) -> Decimal:
        return self.consent.amount if self.consent else NOTHING


initial = Claim()


def decide(command: Command, claim: Claim) -> tuple[Event, ...]:
    match command:
        case GiveConsent():
            return give_consent(command, claim)
        case DeductDamages():
            return deduct(command, claim)


def give_consent(command: GiveConsent, claim: Claim) -> tuple[Event, ...]:
    if command.amount <= 0:
        raise NothingConsented(command.amount)
    given = ConsentGiven(
        employee=command.employee,
        amount=command.amount,
        on=command.on,
        document=command.document,
        prior_written_notice=command.prior_written_notice,
    )
    return () if given == claim.consent else (given,)


def deduct(command: DeductDamages, claim: Claim) -> tuple[Event, ...]:
    """Quiet where nothing is owed or permitted, and where the month's payroll has had its share."""
    if command.period in claim.periods or blocked_by(claim, command.rule):
        return ()
    owed = collectable(command.assessed, claim)
    (amount,) = damages(owed, (command.pay,), permission_of(claim), command.rule).amounts
    if amount <= 0:
        return ()
    return (
        DamagesDeducted(
            employee=command.employee,
            period=command.period,
            amount=amount,
            remaining=command.assessed - claim.deducted - amount,
            limit=limit(amount, owed),
        ),
    )


def collectable(assessed: Decimal, claim: Claim) -> Decimal:
    """What may still be taken from wages: no more than is owed, and no more than was agreed to."""
    return max(min(assessed, claim.agreed) - claim.deducted, NOTHING)


def blocked_by(claim: Claim, rule: RegionRule) -> BlockedBy | None:
    return damages(NOTHING, (), permission_of(claim), rule).blocked_by


def permission_of(claim: Claim) -> Permission:
    consent = claim.consent
    return Permission(consent=consent is not None, prior_written_notice=bool(consent and consent.prior_written_notice))


def limit(amount: Decimal, owed: Decimal) -> str:
    """What held the amount down, without a word of the wage, which is sealed."""
    if amount == owed:
        return "all that is owed and agreed to"
    return (
        f"at most {percent(DAMAGES_CAP)} of the month's wage, the rest not below the minimum wage (工资支付暂行规定16)"
    )


def evolve(claim: Claim, event: Event) -> Claim:
    match event:
        case ConsentGiven():
            return replace(claim, consent=event)
        case DamagesDeducted(period=period, amount=amount):
            return replace(claim, deducted=claim.deducted + amount, periods=claim.periods | {period})
        case _:
            return claim
