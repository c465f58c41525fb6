"""What the specs of agreements share: one policy, one template, one agreement and its news, as a person would tell them."""

from datetime import date
from decimal import Decimal

import pytest

from agreements.domain.company_rules import Adopted
from agreements.domain.drafting import DraftAgreement, drafted
from agreements.domain.policy import Policy
from agreements.domain.template import CLAUSES, Published
from contracts.agreements import (
    AgreementOffered,
    AgreementSealed,
    AgreementSigned,
    CostVerified,
    ServicePeriodStarted,
)

VOUCHER = "ab" * 32


class Story:
    """The agreement of E1 on a course of 100,000 over 24 months: offered on 2 January 2024, trained until the 10th."""

    policy = Adopted(1, date(2024, 1, 1), Policy())
    template = Published("special", 1, "SPECIAL", {name: f"text of {name}" for name in CLAUSES})
    offered_on, open_until, trained_on = date(2024, 1, 2), date(2024, 1, 16), date(2024, 1, 10)

    def draft(self, **other):
        said = {
            "agreement": "11111111-1111-4111-8111-111111111111",
            "employee": "E1",
            "course": "PMP",
            "training_class": "SPECIAL",
            "template": self.template,
            "policy": self.policy,
            "agreed_cost": Decimal(100_000),
            "service_months": 24,
        }
        return DraftAgreement(**{**said, **other})

    @property
    def drafted(self):
        return drafted(self.draft())

    def cost(self, amount=100_000, number="0001", **other):
        said = {"kind": "COURSE_FEE", "voucher": VOUCHER, "invoice_code": "4403", **other}
        return CostVerified(employee="E1", amount=Decimal(amount), invoice_number=number, **said)

    @property
    def offered(self):
        return AgreementOffered(employee="E1", on=self.offered_on, open_until=self.open_until)

    @property
    def signed(self):
        return AgreementSigned(
            employee="E1",
            on=self.offered_on,
            document=self.drafted.document,
            identified_by="OIDC",
            intent="我已阅读并同意",
        )

    @property
    def sealed(self):
        return AgreementSealed(employee="E1", on=self.offered_on, document=self.drafted.document)

    @property
    def started(self):
        return ServicePeriodStarted(
            employee="E1",
            training_end=self.trained_on,
            first_day=date(2024, 1, 11),
            last_day=date(2026, 1, 10),
            months=24,
        )

    @property
    def binding(self):
        """All that happened until the company had sealed it."""
        return self.drafted, self.cost(), self.offered, self.signed, self.sealed


@pytest.fixture
def story():
    return Story()
