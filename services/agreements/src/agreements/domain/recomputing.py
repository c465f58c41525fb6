"""Damages recomputed: what agreements knew of a leaving when it assessed it, out of the events, by the same deciders."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from agreements.domain import agreement, company_rules, leaving
from agreements.domain.company_rules import CompanyRules
from agreements.domain.damages import Departure
from agreements.domain.leaving import Leaving, assessing
from agreements.domain.life import Agreement
from contracts.agreements import AgreementSealed, DamagesAssessed, DamagesReversed, PolicyAdopted
from contracts.agreements import Event as Own
from contracts.envelope import Event, Fact
from contracts.people import EmployeeLeft, LeavingCorrected

Recomputed = tuple[Event[Fact], Fact | None, Fact | str | None]
Left = EmployeeLeft | LeavingCorrected


@dataclass
class Known:
    """What agreements knows at a moment of its history."""

    rules: CompanyRules = company_rules.initial
    agreements: dict[UUID, Agreement] = field(default_factory=dict[UUID, Agreement])
    sealed: dict[str, dict[UUID, date]] = field(default_factory=lambda: defaultdict(dict))
    leavings: dict[UUID, Leaving] = field(default_factory=dict[UUID, Leaving])
    left: dict[str, Left] = field(default_factory=dict[str, Left])

    def take_in(self, event: Event[Fact]) -> None:
        fact = event.fact
        match fact:
            case EmployeeLeft() | LeavingCorrected():
                self.left[fact.employee] = fact
            case DamagesAssessed() | DamagesReversed():
                held = self.leavings.get(event.stream, leaving.initial)
                self.leavings[event.stream] = leaving.evolve(held, fact)
            case PolicyAdopted():
                self.rules = company_rules.evolve(self.rules, fact)
            case AgreementSealed():
                self.sealed[fact.employee][event.stream] = fact.on
                self._evolve(event.stream, fact)
            case _ if isinstance(fact, Own):
                self._evolve(event.stream, fact)
            case _:
                pass

    def _evolve(self, stream: UUID, fact: Own) -> None:
        self.agreements[stream] = agreement.evolve(self.agreements.get(stream), fact)


def recomputed(events: Iterable[Event[Fact]]) -> Iterator[Recomputed]:
    """Each assessment and each reversal, with what the deciders say on what was known just before it."""
    known = Known()
    for event in events:
        if isinstance(event.fact, DamagesAssessed | DamagesReversed):
            yield event, event.fact, decided_anew(known, event.stream, event.fact)
        known.take_in(event)


def decided_anew(known: Known, stream: UUID, fact: DamagesAssessed | DamagesReversed) -> Fact | str | None:
    left = known.left.get(fact.employee)
    if left is None:
        return "that the employee left is not among the events"
    for one in known.sealed[fact.employee]:
        if (held := known.agreements.get(one)) is None:
            return f"how agreement {one} was drafted is not among the events"
        if held.terms.policy > len(known.rules):
            return f"policy {held.terms.policy} is not among the events"
    because = fact.reason if isinstance(fact, DamagesReversed) else ""
    sealed = {one: (on, known.agreements[one]) for one, on in known.sealed[fact.employee].items()}
    command = assessing(fact.employee, Departure(left.last_day, left.ground), sealed, known.rules, because)
    decided = leaving.decide(command, known.leavings.get(stream, leaving.initial))
    return next((each for each in decided if type(each) is type(fact)), None)
