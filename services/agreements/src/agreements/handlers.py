"""What agreements does when asked, when news arrives, and when a day has come. Each runs inside one Work."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from agreements.domain import agreement, company_rules, leaving, template
from agreements.domain.agreement import Command
from agreements.domain.company_rules import AdoptPolicy, in_force, numbered
from agreements.domain.concluding import LetLapse, OfferAgreement, SealAgreement, SignAgreement
from agreements.domain.damages import Departure
from agreements.domain.drafting import DraftAgreement
from agreements.domain.invoices import Counted
from agreements.domain.leaving import AssessLeaving, Bound, WarnOfClaim, bound_by, warnings_of
from agreements.domain.life import Offered, Sealed, Serving, drawn
from agreements.domain.policy import Policy, service_period
from agreements.domain.proving import VerifyCost
from agreements.domain.serving import FulfilServicePeriod, RemindOfEnd, StartServicePeriod
from agreements.domain.template import NoSuchTemplate, PublishTemplate
from agreements.views import agreements as book
from agreements.views import costs, staff, training_ends
from chassis.keeping.work import Work
from contracts import Refusal
from contracts.agreements import CostKind, TrainingClass
from contracts.learning import TrainingCompleted
from contracts.people import EmployeeHired, EmployeeLeft, EmployeeTransferred, LeavingCorrected

RULES = uuid5(NAMESPACE_URL, "urn:qizheng:agreements:company-rules")
ONE_DAY = timedelta(days=1)
