"""What counts as cost: a line with its voucher, once; wages never; a group's invoice only as far as it reaches."""

from decimal import Decimal

import pytest

from agreements.domain import agreement
from agreements.domain.invoices import Counted, InvoiceAlreadyCounted, InvoiceTotalMissing, SharesExceedInvoice
from agreements.domain.life import NoSuchAgreement, NotPossibleNow
from agreements.domain.policy import Policy
from agreements.domain.proving import AmountImpossible, InvoiceNumberMissing, VerifyCost, WagesDoNotCount
from chassis.testing.spec import given
from contracts.agreements import AgreementWithdrawn

D = Decimal
INVOICE = ("4403", "0001")
USUAL = Policy()


def verify(kind="COURSE_FEE", amount=100_000, *, number="0001", policy=USUAL, before=(), **other):
    return VerifyCost(
        agreement="a1",
        policy=policy,
        kind=kind,
        amount=D(amount),
        voucher="ab" * 32,
        invoice_code="4403",
        invoice_number=number,
        counted_before=before,
        **other,
    )


def share(agreement, amount, total=90_000):
    return Counted(agreement, "COURSE_FEE_SHARE", D(amount), total and D(total))


def test_a_line_with_its_voucher_is_cost_at_any_time_until_the_agreement_ends(story):
    given(agreement, story.drafted).when(verify()).then(story.cost())
    given(agreement, story.drafted, story.offered, story.signed, story.sealed).when(verify()).then(story.cost())
    ended = AgreementWithdrawn(employee="E1", reason="course cancelled")
    given(agreement, story.drafted, ended).when(verify()).then_refused(NotPossibleNow("withdrawn"))
    given(agreement).when(verify()).then_refused(NoSuchAgreement())


def test_wages_during_training_are_kept_out(story):
    given(agreement, story.drafted).when(verify("WAGES_DURING_TRAINING")).then_refused(WagesDoNotCount("实施条例16"))


@pytest.mark.parametrize(("amount", "vat"), [(0, 0), (-1, 0), (100, 100), (100, -1)])
def test_an_amount_that_cannot_be_is_refused(story, amount, vat):
    given(agreement, story.drafted).when(verify(amount=amount, vat_deducted=D(vat))).then_refused(
        AmountImpossible(D(amount), D(vat))
    )


def test_a_cost_is_known_by_its_invoice(story):
    given(agreement, story.drafted).when(verify(number=" ")).then_refused(InvoiceNumberMissing())


@pytest.mark.parametrize(("basis", "amount"), [("GROSS_VOUCHER", 10_600), ("NET_OF_VAT", 10_000)])
def test_the_frozen_policy_says_whether_deducted_vat_counts(story, basis, amount):
    command = verify(amount=10_600, vat_deducted=D(600), policy=Policy(cost_basis=basis))
    given(agreement, story.drafted).when(command).then(story.cost(amount))


@pytest.mark.parametrize("elsewhere", ["a1", "a2"])
def test_an_invoice_never_counts_twice_neither_here_nor_elsewhere(story, elsewhere):
    before = (Counted(elsewhere, "COURSE_FEE", D(100_000)),)
    for kind in ("COURSE_FEE", "TRAVEL", "COURSE_FEE_SHARE"):
        given(agreement, story.drafted).when(verify(kind, before=before)).then_refused(
            InvoiceAlreadyCounted(*INVOICE, elsewhere)
        )


def test_a_groups_invoice_is_shared_out_as_far_as_it_reaches(story):
    before = (share("a2", 30_000), share("a3", 30_000))
    whole = {"before": before, "invoice_total": D(90_000)}
    given(agreement, story.drafted).when(verify("COURSE_FEE_SHARE", 30_000, **whole)).then(
        story.cost(30_000, kind="COURSE_FEE_SHARE", invoice_total=D(90_000))
    )
    given(agreement, story.drafted).when(verify("COURSE_FEE_SHARE", "30000.01", **whole)).then_refused(
        SharesExceedInvoice(D(90_000), D("90000.01"))
    )


def test_an_agreement_takes_one_share_of_an_invoice(story):
    command = verify("COURSE_FEE_SHARE", 1, before=(share("a1", 1),), invoice_total=D(90_000))
    given(agreement, story.drafted).when(command).then_refused(InvoiceAlreadyCounted(*INVOICE, "a1"))


@pytest.mark.parametrize(("total", "before"), [(None, ()), (D(80_000), (share("a2", 30_000),))])
def test_every_share_says_the_same_total(story, total, before):
    command = verify("COURSE_FEE_SHARE", 30_000, before=before, invoice_total=total)
    given(agreement, story.drafted).when(command).then_refused(InvoiceTotalMissing(*INVOICE))
