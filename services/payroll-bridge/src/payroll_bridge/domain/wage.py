"""What payroll pays an employee: the month's wage and the bonus in it, sealed, from a month on."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from contracts.envelope import Period, Sealed
from contracts.payroll_bridge import Event, WageSet

# What can be asked


@dataclass(frozen=True)
class SetWage:
    """Wage and bonus come sealed: whoever asks for them to be kept has opened and compared them before."""

    employee: str
    first_period: Period
    monthly_wage: Sealed
    performance_bonus: Sealed
    minimum_wage: Decimal


Command = SetWage

# What it can be


@dataclass(frozen=True)
class SealedWage:
    """A wage with whose it is and since when, still sealed."""

    employee: str
    first_period: Period
    monthly_wage: Sealed
    performance_bonus: Sealed
    minimum_wage: Decimal


def in_force(wages: Iterable[SealedWage], period: Period) -> dict[str, SealedWage]:
    """The wage of each employee in a period: what was set last for it or before it. Who has none is left out."""
    by_month = sorted((wage for wage in wages if wage.first_period <= period), key=lambda wage: wage.first_period)
    return {wage.employee: wage for wage in by_month}


@dataclass(frozen=True)
class Wage:
    monthly_wage: Sealed
    performance_bonus: Sealed
    minimum_wage: Decimal


Wages = dict[Period, Wage]
initial: Wages = {}


def decide(command: Command, wages: Wages) -> tuple[Event, ...]:
    wage = Wage(command.monthly_wage, command.performance_bonus, command.minimum_wage)
    if wages.get(command.first_period) == wage:
        return ()
    return (
        WageSet(
            employee=command.employee,
            first_period=command.first_period,
            monthly_wage=command.monthly_wage,
            performance_bonus=command.performance_bonus,
            minimum_wage=command.minimum_wage,
        ),
    )


def evolve(wages: Wages, event: Event) -> Wages:
    match event:
        case WageSet(monthly_wage=wage, performance_bonus=bonus, minimum_wage=minimum):
            return {**wages, event.first_period: Wage(wage, bonus, minimum)}
        case _:
            return wages
