"""Agreements as HR, employees and managers meet it: requests in; responses, events and views out."""

from datetime import date
from hashlib import sha256
from uuid import UUID

import pytest

from agreements.handlers import RULES
from contracts.agreements import AgreementDrafted, AgreementLapsed, AgreementSigned, CostVerified, TemplatePublished

pytestmark = pytest.mark.postgres
OTHER = UUID("22222222-2222-4222-8222-222222222222")


def test_an_agreement_is_concluded_from_draft_to_seal(agreements):
    agreements.begin()
    agreements.seal()

    whole = agreements.get(f"/agreements/{agreements.id}")
    assert (whole["state"], whole["agreed_cost"], whole["verified_cost"], whole["base"]) == (
        "sealed",
        "100000.00",
        "100000.00",
        "100000.00",
    )
    assert (whole["offered_on"], whole["open_until"], whole["signed_on"]) == ("2024-01-02", "2024-01-16", "2024-01-02")
    assert whole["costs"][0]["amount"] == "100000.00"
    assert [type(fact).__name__ for fact in agreements.said()] == [
        "PolicyAdopted",
        "TemplatePublished",
        "AgreementDrafted",
        "CostVerified",
        "AgreementOffered",
        "AgreementSigned",
        "AgreementSealed",
    ]


def test_the_document_is_the_text_whose_hash_was_signed(agreements):
    agreements.begin()
    agreements.sign(agreed_cost="99999.5", flat_penalty="80000", personal_terms="岗位为“总工程师”\n常驻上海")
    agreements.post("/templates", {"template": "special", "clauses": {**agreements.clauses, "cost": "newer words"}})

    answer = agreements.ask("GET", f"/agreements/{agreements.id}/document", role="employee:E1")
    (signed,) = agreements.said(AgreementSigned)
    assert sha256(answer.content).hexdigest() == signed.document == answer.headers["etag"].strip('"')
    assert "99999.50元" in answer.text
    assert "newer words" not in answer.text


def test_a_template_without_a_clause_is_refused_with_its_article(agreements):
    clauses = {name: text for name, text in agreements.clauses.items() if name != "address"}
    answer = agreements.ask("POST", "/templates", {"template": "special", "clauses": clauses})
    assert (answer.status_code, answer.json()["title"], answer.json()["clause"]) == (409, "ClauseMissing", "address")
    assert "送达地址" in answer.json()["article"]
    assert agreements.said(TemplatePublished) == []


def test_a_draft_needs_a_day_an_employee_a_template_and_a_policy(agreements):
    drafting = agreements.drafting()
    assert agreements.refused("/agreements", drafting) == (409, "EmployeeUnknown")
    agreements.hear(agreements.hired())
    assert agreements.refused("/agreements", drafting) == (409, "NoSuchTemplate")
    agreements.post("/templates", {"template": "special", "clauses": agreements.clauses})
    assert agreements.refused("/agreements", drafting) == (409, "NoDayOpened")
    agreements.open(date(2024, 1, 2))
    assert agreements.refused("/agreements", drafting) == (409, "NoPolicyInForce")
    agreements.post("/policies", {"first_day": "2024-01-03"})
    assert agreements.refused("/agreements", drafting) == (409, "NoPolicyInForce")
    agreements.open(date(2024, 1, 3))
    agreements.post("/agreements", drafting)


@pytest.mark.parametrize(
    ("other", "refusal"),
    [
        ({"training_class": "ONBOARDING"}, "NotSpecialTraining"),
        ({"training_class": "MANDATORY_SAFETY"}, "NotSpecialTraining"),
        ({"flat_penalty": "100000.01"}, "PenaltyAboveCost"),
        ({"service_months": 48}, "BeyondPolicy"),
        ({"service_months": None, "agreed_cost": "10000"}, "NoServicePeriod"),
        ({"service_months": 0}, "NoServicePeriod"),
        ({"agreed_cost": "0"}, "NothingPaid"),
    ],
)
def test_a_draft_that_would_not_bind_is_refused(agreements, other, refusal):
    agreements.begin()
    assert agreements.refused("/agreements", agreements.drafting(**other)) == (409, refusal)
    assert agreements.said(AgreementDrafted) == []


def test_an_id_that_is_another_streams_is_no_agreements(agreements):
    agreements.begin()
    assert agreements.refused("/agreements", agreements.drafting(RULES)) == (412, "StreamMoved")


def test_a_malformed_request_is_told_what_and_where(agreements):
    for body, where in (
        (agreements.drafting(agreement="x"), "agreement"),
        (agreements.drafting(penalty="1"), "penalty"),
        (agreements.drafting(agreed_cost="1.234"), "agreed_cost"),
        (agreements.drafting(course="a\0b"), "NUL"),
    ):
        answer = agreements.ask("POST", "/agreements", body)
        assert answer.status_code == 422
        assert where in answer.json()["detail"]


def test_wages_are_no_cost_and_an_invoice_counts_once_in_all_agreements(agreements):
    agreements.begin()
    agreements.draft()
    agreements.draft(OTHER, course="MBA")
    here, there = f"/agreements/{agreements.id}/costs", f"/agreements/{OTHER}/costs"
    agreements.post(here, agreements.cost("0001"))
    assert agreements.refused(here, agreements.cost("0002", kind="WAGES_DURING_TRAINING")) == (409, "WagesDoNotCount")
    assert agreements.refused(here, agreements.cost("0001")) == (409, "InvoiceAlreadyCounted")
    answer = agreements.ask("POST", there, agreements.cost("0001"))
    assert (answer.json()["title"], answer.json()["agreement"]) == ("InvoiceAlreadyCounted", str(agreements.id))
    assert len(agreements.said(CostVerified)) == 1


def test_a_groups_invoice_is_shared_out_up_to_its_total(agreements):
    agreements.begin()
    agreements.draft()
    agreements.draft(OTHER, course="MBA")
    share = agreements.cost("0009", "60000", kind="COURSE_FEE_SHARE", invoice_total="100000")
    agreements.post(f"/agreements/{agreements.id}/costs", share)
    assert agreements.refused(f"/agreements/{OTHER}/costs", share) == (409, "SharesExceedInvoice")
    agreements.post(f"/agreements/{OTHER}/costs", {**share, "amount": "40000"})


def test_the_same_key_gets_the_same_answer_and_verifies_nothing_twice(agreements):
    agreements.begin()
    agreements.draft()
    path = f"/agreements/{agreements.id}/costs"
    first, again = (agreements.ask("POST", path, agreements.cost(), idempotency_key="k1") for _ in range(2))
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert first.status_code == 201
    assert len(agreements.said(CostVerified)) == 1


def test_nobody_signs_for_another(agreements):
    agreements.begin()
    document = agreements.draft()["document"]
    agreements.post(f"/agreements/{agreements.id}/offer", {})
    sign, signature = f"/agreements/{agreements.id}/sign", agreements.signature(document)
    for role in ("hr", "employee:E2", "auditor"):
        assert agreements.refused(sign, signature, role=role) == (403, "NotAllowed")
    other = agreements.signature("cd" * 32)
    assert agreements.refused(sign, other, role="employee:E1") == (409, "OtherDocument")
    agreements.post(sign, signature, role="employee:E1")
    assert agreements.refused(f"/agreements/{agreements.id}/seal", role="employee:E1") == (403, "NotAllowed")


def test_an_offer_lapses_when_its_last_day_has_passed(agreements):
    agreements.begin()
    document = agreements.draft()["document"]
    agreements.post(f"/agreements/{agreements.id}/offer", {"open_until": "2024-01-04"})
    agreements.open(date(2024, 1, 3), date(2024, 1, 4))
    assert agreements.said(AgreementLapsed) == []
    agreements.open(date(2024, 1, 5))
    assert agreements.said(AgreementLapsed) == [AgreementLapsed(employee="E1", open_until=date(2024, 1, 4))]
    refused = agreements.refused(
        f"/agreements/{agreements.id}/sign", agreements.signature(document), role="employee:E1"
    )
    assert refused == (409, "NotPossibleNow")


def test_what_is_withdrawn_or_declined_does_not_lapse(agreements):
    agreements.begin()
    for agreement, course in ((agreements.id, "PMP"), (OTHER, "MBA")):
        agreements.draft(agreement, course=course)
        agreements.post(f"/agreements/{agreement}/offer", {"open_until": "2024-01-02"})
    agreements.post(f"/agreements/{agreements.id}/withdraw", {"reason": "course cancelled"})
    agreements.post(f"/agreements/{OTHER}/decline", {"reason": "too long"}, role="employee:E1")
    agreements.open(date(2024, 1, 3))
    assert agreements.said(AgreementLapsed) == []
    found = agreements.get("/employees/E1/agreements", role="employee:E1")["agreements"]
    assert {one["state"] for one in found} == {"withdrawn", "declined"}


def test_who_has_left_is_offered_nothing(agreements):
    agreements.begin()
    agreements.draft()
    agreements.hear(agreements.left(last_day=date(2024, 1, 1)))
    assert agreements.refused(f"/agreements/{agreements.id}/offer", {}) == (409, "EmployeeGone")
    assert agreements.refused("/agreements", agreements.drafting(OTHER)) == (409, "EmployeeGone")


READERS = {
    "hr": 200,
    "auditor": 200,
    "employee:E1": 200,
    "employee:E2": 403,
    "manager": 403,
    "payroll": 403,
    "operator": 403,
}


@pytest.mark.parametrize(("role", "status"), READERS.items())
def test_a_file_is_read_by_those_who_may(agreements, role, status):
    agreements.begin()
    agreements.draft()
    for path in (f"/agreements/{agreements.id}", f"/agreements/{agreements.id}/document", "/employees/E1/agreements"):
        assert agreements.ask("GET", path, role=role).status_code == status
    expected = 200 if role == "payroll" else status
    assert agreements.ask("GET", "/employees/E1/damages", role=role).status_code == expected


def test_a_manager_reads_what_is_of_their_own_department(agreements):
    agreements.begin()
    agreements.draft()
    path = f"/agreements/{agreements.id}"
    assert agreements.ask("GET", path, role="manager", departments=("集团/制造中心",)).status_code == 200
    assert agreements.ask("GET", path, role="manager", departments=("集团/销售",)).status_code == 403


def test_what_does_not_exist_is_not_found(agreements):
    agreements.begin()
    assert agreements.ask("GET", f"/agreements/{OTHER}").status_code == 404
    assert agreements.refused(f"/agreements/{OTHER}/offer", {}) == (404, "NoSuchAgreement")
    assert (
        agreements.refused(f"/agreements/{OTHER}/sign", agreements.signature("cd" * 32), role="employee:E1")[0] == 404
    )
