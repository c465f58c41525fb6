"""Worked cases of the points scheme: which question a case asks, and the answer by the domain's own rules."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from casework import Amount, Answer, CaseInputs, CaseRefused, Count, Day, Figure
from contracts import Refusal
from points.domain.account import Fact, News, Voiding, account_of
from points.domain.rules import STARTING_RULES, Kind, Rate, RuleBook, RuleVersion, plain
from points.domain.schemes import CAREER_PLANNING, SCHEMES, TARGET, Category, progress, quota_progress
from points.domain.year_end import APPRAISAL_WEIGHT, appraisal, consequence, cut_of, ranking

ROLES = {rate.kind: rate.role for rate in STARTING_RULES.rates}
"""Whom each kind is for; a case's rule versions change rates, not that."""

Role = Literal["MIDDLE", "RD_MIDDLE", "SALES_MIDDLE"]
Text = Annotated[str, Field(strict=True, min_length=1)]
Percent = Annotated[Amount, Field(le=100)]
Share = Annotated[Amount, Field(le=1)]
Positive = Annotated[Amount, Field(gt=0)]


def assess_points(inputs: Mapping[str, object]) -> Answer:
    for field, answer in QUESTIONS.items():
        if field in inputs:
            try:
                return answer(inputs)
            except Refusal as refused:
                raise CaseRefused(f"{refused}.") from refused
    raise CaseRefused(f"The inputs ask no question about points: none of {', '.join(QUESTIONS)} is given.")


# What facts earn


class ToldEvent(CaseInputs):
    kind: Literal[
        "ONLINE_HOURS",
        "WORKSHOP",
        "EXAM_PASSED",
        "EXAM_FAILED",
        "SHARING",
        "MENTORING_DONE",
        "TECH_PROJECT",
        "VOID",
    ]
    qty: Amount = Decimal(1)
    id: Text | None = None
    of: Text | None = None
    date: Day | None = None
    exam: Text | None = None

    @model_validator(mode="after")
    def say_only_what_the_kind_has(self) -> Self:
        if self.kind == "VOID" and self.of is None:
            raise ValueError("of is missing: a VOID takes back a fact")
        if self.kind != "VOID" and self.of is not None:
            raise ValueError(f"of belongs to a VOID, not to {self.kind}")
        if self.kind == "VOID" and self.qty != 1:
            raise ValueError(f"qty is {self.qty}, but a VOID takes back a whole fact")
        if self.exam is not None and self.kind not in ("EXAM_PASSED", "EXAM_FAILED"):
            raise ValueError(f"exam belongs to an exam, not to {self.kind}")
        return self


class ToldVersion(CaseInputs):
    from_: Day
    ONLINE_HOURS: Amount | None = None
    WORKSHOP: Amount | None = None
    EXAM_PASSED: Amount | None = None
    EXAM_FAILED: Annotated[Amount, Field(le=0)] | None = None
    SHARING: Amount | None = None
    MENTORING_DONE: Amount | None = None
    TECH_PROJECT: Amount | None = None

    def version(self, number: int) -> RuleVersion:
        named = {kind: getattr(self, kind) for kind in ROLES}
        rates = (Rate(kind, points, ROLES[kind]) for kind, points in named.items() if points is not None)
        return RuleVersion(number, self.from_, tuple(rates))


class WhatFactsEarn(CaseInputs):
    events: tuple[ToldEvent, ...]
    role: Role = "MIDDLE"
    rule_versions: tuple[ToldVersion, ...] = ()


def points_of_events(inputs: Mapping[str, object]) -> Answer:
    asked = WhatFactsEarn.model_validate(inputs)
    versions = tuple(told.version(number) for number, told in enumerate(asked.rule_versions, start=1))
    undated = day_of_the_undated(asked)
    news = (
        news_of(f"events[{place}]", event, asked.role, event.date or undated)
        for place, event in enumerate(asked.events)
    )
    account = account_of(news, RuleBook((STARTING_RULES, *versions)))
    steps = tuple(f"{entry.news}: {entry.why}" for entry in account.entries)
    return Answer({"points": plain(account.points)}, steps)


def day_of_the_undated(asked: WhatFactsEarn) -> date:
    """Facts without a day lie in one year: that of the dated ones beside them, or any. They are weighed by the one
    rule version that is given. Refuses a fact whose rate several versions name: its day would have to be known."""
    dated = [event.date for event in asked.events if event.date]
    if len(asked.rule_versions) > 1:
        named = {kind for version in asked.rule_versions for kind in version.model_fields_set}
        for event in asked.events:
            if event.date is None and event.kind in named:
                raise CaseRefused(f"date is missing for {event.kind}: it decides between the rule_versions.")
    if asked.rule_versions:
        return max([asked.rule_versions[0].from_, *dated])
    return min(dated, default=date(2000, 1, 1))


def news_of(place: str, event: ToldEvent, role: str, on: date) -> News:
    if event.of is not None:
        return Voiding(event.id or place, event.of, on)
    return Fact(event.id or place, Kind(event.kind), on, role, event.qty, event.exam)


# What counts towards the target, and the quota beside it


class WhatCounts(CaseInputs):
    earned: dict[Literal["COURSE", "ONLINE", "WORKSHOP", "EXAM", "SHARING", "MENTORING"], Amount]
    scheme: Literal["SHARES_40_30_20_10", "FACTORY", "TOTAL_ONLY"]
    target: Positive = TARGET
    role: Role = "MIDDLE"
    career_planning_sessions: Count | None = None


def target_of_earned(inputs: Mapping[str, object]) -> Answer:
    asked = WhatCounts.model_validate(inputs)
    earned = {Category(category): points for category, points in asked.earned.items()}
    counted = progress(earned, SCHEMES[asked.scheme], asked.target)
    figures: dict[str, Figure] = {
        "capped": {str(category): count(points) for category, points in counted.capped.items()},
        "counted": count(counted.counted),
        "target_met": counted.target_met,
        "missing": count(counted.missing),
    }
    if asked.career_planning_sessions is None:
        return Answer(figures, counted.steps)
    quota = quota_progress(CAREER_PLANNING, asked.career_planning_sessions)
    return Answer(figures | {"requirement_met": quota.requirement_met}, counted.steps + quota.steps)


class QuotaBesidePoints(CaseInputs):
    career_planning_sessions: Count
    role: Role = "MIDDLE"


def quota_of_sessions(inputs: Mapping[str, object]) -> Answer:
    asked = QuotaBesidePoints.model_validate(inputs)
    quota = quota_progress(CAREER_PLANNING, asked.career_planning_sessions)
    return Answer({"requirement_met": quota.requirement_met, "missing": quota.missing}, quota.steps)


def count(points: Decimal) -> int | str:
    """Counts are integers; a part of a point, which no integer says, is written out."""
    return int(points) if points == points.to_integral_value() else plain(points)


# The ranking


class WhoIsAhead(CaseInputs):
    percent: Percent
    population: Count | None = None
    scores: tuple[Amount, ...] | None = None

    @model_validator(mode="after")
    def know_how_many(self) -> Self:
        if self.population is None and self.scores is None:
            raise ValueError("population or scores is missing")
        if self.population is not None and self.scores is not None and self.population != len(self.scores):
            raise ValueError(f"population is {self.population}, but there are {len(self.scores)} scores")
        return self


def ranking_of_scores(inputs: Mapping[str, object]) -> Answer:
    asked = WhoIsAhead.model_validate(inputs)
    if asked.scores is not None:
        ranked = ranking({str(place): score for place, score in enumerate(asked.scores)}, asked.percent)
        return Answer({"cut": ranked.cut, "winners": len(ranked.winners)}, ranked.steps)
    cut = cut_of(asked.population or 0, asked.percent)
    step = f"{asked.population} × {plain(asked.percent)} %, rounded down: {cut} places, no scores to tie"
    return Answer({"cut": cut, "winners": cut}, (step,))


# The year's end


class YearsEnd(CaseInputs):
    points: Amount
    target: Positive = TARGET
    kpi: Amount | None = None
    weight: Share | None = None

    @model_validator(mode="after")
    def weigh_only_beside_a_kpi(self) -> Self:
        if self.kpi is None and self.weight is not None:
            raise ValueError("weight is given without kpi")
        return self


def year_end_of_points(inputs: Mapping[str, object]) -> Answer:
    asked = YearsEnd.model_validate(inputs)
    follows = consequence(asked.points, asked.target)
    figures: dict[str, Figure] = {
        "rating_flag": None if follows.rating_flag is None else str(follows.rating_flag),
        "next_year_pay_review_eligible": follows.next_year_pay_review_eligible,
    }
    if asked.kpi is None:
        return Answer(figures, follows.steps)
    weight = APPRAISAL_WEIGHT if asked.weight is None else asked.weight
    weighed = appraisal(asked.points, asked.kpi, asked.target, weight)
    return Answer(figures | {"appraisal": str(weighed.result)}, weighed.steps + follows.steps)


# The first of these fields that a case holds says what it asks.
QUESTIONS = {
    "events": points_of_events,
    "earned": target_of_earned,
    "percent": ranking_of_scores,
    "population": ranking_of_scores,
    "scores": ranking_of_scores,
    "points": year_end_of_points,
    "kpi": year_end_of_points,
    "career_planning_sessions": quota_of_sessions,
}
