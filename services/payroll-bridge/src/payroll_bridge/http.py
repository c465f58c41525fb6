"""The HTTP face of payroll-bridge."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Self

from fastapi import APIRouter, Response
from pydantic import Field, model_validator
from starlette.concurrency import run_in_threadpool

from chassis.facing.asking import Body, NotFound, Who, after_of, cursor_of
from chassis.facing.policy import Policy, Relation
from chassis.keeping.sealing import Keyring
from contracts import Refusal
from contracts.envelope import Money, Period, Sha256
from payroll_bridge.domain.bonus_rule import AdoptBonusRule
from payroll_bridge.domain.claim import GiveConsent
from payroll_bridge.domain.lines import PayLine
from payroll_bridge.domain.streams import BONUS_RULES, stream_of
from payroll_bridge.handlers import closing, keeping
from payroll_bridge.handlers.keeping import WageEntry
from payroll_bridge.views import bonus_rules, claims, lines, periods

EVERYONE = Relation.ANYONE
POLICY = Policy(
    {
        "payroll.set-wages": {"payroll": EVERYONE, "hr": EVERYONE},
        "payroll.adopt-rule": {"payroll": EVERYONE, "hr": EVERYONE},
        "payroll.record-consent": {"payroll": EVERYONE, "hr": EVERYONE},
        "payroll.close": {"payroll": EVERYONE},
        "payroll.read-period": {"payroll": EVERYONE, "hr": EVERYONE, "auditor": EVERYONE},
        "payroll.read-rules": dict.fromkeys(("payroll", "hr", "auditor", "manager", "employee"), EVERYONE),
        "payroll.read-adjustments": {
            "payroll": EVERYONE,
            "hr": EVERYONE,
            "auditor": EVERYONE,
            "manager": Relation.SELF,
            "employee": Relation.SELF,
        },
    }
)
MOST_WAGES = 20_000  # in one request
Amount = Annotated[Money, Field(ge=0, lt=Decimal(10**12))]
Employee = Annotated[str, Field(min_length=1, max_length=100)]


class UnknownEmployees(Refusal):
    """Refused before anything is sealed: a wage of somebody whom people does not know could never be opened."""

    status = 422


class Wage(Body):
    employee: Employee
    first_period: Period
    monthly_wage: Amount
    performance_bonus: Amount = Decimal("0.00")
    minimum_wage: Amount

    @model_validator(mode="after")
    def bonus_is_in_the_wage(self) -> Self:
        if self.performance_bonus > self.monthly_wage:
            raise ValueError("the performance bonus is part of the monthly wage, and cannot be more")
        return self


class Wages(Body):
    entries: Annotated[tuple[Wage, ...], Field(min_length=1, max_length=MOST_WAGES)]


class BonusRule(Body):
    first_day: date
    discussed_on: date
    published_on: date
    receipts: Sha256


class Consent(Body):
    employee: Employee
    amount: Annotated[Amount, Field(gt=0)]
    on: date
    document: Sha256
    prior_written_notice: bool = False


class Closing(Body):
    cutoff: date


def routes(keyring: Keyring) -> APIRouter:
    """The routes of payroll-bridge. Data keys are fetched before a Work begins, and never inside one."""
    router = APIRouter(tags=["payroll-bridge"])

    @router.post("/wages")
    async def set_wages(wages: Wages, who: Who) -> Response:
        """Takes in wages by month, all or none; each is sealed under its person's key."""
        who.may("payroll.set-wages")
        entries = [WageEntry(**dict(entry)) for entry in wages.entries]
        owners = {entry.employee for entry in entries}
        keys = await run_in_threadpool(keyring.keys, owners)
        if unknown := sorted(owners - keys.keys()):
            raise UnknownEmployees(f"no data key for {', '.join(unknown[:10])}{' …' if len(unknown) > 10 else ''}")
        commands = await run_in_threadpool(keeping.sealed, entries, keys, who.asked)
        return await who.do(partial(keeping.set_wages, commands=commands), status=201)

    @router.post("/bonus-rules")
    async def adopt_bonus_rule(rule: BonusRule, who: Who) -> Response:
        """Adopts the rule that a bonus may be withheld under, with the procedure that 劳动合同法4 asks for."""
        who.may("payroll.adopt-rule")
        command = AdoptBonusRule(**dict(rule))
        return await who.do(partial(keeping.adopt_bonus_rule, command=command), status=201, stream=BONUS_RULES)

    @router.get("/bonus-rules")
    def read_bonus_rules(who: Who) -> dict[str, Any]:
        who.may("payroll.read-rules")
        return {"rules": bonus_rules.bonus_rules(who.asked)}

    @router.post("/consents")
    async def give_consent(consent: Consent, who: Who) -> Response:
        """Records an employee's written consent to a deduction of damages; the document is known by its hash."""
        who.may("payroll.record-consent", consent.employee)
        stream = stream_of("claim", consent.employee)
        command = GiveConsent(**dict(consent))
        return await who.do(partial(keeping.give_consent, command=command), status=201, stream=stream)

    @router.post("/periods/{period}/close")
    async def close(period: Period, asked: Closing, who: Who) -> Response:
        """Closes a month at its cut-off, once, and lets its files be written. Asking again answers the same."""
        who.may("payroll.close")
        needed = await run_in_threadpool(closing.wages_to_open, who.asked, period, asked.cutoff)
        keys = await run_in_threadpool(keyring.keys, needed)
        wages = await run_in_threadpool(keeping.opened, needed, keys)
        handler = partial(closing.close_month, period=period, cutoff=asked.cutoff, wages=wages)
        return await who.do(handler, stream=stream_of("payroll", period))

    @router.get("/periods/{period}")
    def read_period(period: Period, who: Who, cursor: str | None = None, limit: int = 100) -> dict[str, Any]:
        """What a closed month came to, and a page of its lines."""
        who.may("payroll.read-period")
        row = periods.period_row(who.asked, period)
        if row is None:
            raise NotFound(period)
        most = max(1, min(limit, 1_000))
        page = lines.lines_after(who.asked, period, after_of(cursor), most)
        return {
            "period": period,
            "state": "EXPORTED" if row.file else "CLOSED",
            "cutoff": row.cutoff,
            "file": row.file,
            "totals": {"lines": row.lines, "paid": row.paid, "withheld": row.withheld},
            "without_wage": row.without_wage,
            "blocked": row.blocked,
            "lines": [_shown(line) for line in page],
            "next": cursor_of(page[-1].place) if len(page) == most else None,
        }

    @router.get("/employees/{employee}/adjustments")
    def read_adjustments(employee: str, who: Who) -> dict[str, Any]:
        """All lines of an employee, and where their claim stands."""
        who.may("payroll.read-adjustments", employee)
        claim = claims.claim_of(who.asked, employee)
        owed = claim and {
            "assessed": claim.assessed,
            "deducted": claim.deducted,
            "remaining": max(claim.assessed - claim.deducted, Decimal("0.00")),
            "to_return": claim.to_return,
        }
        found = lines.lines_of_employee(who.asked, employee)
        return {"employee": employee, "adjustments": [_shown(line) for line in found], "damages": owed}

    return router


def _shown(line: PayLine) -> dict[str, Any]:
    return {
        "employee": line.employee,
        "period": line.period,
        "kind": line.kind,
        "reference": line.reference,
        "amount": line.amount,
        "reversal": line.reversal,
        "withdrawn_in": line.withdrawn_in,
        "taxable": line.taxable,
        "basis": line.basis,
        "fact": line.fact,
    }
