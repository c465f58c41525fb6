"""The HTTP face of agreements."""

from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from agreements import handlers
from agreements.domain.concluding import DeclineAgreement, WithdrawAgreement
from agreements.domain.costs import Cost
from agreements.domain.document import Wording, text_of
from agreements.domain.policy import THRESHOLDS, CostBasis, Policy, ProbationRule, Rounding
from agreements.views import agreements, assessments, company_rules, costs, staff
from agreements.views.agreements import AgreementRow
from chassis.facing.asking import Body, Caller, NotFound, Who
from chassis.facing.policy import Policy as AccessPolicy
from chassis.facing.policy import Relation
from contracts.agreements import CostKind, Proration, TrainingClass
from contracts.envelope import Money, Sha256

FILE = {
    "hr": Relation.ANYONE,
    "auditor": Relation.ANYONE,
    "manager": Relation.MANAGES,
    "employee": Relation.SELF,
}
POLICY = AccessPolicy(
    {
        "agreements.rules": {"hr": Relation.ANYONE},
        "agreements.read-rules": {"hr": Relation.ANYONE, "auditor": Relation.ANYONE},
        "agreements.draft": {"hr": Relation.ANYONE},
        "agreements.cost": {"hr": Relation.ANYONE},
        "agreements.offer": {"hr": Relation.ANYONE},
        "agreements.seal": {"hr": Relation.ANYONE},
        "agreements.withdraw": {"hr": Relation.ANYONE},
        "agreements.sign": {"employee": Relation.SELF, "manager": Relation.SELF},
        "agreements.decline": {"employee": Relation.SELF, "manager": Relation.SELF},
        "agreements.read": FILE,
        "agreements.damages": {**FILE, "payroll": Relation.ANYONE},
    }
)

Text = Annotated[str, Field(min_length=1, max_length=200)]
Amount = Annotated[Money, Field(ge=0, lt=10**10)]
Months = Annotated[int, Field(ge=0, le=600)]


class PolicyGiven(Body):
    """What is left out is as the law's practice has it."""

    first_day: date
    thresholds: tuple[tuple[Amount, Months], ...] = THRESHOLDS
    proration: Proration = "MONTH_THEN_DAY"
    probation_rule: ProbationRule = "EXEMPT_264"
    cost_basis: CostBasis = "GROSS_VOUCHER"
    rounding: Rounding = "DOWN_TO_FEN"

    def told(self) -> Policy:
        return Policy(self.thresholds, self.proration, self.probation_rule, self.cost_basis, self.rounding)


class TemplateGiven(Body):
    template: Text
    training_class: TrainingClass = "SPECIAL"
    clauses: dict[str, str]


class Terms(Body):
    """What is agreed. More months than the policy gives need `personal_terms`."""

    agreed_cost: Amount
    service_months: Months | None = None
    flat_penalty: Amount | None = None
    ends_with_contract: bool = False
    personal_terms: str = ""
    training_from: date | None = None


class Draft(Terms):
    agreement: UUID
    employee: Text
    course: Text
    training_class: TrainingClass = "SPECIAL"
    template: Text


class CostGiven(Body):
    kind: CostKind
    amount: Amount
    voucher: Sha256
    invoice_code: Annotated[str, Field(max_length=40)] = ""
    invoice_number: Annotated[str, Field(max_length=40)]
    vat_deducted: Amount = Decimal()
    invoice_total: Amount | None = None


class Offer(Body):
    open_until: date | None = None


class Signature(Body):
    document: Sha256
    identified_by: Text
    intent: Annotated[str, Field(min_length=1, max_length=2_000)]


class Reason(Body):
    reason: Annotated[str, Field(min_length=1, max_length=2_000)]


def routes(offer_days: int) -> APIRouter:
    """The routes of agreements. An offer that does not say how long it is open is so for `offer_days`."""
    router = APIRouter(tags=["agreements"])

    @router.post("/policies", status_code=201)
    async def adopt_policy(policy: PolicyGiven, who: Who) -> Response:
        """Adopts a version of the company's policy, in force from its first day for what is drafted then."""
        who.may("agreements.rules")
        handler = partial(handlers.adopt_policy, first_day=policy.first_day, policy=policy.told())
        return await who.do(handler, status=201, stream=handlers.RULES)

    @router.post("/templates", status_code=201)
    async def publish_template(template: TemplateGiven, who: Who) -> Response:
        """Publishes a version of a template; one that lacks a clause is refused with the article it breaks."""
        who.may("agreements.rules")
        handler = partial(
            handlers.publish_template,
            name=template.template,
            training_class=template.training_class,
            clauses=template.clauses,
        )
        return await who.do(handler, status=201, stream=handlers.template_stream(template.template))

    @router.get("/policies")
    def list_policies(who: Who) -> dict[str, Any]:
        who.may("agreements.read-rules")
        return {"policies": company_rules.policies(who.asked)}

    @router.get("/templates")
    def list_templates(who: Who) -> dict[str, Any]:
        who.may("agreements.read-rules")
        return {"templates": company_rules.templates(who.asked)}

    @router.post("/agreements", status_code=201)
    async def draft(draft: Draft, who: Who) -> Response:
        """Drafts an agreement under the client's id, by the newest template and the policy of the day."""
        who.may("agreements.draft", draft.employee)
        handler = partial(
            handlers.draft_agreement,
            stream=draft.agreement,
            employee=draft.employee,
            course=draft.course,
            training_class=draft.training_class,
            template_name=draft.template,
            terms={name: getattr(draft, name) for name in Terms.model_fields},
        )
        return await who.do(handler, status=201, stream=draft.agreement)

    @router.post("/agreements/{agreement}/costs", status_code=201)
    async def verify_cost(agreement: UUID, cost: CostGiven, who: Who) -> Response:
        """Proves a line of cost by its voucher. An invoice is counted once, in all agreements together."""
        who.may("agreements.cost")
        line = {name: getattr(cost, name) for name in ("amount", "voucher", "vat_deducted", "invoice_total")}
        handler = partial(
            handlers.verify_cost,
            stream=agreement,
            kind=cost.kind,
            invoice_code=cost.invoice_code,
            invoice_number=cost.invoice_number,
            line=line,
        )
        return await who.do(handler, status=201, stream=agreement)

    @router.post("/agreements/{agreement}/offer")
    async def offer(agreement: UUID, offer: Offer, who: Who) -> Response:
        who.may("agreements.offer")
        open_for = timedelta(days=offer_days)
        handler = partial(handlers.offer_agreement, stream=agreement, open_until=offer.open_until, open_for=open_for)
        return await who.do(handler, stream=agreement)

    @router.post("/agreements/{agreement}/sign")
    async def sign(agreement: UUID, signature: Signature, who: Who) -> Response:
        """The employee's own yes to the document with this hash; nobody can say it for them."""
        await _known(who, agreement, "agreements.sign")
        return await who.do(
            partial(handlers.sign_agreement, stream=agreement, **signature.model_dump()), stream=agreement
        )

    @router.post("/agreements/{agreement}/seal")
    async def seal(agreement: UUID, who: Who) -> Response:
        who.may("agreements.seal")
        return await who.do(partial(handlers.seal_agreement, stream=agreement), stream=agreement)

    @router.post("/agreements/{agreement}/withdraw")
    async def withdraw(agreement: UUID, given: Reason, who: Who) -> Response:
        who.may("agreements.withdraw")
        command = WithdrawAgreement(given.reason)
        return await who.do(partial(handlers.put, stream=agreement, command=command), stream=agreement)

    @router.post("/agreements/{agreement}/decline")
    async def decline(agreement: UUID, given: Reason, who: Who) -> Response:
        await _known(who, agreement, "agreements.decline")
        command = DeclineAgreement(given.reason)
        return await who.do(partial(handlers.put, stream=agreement, command=command), stream=agreement)

    @router.get("/agreements/{agreement}")
    async def read_agreement(agreement: UUID, who: Who) -> dict[str, Any]:
        """One agreement with its costs, its service period and the days that remain."""
        row = await _known(who, agreement, "agreements.read")
        return await run_in_threadpool(_whole, who, row)

    @router.get("/agreements/{agreement}/document")
    async def read_document(agreement: UUID, who: Who) -> Response:
        """The text whose SHA-256 is signed and sealed, byte for byte."""
        row = await _known(who, agreement, "agreements.read")
        clauses = await run_in_threadpool(company_rules.clauses, who.asked, row.template, row.template_version)
        text = text_of(_wording(row, clauses))
        return Response(text, media_type="text/plain; charset=utf-8", headers={"etag": f'"{row.document}"'})

    @router.get("/employees/{employee}/agreements")
    def read_agreements(employee: str, who: Who) -> dict[str, Any]:
        """All agreements of an employee, whatever became of them."""
        _may_about(who, "agreements.read", employee)
        rows = agreements.agreements_of(who.asked, employee)
        return {"employee": employee, "agreements": [_whole(who, row) for row in rows]}

    @router.get("/employees/{employee}/damages")
    def read_damages(employee: str, who: Who) -> dict[str, Any]:
        """What leaving costs, step by step: the assessment that stands (null if none), and those that were reversed."""
        _may_about(who, "agreements.damages", employee)
        rows = assessments.assessments_of(who.asked, employee)
        standing = next((row for row in rows if row["reversed_because"] is None), None)
        return {"employee": employee, "standing": standing, "reversed": [row for row in rows if row is not standing]}

    return router


def _may_about(who: Caller, action: str, employee: str) -> None:
    member = staff.member(who.asked, employee)
    who.may(action, employee, member.department if member else None)


async def _known(who: Caller, agreement: UUID, action: str) -> AgreementRow:
    row = await run_in_threadpool(agreements.agreement, who.asked, agreement)
    if row is None:
        raise NotFound(str(agreement))
    await run_in_threadpool(_may_about, who, action, row.employee)
    return row


def _whole(who: Caller, row: AgreementRow) -> dict[str, Any]:
    lines = costs.costs_of(who.asked, row.agreement)
    cost = Cost(verified=sum((line.amount for line in lines), Decimal()), agreed=row.agreed_cost)
    return {
        **row.spoken(who.today),
        "costs": [line.spoken() for line in lines],
        "verified_cost": f"{cost.proven:.2f}",
        "base": f"{cost.base:.2f}",
    }


def _wording(row: AgreementRow, clauses: dict[str, str]) -> Wording:
    return Wording(
        agreement=str(row.agreement),
        employee=row.employee,
        course=row.course,
        template=row.template,
        template_version=row.template_version,
        policy=row.policy,
        agreed_cost=row.agreed_cost,
        service_months=row.service_months,
        flat_penalty=row.flat_penalty,
        ends_with_contract=row.ends_with_contract,
        personal_terms=row.personal_terms,
        clauses=clauses,
    )
