"""Serving: the period that was promised runs from the end of the training, nears its end, and is fulfilled."""

from dataclasses import dataclass
from datetime import date

from agreements.domain.life import Agreement, Sealed, Serving
from agreements.domain.policy import contract_extended_to, service_period
from contracts.agreements import Event, ServicePeriodEnding, ServicePeriodFulfilled, ServicePeriodStarted


@dataclass(frozen=True)
class StartServicePeriod:
    """The training ended. `contract_end` is that of the contract of employment, `left_on` the employee's last day."""

    training_end: date
    contract_end: date | None = None
    left_on: date | None = None


@dataclass(frozen=True)
class RemindOfEnd:
    on: date
    left_on: date | None = None


@dataclass(frozen=True)
class FulfilServicePeriod:
    on: date
    left_on: date | None = None


def start(command: StartServicePeriod, agreement: Agreement) -> tuple[Event, ...]:
    """Only what is sealed binds; who had left before the training ended serves nothing."""
    match agreement:
        case Sealed(terms=terms) if command.training_end >= agreement.training_from:
            if command.left_on is not None and command.left_on < command.training_end:
                return ()
            period = service_period(command.training_end, terms.service_months)
            extended = command.contract_end and contract_extended_to(
                command.contract_end, period.last_day, otherwise_agreed=terms.ends_with_contract
            )
            return (
                ServicePeriodStarted(
                    employee=terms.employee,
                    training_end=command.training_end,
                    first_day=period.first_day,
                    last_day=period.last_day,
                    months=terms.service_months,
                    contract_extended_to=extended,
                ),
            )
        case _:
            return ()


def remind(command: RemindOfEnd, agreement: Agreement) -> tuple[Event, ...]:
    match agreement:
        case Serving(terms=terms, last_day=last_day, reminded_on=None) if command.on <= last_day and not left_before(
            command.left_on, last_day
        ):
            return (ServicePeriodEnding(employee=terms.employee, last_day=last_day, on=command.on),)
        case _:
            return ()


def fulfil(command: FulfilServicePeriod, agreement: Agreement) -> tuple[Event, ...]:
    match agreement:
        case Serving(terms=terms, last_day=last_day) if command.on > last_day and not left_before(
            command.left_on, last_day
        ):
            return (ServicePeriodFulfilled(employee=terms.employee, last_day=last_day),)
        case _:
            return ()


def left_before(left_on: date | None, last_day: date) -> bool:
    return left_on is not None and left_on < last_day
