"""Payroll-bridge, put together."""

from functools import partial
from typing import cast

from chassis.facing.keyring import PeopleKeyring
from chassis.facing.service import Service
from chassis.facing.tokens import Principal, issue
from chassis.keeping.errands import Outcome
from chassis.keeping.running import Duties
from chassis.keeping.work import House
from contracts.envelope import Event, Fact
from contracts.payroll_bridge import DeadLetterDiscarded, DeadLetterRetried, PayrollClosed
from contracts.people import DayOpened
from contracts.topics import PUBLISHED
from payroll_bridge.adapters.exports import ExportFolder
from payroll_bridge.cli import build_cli
from payroll_bridge.errands import export_month
from payroll_bridge.handlers.keeping import CONSUMES
from payroll_bridge.http import POLICY, routes
from payroll_bridge.settings import Settings
from payroll_bridge.views import bonus_rules, claims, lines, periods, results, staff, wages

NAME = "payroll-bridge"
HOUSE = House(
    NAME,
    PUBLISHED[NAME],
    (results, staff, wages, bonus_rules, claims, lines, periods),
    errands=frozenset({PayrollClosed}),
    day_opened=DayOpened,
)


def service() -> Service[Settings]:
    """The service of payroll-bridge."""
    settings = Settings.of(NAME)
    exports = ExportFolder(settings.folder / "exports")

    def export(event: Event[Fact]) -> Outcome:
        return export_month(cast("Event[PayrollClosed]", event), made.store, exports)

    made = Service(
        package="payroll_bridge",
        house=HOUSE,
        settings=settings,
        policy=POLICY,
        letters=(DeadLetterRetried, DeadLetterDiscarded),
        routers=(routes(keyring(settings)),),
        duties=Duties(consumes=CONSUMES, errands={PayrollClosed: export}),
    )
    return made


def keyring(settings: Settings) -> PeopleKeyring:
    itself = Principal(f"service:{NAME}", "service")
    return PeopleKeyring(settings.people_url, partial(issue, settings.keys, itself, audience=settings.token_audience))


cli = build_cli(service, lambda: keyring(Settings.of(NAME)))
