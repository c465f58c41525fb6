"""Whom a rate of points is for: what an employee is on a day, by level and post."""

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
