"""The year in figures, as a person asks for them: counted from the published ledger, fact by fact."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from contracts.agreements import AgreementSealed, AgreementSigned, CostVerified, DamagesAssessed, DamagesReversed
from contracts.envelope import Fact, read
from contracts.learning import ExamFailed, ExamPassed
from contracts.payroll_bridge import PayrollExported
from contracts.people import EmployeeLeft
from contracts.points import PointsYearClosed
from evidence.adapters.files import TileFolder
from evidence.domain.proofs import stated_by
from evidence.domain.story import word

COUNTED: tuple[type[Fact], ...] = (
    *(ExamPassed, ExamFailed),
    *(AgreementSigned, AgreementSealed, CostVerified, DamagesAssessed, DamagesReversed),
    *(EmployeeLeft, PayrollExported, PointsYearClosed),
)
NOTHING = Decimal("0.00")
Kind = TypeVar("Kind", bound=Fact)


def published_size(ledger: Path) -> int:
    """How many records the published checkpoint covers."""
    return stated_by(TileFolder(ledger)).size


def facts_in(ledger: Path) -> list[Fact]:
    """The facts that are counted, in the order of the published ledger. What was recorded twice is one fact."""
    published, known = TileFolder(ledger), {fact.TYPE: fact for fact in COUNTED}
    found: dict[UUID, Fact] = {}
    for leaf in published.leaves(stated_by(published).size):
        event = read(leaf.partition(b"\n")[2], known)
        if event.fact is not None:
            found[event.id] = event.fact
    return list(found.values())


def figures(facts: Sequence[Fact]) -> Iterator[str]:
    """The lines that a person reads."""
    yield f"exams       {_exams(facts)}"
    signed, sealed = len(_of(AgreementSigned, facts)), len(_of(AgreementSealed, facts))
    yield f"agreements  {signed} signed, {sealed} sealed"
    fees = [cost.amount for cost in _of(CostVerified, facts)]
    yield f"trainings   {len(fees)} paid, {sum(fees, NOTHING):,} RMB"
    yield from _leavers(facts)
    yield f"payroll     {_payroll(_of(PayrollExported, facts))}"
    for year in _of(PointsYearClosed, facts):
        best = f"{_made(year.excellent, year.excellent_cut)}, {_made(year.bonus, year.bonus_cut)}"
        yield f"managers    {year.population} ranked, {best}"


def _of(kind: type[Kind], facts: Sequence[Fact]) -> list[Kind]:
    return [fact for fact in facts if isinstance(fact, kind)]


def _exams(facts: Sequence[Fact]) -> str:
    passed, failed = _of(ExamPassed, facts), _of(ExamFailed, facts)
    retaken = sum(exam.attempt > 1 for exam in (*passed, *failed))
    return f"{len(passed):,} passed, {len(failed):,} failed, {retaken:,} retaken"


def _leavers(facts: Sequence[Fact]) -> Iterator[str]:
    left, damages = _of(EmployeeLeft, facts), _damages(facts)
    grounds = {leaving.ground for leaving in left}
    yield f"leavers     {len(left)} on {len(grounds)} grounds, {sum(damages.values(), NOTHING):,} RMB"
    for leaving in left:
        owed = f"{damages[leaving.employee]:,} RMB" if leaving.employee in damages else "nothing promised"
        yield f"    {leaving.employee}  {leaving.last_day}  {owed:>16}  {word(leaving.ground)}"


def _damages(facts: Sequence[Fact]) -> dict[str, Decimal]:
    """What each leaver owes by the assessment that stands."""
    owed: dict[str, Decimal] = {}
    for fact in facts:
        match fact:
            case DamagesAssessed(employee=employee, amount=amount):
                owed[employee] = amount
            case DamagesReversed(employee=employee):
                owed.pop(employee, None)
            case _:
                pass
    return owed


def _payroll(exported: Sequence[PayrollExported]) -> str:
    lines, paid = sum(month.lines for month in exported), sum((month.paid for month in exported), NOTHING)
    withheld = sum((month.withheld for month in exported), NOTHING)
    return f"{len(exported)} exports, {lines:,} lines, {paid:,} RMB paid, {withheld:,} RMB withheld"


def _made(inside: Sequence[str], cut: int) -> str:
    tied = f" ({len(inside) - cut} more by a tie)" if len(inside) > cut else ""
    return f"{len(inside)} in the top {cut}{tied}"
