"""People, put together."""

import asyncio
from functools import partial
from zoneinfo import ZoneInfo

import structlog

from chassis.facing.service import Service
from chassis.keeping.running import Running
from chassis.keeping.work import House, begun_by, clock
from contracts.people import DayOpened, DeadLetterDiscarded, DeadLetterRetried
from contracts.topics import PUBLISHED
from people import handlers
from people.adapters.sheets import read_sheet
from people.adapters.vault import Vault
from people.cli import build_cli
from people.domain import company
from people.http import POLICY, routes
from people.settings import Settings
from people.views import employees

log = structlog.get_logger()


def service() -> Service[Settings]:
    """The service of people."""
    settings = Settings.of("people")
    return Service(
        package="people",
        house=House("people", PUBLISHED["people"], (employees,), day_opened=DayOpened),
        settings=settings,
        policy=POLICY,
        letters=(DeadLetterRetried, DeadLetterDiscarded),
        routers=(routes(Vault(settings.key_encryption_key), read_sheet),),
        beside=partial(keep_days, zone=settings.time_zone) if settings.days == "clock" else None,
    )


async def _open_by_clock(running: Running, zone: ZoneInfo) -> None:
    today = clock().astimezone(zone).date()
    rows = await asyncio.to_thread(running.store.rows, "select max(day) as day from days")
    last = rows[0]["day"]
    if company.opens_unasked(last, today):
        cause = begun_by("service:people")
        await asyncio.to_thread(running.committer.commit, cause, partial(handlers.open_days, until=today))
    elif last < today:
        log.error("days-missed", last=last, today=today, outcome="an operator opens them")
    await asyncio.sleep(30)


def keep_days(running: Running, zone: ZoneInfo) -> None:
    """Opens each day just after midnight of the company, and those missed while people was down."""
    running.keep_up(partial(_open_by_clock, running, zone))


cli = build_cli(service, Vault)
