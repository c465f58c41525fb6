"""Points, put together."""

from chassis.facing.service import Service
from chassis.facing.settings import ServiceSettings
from chassis.keeping.running import Duties
from chassis.keeping.work import House
from contracts.people import DayOpened
from contracts.points import DeadLetterDiscarded, DeadLetterRetried
from contracts.topics import PUBLISHED
from points.cli import build_cli
from points.handlers import CONSUMES
from points.http import POLICY, router
from points.views import entries, learned, ranking, rules, staff


def service() -> Service[ServiceSettings]:
    """The service of points."""
    return Service(
        package="points",
        house=House("points", PUBLISHED["points"], (staff, learned, rules, entries, ranking), day_opened=DayOpened),
        settings=ServiceSettings.of("points"),
        policy=POLICY,
        letters=(DeadLetterRetried, DeadLetterDiscarded),
        routers=(router,),
        duties=Duties(consumes=CONSUMES),
    )


cli = build_cli(service)
