"""The payroll of a month: open, closed at its cut-off, exported once."""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from contracts import Refusal
from contracts.envelope import Period, Sha256
from contracts.payroll_bridge import Event, PayrollClosed, PayrollExported

MOST_NAMED = 2_000
"""So many employees are named in one closing. More without a wage means that the wages have not been loaded."""

# What can be asked


@dataclass(frozen=True)
class CloseMonth:
    """What the month came to: `without_wage` got no line for want of a wage, `blocked` says whose claim waits, and why."""

    period: Period
    cutoff: date
    lines: int
    paid: Decimal
    withheld: Decimal
    without_wage: tuple[str, ...] = ()
    blocked: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class ExportMonth:
    """The month's file left, with this hash."""

    file: Sha256


Command = CloseMonth | ExportMonth

# Why the answer may be no


@dataclass(eq=False)
class CutOffElsewhere(Refusal):
    """The cut-off is a day of the period itself."""

    period: Period
    cutoff: date


@dataclass(eq=False)
class CutOffAhead(Refusal):
    """The cut-off day has not come yet, so nobody knows the state on it."""

    cutoff: date
    today: date


@dataclass(eq=False)
class ClosedAtAnotherCutOff(Refusal):
    """The period is closed, and at another cut-off; what came later belongs to the next period."""

    period: Period
    cutoff: date


@dataclass(eq=False)
class LaterPeriodClosed(Refusal):
    """A later period is closed already; what this one lacks goes to the next."""

    period: Period
    closed: Period


@dataclass(eq=False)
class WagesNotLoaded(Refusal):
    """Too many employees with results have no wage for this period: load the wages first."""

    count: int
    some: tuple[str, ...]


@dataclass(eq=False)
class NothingToExport(Refusal):
    """The period is not closed yet."""


# What it can be


@dataclass(frozen=True)
class Closed:
    closed: PayrollClosed


@dataclass(frozen=True)
class Exported:
    closed: PayrollClosed
    file: Sha256


Payroll = Closed | Exported | None
initial: Payroll = None


def decide(command: Command, payroll: Payroll) -> tuple[Event, ...]:
    match command:
        case CloseMonth():
            return close(command, payroll)
        case ExportMonth():
            return export(command, payroll)


def close(command: CloseMonth, payroll: Payroll) -> tuple[Event, ...]:
    match payroll:
        case None:
            if len(command.without_wage) + len(command.blocked) > MOST_NAMED:
                raise WagesNotLoaded(len(command.without_wage), command.without_wage[:10])
            return (
                PayrollClosed(
                    period=command.period,
                    cutoff=command.cutoff,
                    lines=command.lines,
                    paid=command.paid,
                    withheld=command.withheld,
                    without_wage=command.without_wage,
                    blocked=command.blocked,
                ),
            )
        case Closed() | Exported():
            same_cutoff(command.cutoff, payroll)
            return ()


def export(command: ExportMonth, payroll: Payroll) -> tuple[Event, ...]:
    match payroll:
        case None:
            raise NothingToExport
        case Closed(closed=closed):
            return (
                PayrollExported(
                    period=closed.period,
                    lines=closed.lines,
                    paid=closed.paid,
                    withheld=closed.withheld,
                    file=command.file,
                ),
            )
        case Exported():
            return ()  # The errand ran again; the file had left before.


def same_cutoff(cutoff: date, payroll: Closed | Exported) -> None:
    if payroll.closed.cutoff != cutoff:
        raise ClosedAtAnotherCutOff(payroll.closed.period, payroll.closed.cutoff)


def days_of(period: Period) -> tuple[date, date]:
    """The first and the last day of a month written as 2031-06."""
    year, month = int(period[:4]), int(period[5:])
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def may_be_cut_off(period: Period, cutoff: date, today: date) -> None:
    first, last = days_of(period)
    if not first <= cutoff <= last:
        raise CutOffElsewhere(period, cutoff)
    if cutoff > today:
        raise CutOffAhead(cutoff, today)


def evolve(payroll: Payroll, event: Event) -> Payroll:
    match event, payroll:
        case PayrollClosed(), _:
            return Closed(event)
        case PayrollExported(file=file), Closed(closed=closed):
            return Exported(closed, file)
        case _:
            return payroll
