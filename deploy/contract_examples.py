"""One real example of each event version, told of one employee and her training agreement. Once published, it stays."""

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import NAMESPACE_URL, UUID, uuid5

from contracts import agreements, evidence, learning, payroll_bridge, people, points
from contracts.envelope import Fact, Sealed, record
from contracts.topics import PUBLISHED

ADA, POST, DEPARTMENT = "E001390", "设备技师", "集团/制造中心/一车间"
monday, trained, left = date(2024, 1, 8), date(2024, 1, 31), date(2025, 1, 31)
recorded = datetime(2024, 1, 8, 1, 30, 0, 123456, tzinfo=UTC)
CASE = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
money, number = Decimal("100000.00"), Decimal("8")


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


sealed = Sealed(key=f"{ADA}/5f0c1d2e", text="bm9uY2UuLi5jaXBoZXJ0ZXh0", commitment=sha("salt and datum"))
clauses = {name: f"{name} 条款" for name in ("cost", "service_period", "liability", "records", "address")}
_handled = {"letter": "17", "key": ADA, "reason": "the course was published again"}

_FACTS: tuple[Fact, ...] = (
    people.DepartmentOpened(path=DEPARTMENT),
    people.EmployeeHired(
        employee=ADA,
        number="001390",
        name=sealed,
        identity_number=sealed,
        phone=sealed,
        department=DEPARTMENT,
        post=POST,
        rank="P4",
        level="基层",
        region="GUANGDONG",
        on=monday,
        contract_end=date(2027, 1, 7),
        probation_end=date(2024, 4, 7),
    ),
    people.EmployeeTransferred(employee=ADA, on=monday, department=DEPARTMENT, post="班组长", rank="P5", level="基层"),
    people.EmployeeLeft(employee=ADA, last_day=left, ground="ART37_RESIGN_WITH_NOTICE", proof="辞职信"),
    people.LeavingCorrected(
        employee=ADA, last_day=left, ground="ART38_EMPLOYER_FAULT", proof="裁决书", reason="仲裁认定未缴社保"
    ),
    people.DayOpened(day=monday),
    people.DataKeyCreated(employee=ADA, key=sealed.key, wrapped_by="kek-0a1b2c3d"),
    people.PastTrainingImported(
        employee=ADA,
        course="消防安全",
        kind="安全",
        on=date(2022, 5, 6),
        hours=Decimal(4),
        score=Decimal("88.5"),
        mark="计分",
    ),
    people.SheetImported(kind="ROSTER", file=sha("花名册"), taken=500, changed=870, refused=2),
    people.FileRead(employee=ADA, purpose="leaving desk"),
    people.DeadLetterRetried(**_handled),
    people.DeadLetterDiscarded(**_handled),
    agreements.PolicyAdopted(
        policy=1,
        first_day=date(2023, 1, 1),
        thresholds=((Decimal(10_000), 24), (Decimal(50_000), 36)),
        proration="MONTH_THEN_DAY",
        probation_rule="EXEMPT_264",
        cost_basis="GROSS_VOUCHER",
        rounding="DOWN_TO_FEN",
    ),
    agreements.TemplatePublished(template="专项培训", template_version=1, training_class="SPECIAL", clauses=clauses),
    agreements.AgreementDrafted(
        employee=ADA,
        course="paid-1",
        training_class="SPECIAL",
        template="专项培训",
        template_version=1,
        policy=1,
        agreed_cost=money,
        service_months=24,
        flat_penalty=Decimal(80_000),
        document=sha("协议"),
    ),
    agreements.CostVerified(
        employee=ADA,
        kind="COURSE_FEE",
        amount=money,
        voucher=sha("发票"),
        invoice_code="044002300111",
        invoice_number="00012345",
    ),
    agreements.AgreementOffered(employee=ADA, on=monday, open_until=date(2024, 1, 22)),
    agreements.AgreementSigned(employee=ADA, on=monday, document=sha("协议"), identified_by="OTP", intent="本人同意"),
    agreements.AgreementSealed(employee=ADA, on=monday, document=sha("协议")),
    agreements.AgreementWithdrawn(employee=ADA, reason="课程取消"),
    agreements.AgreementDeclined(employee=ADA, reason="服务期过长"),
    agreements.AgreementLapsed(employee=ADA, open_until=date(2024, 1, 22)),
    agreements.ServicePeriodStarted(
        employee=ADA,
        training_end=trained,
        first_day=date(2024, 2, 1),
        last_day=date(2026, 1, 31),
        months=24,
        contract_extended_to=None,
    ),
    agreements.ServicePeriodEnding(employee=ADA, last_day=date(2026, 1, 31), on=date(2025, 12, 31)),
    agreements.ServicePeriodFulfilled(employee=ADA, last_day=date(2026, 1, 31)),
    agreements.DamagesAssessed(
        employee=ADA,
        last_day=left,
        ground="ART37_RESIGN_WITH_NOTICE",
        article="劳动合同法22、37",
        amount=Decimal(50_000),
        ceiling=Decimal(50_000),
        alternative=Decimal("50068.39"),
        agreements=("3b241101-e2bb-4255-8caf-4136c566a962",),
        steps=("服务期24个月,已履行12个月,未履行12个月", "100000.00 × 12 ÷ 24 = 50000.00"),
        claim_deadline=date(2026, 1, 31),
    ),
    agreements.DamagesReversed(employee=ADA, amount=Decimal(50_000), reason="离职原因更正"),
    agreements.ClaimExpiring(employee=ADA, deadline=date(2026, 1, 31), on=date(2025, 10, 31)),
    agreements.DeadLetterRetried(**_handled),
    agreements.DeadLetterDiscarded(**_handled),
    learning.CoursePublished(
        course="safety",
        course_version=1,
        title="安全生产",
        course_class="强制",
        form="ONLINE",
        hours=number,
        pass_mark=Decimal(80),
        posts=(POST,),
        on_hire=True,
        due_days=60,
        first_day=date(2024, 1, 1),
    ),
    learning.CourseAssigned(
        employee=ADA, course="safety", course_version=1, because="HIRE", on=monday, due=date(2024, 3, 8)
    ),
    learning.CourseStudied(employee=ADA, course="safety", on=monday, hours=number),
    learning.ExamPassed(
        employee=ADA,
        course="safety",
        course_class="强制",
        on=trained,
        attempt=2,
        score=Decimal("91.5"),
        pass_mark=Decimal(80),
    ),
    learning.ExamFailed(
        employee=ADA,
        course="safety",
        course_class="强制",
        on=monday,
        attempt=1,
        score=Decimal(62),
        pass_mark=Decimal(80),
    ),
    learning.TrainingCompleted(
        employee=ADA,
        course="safety",
        course_version=1,
        course_class="强制",
        form="ONLINE",
        hours=number,
        on=trained,
        attempts=2,
        score=Decimal("91.5"),
    ),
    learning.TrainingVoided(
        employee=ADA, course="safety", completion="6f9d2a6e-7f0b-5f0e-9d0b-1c2d3e4f5a6b", reason="替考"
    ),
    learning.TrainingOverdue(employee=ADA, course="safety", due=date(2024, 3, 8), on=date(2024, 3, 9)),
    learning.ContributionMade(employee=ADA, kind="SHARING", title="焊接机器人心得", on=monday),
    learning.DeadLetterRetried(**_handled),
    learning.DeadLetterDiscarded(**_handled),
    points.RulesAdopted(
        rules=1,
        first_day=date(2024, 1, 1),
        rates={"ONLINE_HOURS": Decimal(2), "WORKSHOP": Decimal(5)},
        role_rates={"RD_MIDDLE": {"TECH_PROJECT": Decimal(30)}},
        scheme="TOTAL_ONLY",
        target=Decimal(100),
    ),
    points.PointsAwarded(
        employee=ADA,
        year=2024,
        kind="ONLINE_HOURS",
        quantity=number,
        rate=Decimal(2),
        points=Decimal(16),
        rules=1,
        fact="6f9d2a6e-7f0b-5f0e-9d0b-1c2d3e4f5a6b",
        on=trained,
        note="安全生产",
    ),
    points.PointsReversed(
        employee=ADA, year=2024, points=Decimal(16), fact="6f9d2a6e-7f0b-5f0e-9d0b-1c2d3e4f5a6b", reason="替考"
    ),
    points.PointsYearAssessed(
        employee=ADA,
        year=2024,
        points=Decimal(99),
        counted=Decimal(99),
        rank=16,
        excellent=False,
        bonus=True,
        target_met=False,
        rating_flag="POINTS_NOT_MET",
        next_year_pay_review_eligible=False,
    ),
    points.PointsYearClosed(
        year=2024, population=80, excellent_cut=8, bonus_cut=16, excellent=("E000001",), bonus=("E000001", ADA)
    ),
    points.DeadLetterRetried(**_handled),
    points.DeadLetterDiscarded(**_handled),
    payroll_bridge.WageSet(
        employee=ADA,
        first_period="2024-01",
        monthly_wage=sealed,
        performance_bonus=sealed,
        minimum_wage=Decimal(1900),
    ),
    payroll_bridge.BonusRuleAdopted(
        rule=1,
        first_day=date(2024, 1, 1),
        discussed_on=date(2023, 11, 20),
        published_on=date(2023, 12, 1),
        receipts=sha("签收表"),
    ),
    payroll_bridge.AdjustmentProposed(
        employee=ADA,
        period="2024-01",
        kind="TRAINING_SUBSIDY",
        reference="safety",
        amount=Decimal(400),
        basis="5 % of the month's wage",
        taxable=True,
        fact="6f9d2a6e-7f0b-5f0e-9d0b-1c2d3e4f5a6b",
    ),
    payroll_bridge.AdjustmentWithdrawn(
        employee=ADA,
        period="2024-01",
        kind="BONUS_WITHHELD",
        reference="safety",
        reason="passed before the cut-off",
        fact="6f9d2a6e-7f0b-5f0e-9d0b-1c2d3e4f5a6b",
    ),
    payroll_bridge.ConsentGiven(
        employee=ADA, amount=Decimal(50_000), on=left, document=sha("同意书"), prior_written_notice=True
    ),
    payroll_bridge.DamagesDeducted(
        employee=ADA,
        period="2025-01",
        amount=Decimal(2000),
        remaining=Decimal(48_000),
        limit="20 % of the month's wage",
    ),
    payroll_bridge.PayrollClosed(
        period="2024-01",
        cutoff=date(2024, 1, 31),
        lines=512,
        paid=Decimal("204800.00"),
        withheld=Decimal("12000.00"),
        without_wage=("E002321",),
        blocked={ADA: "NO_CONSENT"},
    ),
    payroll_bridge.PayrollExported(
        period="2024-01", lines=512, paid=Decimal("204800.00"), withheld=Decimal("12000.00"), file=sha("2024-01.csv")
    ),
    payroll_bridge.DeadLetterRetried(**_handled),
    payroll_bridge.DeadLetterDiscarded(**_handled),
    evidence.ServiceKeyRegistered(
        service="people", key_id="people/0f8b5b7a", public_key="11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    ),
    evidence.IncarnationRaised(topic="people.events.v1", incarnation=2, reason="restored from the ledger"),
    evidence.CheckpointStamped(
        size=4_711,
        root=sha("root"),
        note="qizheng.local/ledger\n4711\ncm9vdA==\n\n\u2014 qizheng.local/ledger c2lnbmF0dXJl\n",
        authority="https://tsa.example/tsr",
        policy="1.2.156.112562.1",
        evidential=True,
        stamped=recorded,
        token="dG9rZW4=",
        occasion="EXPORT",
        case=CASE,
    ),
    evidence.SelfChecked(
        since=4_000,
        size=4_711,
        root=sha("root"),
        findings=0,
        builds={"people": sha("people"), "evidence": sha("evidence")},
        health={"people": "ready", "evidence": "ready"},
        clock="https://tsa.example/tsr",
        clock_offset=-12,
    ),
    evidence.SegmentArchived(
        segment=0,
        first=0,
        length=65_536,
        sha256=sha("segment"),
        sm3=sha("sm3 of the segment"),
        checkpoint=70_000,
        location="s3://ledger/segments/000000",
        retained_until=date(2034, 1, 8),
    ),
    evidence.CaseOpened(
        case=CASE,
        number="深劳人仲案〔2025〕1024号",
        dispute="TRAINING_AGREEMENT",
        subjects=[ADA],
        since=monday,
        until=left,
        claim="服务期未满离职，要求支付违约金",
        amount=Decimal("50000.00"),
    ),
    evidence.CaseClosed(case=CASE, outcome="调解结案"),
    evidence.DocumentFiled(
        case=CASE,
        person=ADA,
        name=sealed,
        media_type="application/pdf",
        length=48_213,
        sha256=sha("辞职信"),
        sm3=sha("sm3 of 辞职信"),
        handed_in_by="人力资源部",
    ),
    evidence.DossierRequested(case=CASE, recipient="深圳市劳动人事争议仲裁委员会", purpose="举证"),
    evidence.DossierHandedOver(
        case=CASE,
        request="0d2a7a0e-6c5f-5d0e-9a59-2f9f0e4c8a11",
        size=4_711,
        root=sha("root"),
        sha256=sha("dossier"),
        sm3=sha("sm3 of the dossier"),
        recipient="深圳市劳动人事争议仲裁委员会",
    ),
    evidence.LegalHoldPlaced(employee=ADA, case=CASE),
    evidence.LegalHoldLifted(employee=ADA, case=CASE, reason="调解结案"),
    evidence.FieldOpened(
        employee=ADA,
        case=CASE,
        event="5f1c2d3e-0000-5000-8000-00000000ada0",
        field="name",
        commitment=sha("salt and datum"),
        purpose="证明当事人身份",
    ),
    evidence.RecordsRead(employee=ADA, what="subject=E001390", found=42),
    evidence.DeadLetterRetried(**_handled),
    evidence.DeadLetterDiscarded(**_handled),
)
EXAMPLES: dict[str, Fact] = {fact.TYPE: fact for fact in _FACTS}


def example_of(fact: Fact) -> bytes:
    """The whole event of a fact, as it would stand on its topic."""
    stream = uuid5(NAMESPACE_URL, f"urn:qizheng:example:{fact.TYPE}")
    publisher = fact.TYPE.split(".", 1)[0]
    assert publisher in PUBLISHED, publisher
    event = record(
        fact,
        stream=stream,
        version=1,
        time=recorded,
        actor="user:grace",
        correlation=UUID("0af76519-16cd-43dd-8448-eb211c80319c"),
        causation=None,
    )
    return event.raw
