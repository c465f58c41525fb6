"""The self-check: the published ledger verified by the command that anyone would type, and everyone asked how they are.

The running service does it once a day of the clock, as long as it alone seals. A day of the company is no measure for it:
a year of these can pass in a minute, and what is checked here is machines.
"""

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import Gauge

from chassis.facing.build import build_of
from chassis.keeping.running import Running
from chassis.keeping.work import Asked, begun_by, clock
from evidence.adapters.reconciler import Services
from evidence.domain.keys import OWN
from evidence.domain.readiness import Readiness
from evidence.domain.self_checks import Clock, NotVerified, RecordSelfCheck, Verified, clock_by
from evidence.handlers.self_checks import record_self_check
from evidence.views import self_checks, stamps

log = structlog.get_logger()
findings_gauge = Gauge("ledger_findings", "What the last self-check found wrong with the published ledger")

VERIFY = ("verify", "--since-last", "--json", "--jobs", "1")  # One core: whoever seals goes on meanwhile.
BETWEEN_LOOKS = 60.0  # seconds between two looks at whether it is time
AGAIN_AFTER = 600.0  # seconds after a check that could not be made


async def self_check(asked: Asked, services: Services, build: str) -> RecordSelfCheck:
    """Checks, and records nothing yet; `build` is our own, whatever anybody says at our address. Raises NotVerified."""
    verified = await _verified()
    answers = await services.ask()
    own = replace(answers.get(OWN, Readiness("its address is not known")), build=build)
    return RecordSelfCheck(verified, {**answers, OWN: own}, await asyncio.to_thread(_clock, asked))


async def _verified() -> Verified:
    command = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("evidence"),
        *VERIFY,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, wrong = await command.communicate()
    except asyncio.CancelledError:
        command.kill()
        await command.wait()
        raise
    try:
        said: Mapping[str, Any] = json.loads(out)
        return Verified(said.get("since", 0), said["size"], said["root"] or None, len(said["findings"]))
    except (ValueError, KeyError) as fault:
        raise NotVerified(wrong.decode(errors="replace").strip() or f"exit {command.returncode}") from fault


def _clock(asked: Asked) -> Clock | None:
    """Our clock by the newest time stamp; None before the first."""
    stamp = stamps.newest(asked)
    return clock_by(stamp["authority"], stamp["stamped"], stamp["recorded"]) if stamp else None


class SelfChecks:
    """Lets the running service check itself `every` so often; the first time so long after its start."""

    def __init__(self, services: Services, *, every: timedelta) -> None:
        self._services, self._every = services, every
        self._build = build_of(OWN)  # The sources may change while we run; what runs does not.

    def begin(self, running: Running, in_turn: Callable[[], bool]) -> None:
        """`in_turn` says whether this process seals; one that stands by checks nothing."""
        started = clock()

        async def check_when_due() -> None:
            last = await asyncio.to_thread(self_checks.newest, running.store)
            if last is not None:
                findings_gauge.set(last["findings"])
            if in_turn() and clock() - (last["recorded"] if last else started) >= self._every:
                await self._check(running)
            await asyncio.sleep(min(BETWEEN_LOOKS, self._every.total_seconds()))

        running.keep_up(check_when_due)

    async def _check(self, running: Running) -> None:
        try:
            command = await self_check(running.store, self._services, self._build)
        except NotVerified as fault:
            log.error("self-check-failed", why=str(fault))
            await asyncio.sleep(AGAIN_AFTER)
            return
        if command.verified.findings:
            log.error("self-check-found", findings=command.verified.findings, size=command.verified.size)
        await asyncio.to_thread(
            running.committer.commit, begun_by("service:evidence"), lambda work: record_self_check(work, command)
        )
