"""Evidence checking itself (证据规定93 I(1)–(3)): what it verified, and whom it found at work, with which code and clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from contracts.evidence import SelfChecked
from evidence.domain.readiness import Readiness

# What can be asked


@dataclass(frozen=True)
class Verified:
    """What `evidence verify` said of the published ledger: the records from `since` up to `size` were looked at."""

    since: int
    size: int
    root: str | None
    findings: int


class NotVerified(Exception):
    """The command that verifies said nothing that can be recorded; `str` is what it said instead."""


@dataclass(frozen=True)
class Clock:
    """How many milliseconds our clock was ahead of an authority's when its newest time stamp came."""

    authority: str
    offset: int


@dataclass(frozen=True)
class RecordSelfCheck:
    verified: Verified
    services: Mapping[str, Readiness]
    clock: Clock | None


def clock_by(authority: str, stamped: datetime, recorded: datetime) -> Clock:
    """Our clock beside the authority's, of which a stamp came that was recorded at `recorded`. The way back counts as ours."""
    return Clock(authority, round((recorded - stamped).total_seconds() * 1_000))


# What it can be

SelfChecks: TypeAlias = None
initial: SelfChecks = None


def decide(command: RecordSelfCheck, _: SelfChecks) -> tuple[SelfChecked, ...]:
    verified, services = command.verified, command.services
    checked = SelfChecked(
        since=verified.since,
        size=verified.size,
        root=verified.root,
        findings=verified.findings,
        builds={name: answer.build for name, answer in services.items() if answer.build is not None},
        health={name: answer.health for name, answer in services.items()},
        clock=command.clock.authority if command.clock else None,
        clock_offset=command.clock.offset if command.clock else None,
    )
    return (checked,)


def evolve(_: SelfChecks, __: SelfChecked) -> SelfChecks:
    return None
