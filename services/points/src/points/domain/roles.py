"""Whom a rate of points is for: what an employee is on a day, by level and post."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

Role = Literal["MIDDLE", "RD_MIDDLE", "SALES_MIDDLE", "基层", "高层"]

MIDDLE = "中层"


def role_of(level: str, post: str) -> str:
    """Middle managers of research and of sales are roles of their own; whoever is no middle manager is their level."""
    if level != MIDDLE:
        return level
    if "研发" in post:
        return "RD_MIDDLE"
    return "SALES_MIDDLE" if "销售" in post else "MIDDLE"


@dataclass(frozen=True)
class Post:
    """A post that somebody holds from a day on."""

    since: date
    level: str
    post: str


@dataclass(frozen=True)
class Employment:
    """`last_day` is None for who has not left."""

    hired_on: date
    last_day: date | None
    posts: tuple[Post, ...]


def held_on(day: date, posts: Iterable[Post]) -> Post | None:
    """The post on a day, as far as is known: the newest that had begun by then, else the first that did after it."""
    return min(posts, key=lambda post: (post.since > day, abs(post.since - day)), default=None)


def role_on(day: date, posts: Iterable[Post]) -> str | None:
    """What somebody was on a day; None for whom no post is known."""
    held = held_on(day, posts)
    return role_of(held.level, held.post) if held else None


def managers_on(day: date, staff: Mapping[str, Employment]) -> list[str]:
    """The middle managers 中层 employed on a day."""
    return [who for who, it in sorted(staff.items()) if _is_employed(day, it) and _is_manager(day, it)]


def _is_employed(day: date, it: Employment) -> bool:
    return it.hired_on <= day and (it.last_day is None or it.last_day >= day)


def _is_manager(day: date, it: Employment) -> bool:
    held = held_on(day, it.posts)
    return held is not None and held.level == MIDDLE
