"""Agreements, put together."""

from agreements.cli import build_cli
from agreements.handlers import CONSUMES, DUE
from agreements.http import POLICY, routes
from agreements.settings import Settings
from agreements.views import agreements, assessments, company_rules, costs, deadlines, staff, training_ends
from chassis.facing.service import Service
from chassis.keeping.running import Duties
from chassis.keeping.work import House
from contracts.agreements import DeadLetterDiscarded, DeadLetterRetried
from contracts.people import DayOpened
from contracts.topics import PUBLISHED

HOUSE = House(
    "agreements",
    PUBLISHED["agreements"],
    (agreements, costs, company_rules, staff, training_ends, assessments, deadlines),
    day_opened=DayOpened,
)


def service() -> Service[Settings]:
    """The service of agreements."""
    settings = Settings.of("agreements")
    return Service(
        package="agreements",
        house=HOUSE,
        settings=settings,
        policy=POLICY,
        letters=(DeadLetterRetried, DeadLetterDiscarded),
        routers=(routes(settings.offer_days),),
        duties=Duties(consumes=CONSUMES, due=DUE),
    )


cli = build_cli(service)
