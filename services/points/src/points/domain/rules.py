"""What learning is worth: the rates 积分规则, in versions, each from its first day on and for whom it is meant."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from contracts import Refusal

# What earns


class Kind(StrEnum):
    ONLINE_HOURS = "ONLINE_HOURS"
    WORKSHOP = "WORKSHOP"
    EXAM_PASSED = "EXAM_PASSED"
    EXAM_FAILED = "EXAM_FAILED"
    SHARING = "SHARING"
    MENTORING_DONE = "MENTORING_DONE"
    TECH_PROJECT = "TECH_PROJECT"


PRO_RATA = frozenset({Kind.ONLINE_HOURS})
"""Kinds that count by parts; every other kind counts whole."""


# The rules


@dataclass(frozen=True)
class Rate:
    kind: Kind
    points: Decimal
    """Per hour for online hours, otherwise per fact."""
    role: str | None = None
    """None: for everyone."""


@dataclass(frozen=True)
class RuleVersion:
    """What changes from a day on. A kind that it does not name for a role, or for everyone, keeps the rate it had."""

    number: int
    first_day: date
    rates: tuple[Rate, ...]


@dataclass(eq=False)
class TwoVersionsOnOneDay(Refusal):
    first_day: date

    def __str__(self) -> str:
        return f"two rule versions begin on {self.first_day}"


@dataclass(frozen=True)
class RuleBook:
    """Every version adopted so far, in any order. Refuses two that begin on the same day."""

    versions: tuple[RuleVersion, ...]

    def __post_init__(self) -> None:
        days = [version.first_day for version in self.versions]
        for day in days:
            if days.count(day) > 1:
                raise TwoVersionsOnOneDay(day)


STARTING_RULES = RuleVersion(
    0,
    date.min,
    (
        Rate(Kind.ONLINE_HOURS, Decimal(2)),
        Rate(Kind.WORKSHOP, Decimal(5)),
        Rate(Kind.EXAM_PASSED, Decimal(10)),
        Rate(Kind.SHARING, Decimal(15)),
        Rate(Kind.MENTORING_DONE, Decimal(20)),
        Rate(Kind.TECH_PROJECT, Decimal(30), role="RD_MIDDLE"),  # 技术攻关, for middle managers of R&D only
    ),
)
"""The rates that hold before anything else is adopted."""


@dataclass(frozen=True)
class RateFound:
    points: Decimal
    rules: int
    """The number of the version that last named it."""


def rate_on(book: RuleBook, kind: Kind, role: str, day: date) -> RateFound | None:
    """The rate that holds for a role on the day of the fact, whatever was adopted later: the role's own before
    everyone's. None when no rule covers it."""
    known: dict[str | None, RateFound] = {}
    for version in sorted(book.versions, key=lambda version: version.first_day):
        if version.first_day <= day:
            known |= {r.role: RateFound(r.points, version.number) for r in version.rates if r.kind is kind}
    return known.get(role, known.get(None))


def plain(points: Decimal) -> str:
    """Points as they are written: without trailing zeros."""
    return f"{points.normalize():f}"
