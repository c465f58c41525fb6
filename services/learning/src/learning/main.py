"""Learning, put together."""

from chassis.facing.commands import commands
from chassis.facing.service import Service
from chassis.facing.settings import ServiceSettings
from chassis.keeping.running import Duties
from chassis.keeping.work import House
from contracts.learning import DeadLetterDiscarded, DeadLetterRetried
from contracts.people import DayOpened
from contracts.topics import PUBLISHED
from learning.handlers import CONSUMES, when_training_due
from learning.http import POLICY, router
from learning.views import contributions, courses, deadlines, staff, training_record
from learning.views.deadlines import OVERDUE

HOUSE = House(
    "learning", PUBLISHED["learning"], (staff, courses, training_record, contributions, deadlines), day_opened=DayOpened
)


def service() -> Service[ServiceSettings]:
    """The service of learning."""
    return Service(
        package="learning",
        house=HOUSE,
        settings=ServiceSettings.of("learning"),
        policy=POLICY,
        letters=(DeadLetterRetried, DeadLetterDiscarded),
        routers=(router,),
        duties=Duties(consumes=CONSUMES, due={OVERDUE: when_training_due}),
    )


cli = commands(service, name="learning")
