"""The yearly target 年度积分目标, the schemes by which points count towards it, and the quotas that stand beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from points.domain.rules import Kind, plain

TARGET = Decimal(100)


class Category(StrEnum):
    COURSE = "COURSE"
    ONLINE = "ONLINE"
    WORKSHOP = "WORKSHOP"
    EXAM = "EXAM"
    SHARING = "SHARING"
    MENTORING = "MENTORING"
    PROJECT = "PROJECT"


@dataclass(frozen=True)
class Scheme:
    """How kinds of facts fall into categories, and how much of each may count. Without shares everything counts."""

    name: str
    shares: Mapping[Category, Decimal] | None
    categories: Mapping[Kind, Category]

    def share(self, category: Category) -> Decimal | None:
        """None where nothing limits the category; a category that has no share counts nothing."""
        return None if self.shares is None else self.shares.get(category, Decimal(0))


COURSES_TOGETHER = {
    Kind.ONLINE_HOURS: Category.COURSE,
    Kind.WORKSHOP: Category.COURSE,
    Kind.EXAM_PASSED: Category.EXAM,
    Kind.EXAM_FAILED: Category.EXAM,
    Kind.SHARING: Category.SHARING,
    Kind.MENTORING_DONE: Category.MENTORING,
    Kind.TECH_PROJECT: Category.PROJECT,
}
COURSES_APART = COURSES_TOGETHER | {Kind.ONLINE_HOURS: Category.ONLINE, Kind.WORKSHOP: Category.WORKSHOP}

SHARES_40_30_20_10 = Scheme(
    "SHARES_40_30_20_10",
    {
        Category.COURSE: Decimal(40),
        Category.EXAM: Decimal(30),
        Category.SHARING: Decimal(20),
        Category.MENTORING: Decimal(10),
    },
    COURSES_TOGETHER,
)
FACTORY = Scheme(
    "FACTORY",
    {
        Category.ONLINE: Decimal(40),
        Category.WORKSHOP: Decimal(30),
        Category.EXAM: Decimal(20),
        Category.SHARING: Decimal(10),
    },
    COURSES_APART,
)
TOTAL_ONLY = Scheme("TOTAL_ONLY", None, COURSES_TOGETHER)
SCHEMES = {scheme.name: scheme for scheme in (SHARES_40_30_20_10, FACTORY, TOTAL_ONLY)}

# The target


@dataclass(frozen=True)
class Progress:
    capped: Mapping[Category, Decimal]
    """What counts of each category in which something was earned."""
    counted: Decimal
    missing: Decimal
    steps: tuple[str, ...]

    @property
    def target_met(self) -> bool:
        return self.missing == 0


def by_category(scheme: Scheme, earned: Mapping[Kind, Decimal]) -> dict[Category, Decimal]:
    together: dict[Category, Decimal] = {}
    for kind, points in earned.items():
        category = scheme.categories[kind]
        together[category] = together.get(category, Decimal(0)) + points
    return together


def progress(earned: Mapping[Category, Decimal], scheme: Scheme, target: Decimal = TARGET) -> Progress:
    capped = {category: within_share(points, scheme.share(category)) for category, points in earned.items()}
    counted = sum(capped.values(), Decimal(0))
    missing = max(target - counted, Decimal(0))
    steps = (
        *(told(category, points, scheme.share(category)) for category, points in earned.items()),
        f"counted {plain(counted)} of {plain(target)}"
        + (f", {plain(missing)} missing" if missing else ": target met 达标"),
    )
    return Progress(capped, counted, missing, steps)


def open_shares(made: Progress, scheme: Scheme) -> dict[Category, Decimal]:
    """What each category could still bring towards the target; nothing where no shares limit them."""
    return {
        category: share - made.capped.get(category, Decimal(0)) for category, share in (scheme.shares or {}).items()
    }


def within_share(points: Decimal, share: Decimal | None) -> Decimal:
    return points if share is None else min(points, share)


def told(category: Category, points: Decimal, share: Decimal | None) -> str:
    if share is None:
        return f"{category}: {plain(points)}, no share limits it"
    return f"{category}: {plain(points)} earned, share {plain(share)}, counts {plain(min(points, share))}"


# Quotas beside the target


@dataclass(frozen=True)
class Quota:
    """A named course that must be taken so often a year, whatever points were earned."""

    course: str
    least: int


CAREER_PLANNING = Quota("职业规划", 2)


@dataclass(frozen=True)
class QuotaProgress:
    missing: int
    steps: tuple[str, ...]

    @property
    def requirement_met(self) -> bool:
        return self.missing == 0


def quota_progress(quota: Quota, taken: int) -> QuotaProgress:
    missing = max(quota.least - taken, 0)
    step = f"{quota.course}: {taken} of at least {quota.least} a year"
    return QuotaProgress(missing, (f"{step}, {missing} missing" if missing else f"{step}: met",))
