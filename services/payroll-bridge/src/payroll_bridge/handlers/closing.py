"""What payroll-bridge does when asked to close a month: all of it in one Work, which only the chassis commits."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from chassis.keeping.work import Asked, Work
from contracts import Refusal
from contracts.envelope import Fact, Period
from payroll_bridge.domain import payroll
from payroll_bridge.domain.closing import Decider, Plan, planned, settle, take_back
from payroll_bridge.domain.lines import PayLine
from payroll_bridge.domain.month import window_of
from payroll_bridge.domain.pay import MonthsPay
from payroll_bridge.domain.payroll import LaterPeriodClosed
from payroll_bridge.domain.results import courses_in, paid_for_voided, withheld_from_passed
from payroll_bridge.domain.streams import stream_of
from payroll_bridge.domain.wage import SealedWage
from payroll_bridge.handlers.keeping import OpenedWage
from payroll_bridge.views import lines, results
from payroll_bridge.views.bonus_rules import rule_on
from payroll_bridge.views.claims import claims
from payroll_bridge.views.periods import PeriodRow, newest_closed, period_row
from payroll_bridge.views.staff import places_of
from payroll_bridge.views.wages import wages_in


@dataclass(eq=False)
class MonthMoved(Refusal):
    """A wage or a result came while the month was being closed. Nothing was closed: ask again."""

    employee: str


class WorksBooks:
    """The books as a Work keeps them."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def decide(self, decider: Decider, stream: UUID, command: object) -> Sequence[Fact]:
        before = len(self._work.decided)
        self._work.decide(decider, stream, command)
        return [event.fact for event in self._work.decided[before:]]

    def state(self, decider: Decider, stream: UUID) -> Any:
        return self._work.state(decider, stream)

    def lines_of(self, period: Period) -> list[PayLine]:
        return lines.lines_of_period(self._work, period)


def plan_of(asked: Asked, period: Period, cutoff: date) -> Plan:
    newest = newest_closed(asked)
    window = window_of(period, cutoff, (newest.period, newest.cutoff) if newest else None)
    known, paid = results.results_near(asked, window), lines.subsidies_near(asked, window)
    found, owed = courses_in(window, known, paid, results.published_classes(asked)), claims(asked)
    places = places_of(asked, found.keys() | {it.employee for it in owed})
    return planned(window, rule_on(asked, cutoff), found, owed, places)


def wages_to_open(asked: Asked, period: Period, cutoff: date) -> dict[str, SealedWage]:
    """The wages that closing this month will need, to be opened before its Work begins."""
    if period_row(asked, period):
        return {}
    return wages_in(asked, plan_of(asked, period, cutoff).employees, period)


def close_month(work: Work, period: Period, cutoff: date, wages: Mapping[str, OpenedWage]) -> dict[str, Any]:
    """Settles a month, once: asking again answers the same. Refuses with MonthMoved."""
    stream, books = stream_of("payroll", period), WorksBooks(work)
    standing = work.state(payroll, stream)
    if standing is None:
        payroll.may_be_cut_off(period, cutoff, work.today)
        newest = newest_closed(work)
        if newest and newest.period > period:
            raise LaterPeriodClosed(period, newest.period)
        take_back(books, period, for_voided(work), from_passed(work, newest))
        plan = plan_of(work, period, cutoff)
        pays = pays_of(work, plan, wages)
        work.batch.load(stream_of(kind, who) for who in plan.employees for kind in ("adjustments", "claim"))
        work.decide(payroll, stream, settle(books, plan, pays))
    else:
        payroll.same_cutoff(cutoff, standing)
    row = period_row(work, period)
    return {name: it for name, it in asdict(row).items() if name != "file"} if row else {}


def for_voided(asked: Asked) -> list[PayLine]:
    return paid_for_voided(lines.beside_voided(asked), results.voided_results(asked))


def from_passed(asked: Asked, newest: PeriodRow | None) -> list[PayLine]:
    if newest is None:
        return []
    withheld = lines.withheld_in(asked, newest.period)
    return withheld_from_passed(withheld, results.results_of(asked, {it.employee for it in withheld}), newest.cutoff)


def pays_of(work: Work, plan: Plan, wages: Mapping[str, OpenedWage]) -> dict[str, MonthsPay]:
    pays: dict[str, MonthsPay] = {}
    for who, now in wages_in(work, plan.employees, plan.window.period).items():
        held = wages.get(who)
        if held is None or held.sealed != now:
            raise MonthMoved(who)
        if held.pay:
            pays[who] = held.pay
    return pays
