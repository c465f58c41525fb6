"""The HTTP face of points."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from chassis.facing.asking import Body, Caller, NotFound, Who
from chassis.facing.policy import Policy, Relation
from chassis.keeping.work import NoDayOpened
from contracts.points import Kind as Named
from contracts.points import RulesAdopted
from points import handlers
from points.domain.closing import counted, year_end
from points.domain.roles import Role
from points.domain.rulebook import AdoptRules
from points.domain.rules import Kind, plain
from points.domain.schemes import SCHEMES, open_shares
from points.domain.streams import RULES, closing_of
from points.views import entries, ranking, rules, staff

POLICY = Policy(
    {
        "points.adopt-rules": {"hr": Relation.ANYONE},
        "points.read-rules": {
            "hr": Relation.ANYONE,
            "manager": Relation.ANYONE,
            "employee": Relation.ANYONE,
            "auditor": Relation.ANYONE,
        },
        "points.close-year": {"hr": Relation.ANYONE},
        "points.ranking": {"hr": Relation.ANYONE, "auditor": Relation.ANYONE},
        "points.read": {
            "hr": Relation.ANYONE,
            "auditor": Relation.ANYONE,
            "manager": Relation.MANAGES,
            "employee": Relation.SELF,
        },
    }
)

YearInPath = Annotated[int, Path(ge=1949, le=2999)]
YearAsked = Annotated[int, Query(ge=1949, le=2999)]
Points = Annotated[Decimal, Field(ge=0, le=10_000, decimal_places=4)]


class Rules(Body):
    first_day: date
    rates: dict[Named, Points]
    role_rates: dict[Role, dict[Named, Points]] = Field(default_factory=dict[Role, dict[Named, Points]])
    scheme: Literal["SHARES_40_30_20_10", "FACTORY", "TOTAL_ONLY"] = "TOTAL_ONLY"
    target: Annotated[Points, Field(gt=0)] = Decimal(100)


router = APIRouter(tags=["points"])


@router.post("/rules", status_code=201)
async def adopt_rules(adopted: Rules, who: Who) -> Response:
    """Adopts a version of the rules from its first day on, which lies after that of every earlier version."""
    who.may("points.adopt-rules")
    handler = partial(handlers.adopt_rules, command=AdoptRules(**dict(adopted)))
    return await who.do(handler, status=201, stream=RULES, body=lambda number: {"rules": number})


@router.get("/rules")
def read_rules(who: Who) -> dict[str, Any]:
    """Every version of the rules, oldest first."""
    who.may("points.read-rules")
    return {"rules": [version.model_dump(mode="json") for version in rules.versions(who.asked)]}


@router.post("/years/{year}/close")
async def close_year(year: YearInPath, who: Who) -> Response:
    """Closes a year: the ranking of the managers employed at its end, and who is put forward. Again changes nothing."""
    who.may("points.close-year")
    return await who.do(partial(handlers.close_year, year=year), stream=closing_of(year))


@router.get("/years/{year}/ranking")
def read_ranking(year: YearInPath, who: Who) -> dict[str, Any]:
    who.may("points.ranking")
    closed = ranking.closed_year(who.asked, year)
    if closed is None:
        raise NotFound(f"the closing of {year}")
    ranked = [assessed.model_dump(mode="json") for assessed in ranking.ranked(who.asked, year)]
    return {**closed.model_dump(mode="json"), "ranking": ranked}


@router.get("/employees/{employee}/points")
def read_points(employee: str, who: Who, year: YearAsked | None = None) -> dict[str, Any]:
    """An employee's points of a year, that of the last day if none is asked for; why, and what is missing to the target."""
    member = staff.member(who.asked, employee)
    who.may("points.read", employee, member.department if member else None)
    if member is None:
        raise NotFound(employee)
    year = year or _this_year(who)
    earned = entries.standing(who.asked, employee, year)
    assessed = ranking.assessment(who.asked, employee, year)
    return {
        "employee": employee,
        "year": year,
        "points": plain(sum(earned.values(), Decimal(0))),
        "by_kind": {str(kind): plain(points) for kind, points in earned.items()},
        "progress": _progress(earned, rules.rules_on(who.asked, year_end(year))),
        "entries": [_entry(entry) for entry in entries.entries(who.asked, employee, year)],
        "assessment": assessed.model_dump(mode="json") if assessed else None,
    }


def _this_year(who: Caller) -> int:
    if (today := who.today) is None:
        raise NoDayOpened
    return today.year


def _progress(earned: Mapping[Kind, Decimal], adopted: RulesAdopted | None) -> dict[str, Any] | None:
    """Where they stand towards the year's target; None if no rules hold that year."""
    if adopted is None:
        return None
    made = counted(earned, adopted.scheme, adopted.target)
    still = open_shares(made, SCHEMES[adopted.scheme])
    return {
        "scheme": adopted.scheme,
        "target": plain(adopted.target),
        "counted": plain(made.counted),
        "missing": plain(made.missing),
        "target_met": made.target_met,
        "missing_by_category": {str(category): plain(points) for category, points in still.items()},
        "steps": made.steps,
    }


def _entry(entry: entries.Entry) -> dict[str, Any]:
    figures = {name: plain(getattr(entry, name)) for name in ("quantity", "rate", "points")}
    return {**vars(entry), **figures, "kind": str(entry.kind)}
