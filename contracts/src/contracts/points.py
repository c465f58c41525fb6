"""What `points` says: what learning was worth, under which rule, and how the year ended."""

from typing import ClassVar, Literal

from contracts.envelope import Day, Fact, Number
from contracts.operations import DeadLetterHandled

Kind = Literal["ONLINE_HOURS", "WORKSHOP", "EXAM_PASSED", "SHARING", "MENTORING_DONE", "TECH_PROJECT"]


class RulesAdopted(Fact):
    """A version of the points rules from `first_day`. `role_rates` add a kind for one role only (e.g. 技术攻关)."""

    TYPE: ClassVar[str] = "points.RulesAdopted.v1"
    rules: int
    first_day: Day
    rates: dict[Kind, Number]
    role_rates: dict[str, dict[Kind, Number]]
    scheme: Literal["SHARES_40_30_20_10", "FACTORY", "TOTAL_ONLY"]
    target: Number


class PointsAwarded(Fact):
    """`fact` is the id of the event that earned them: one award a fact. `exam` names an exam: it counts once a year."""

    TYPE: ClassVar[str] = "points.PointsAwarded.v1"
    employee: str
    year: int
    kind: Kind
    quantity: Number
    rate: Number
    points: Number
    rules: int
    fact: str
    on: Day
    note: str
    exam: str | None = None


class PointsReversed(Fact):
    """An award of `points` is taken back, since its fact was voided; both entries stay."""

    TYPE: ClassVar[str] = "points.PointsReversed.v1"
    employee: str
    year: int
    points: Number
    fact: str
    reason: str


class PointsYearAssessed(Fact):
    """How the year ended for one manager; rewards are recommended here, HR approves."""

    TYPE: ClassVar[str] = "points.PointsYearAssessed.v1"
    employee: str
    year: int
    points: Number
    counted: Number
    rank: int
    excellent: bool
    bonus: bool
    target_met: bool
    rating_flag: Literal["POINTS_NOT_MET"] | None = None
    next_year_pay_review_eligible: bool


class PointsYearClosed(Fact):
    """The ranking of a year: how many took part, the cuts of 10 and 20 percent, and who is in (ties too)."""

    TYPE: ClassVar[str] = "points.PointsYearClosed.v1"
    year: int
    population: int
    excellent_cut: int
    bonus_cut: int
    excellent: tuple[str, ...]
    bonus: tuple[str, ...]


class DeadLetterRetried(DeadLetterHandled):
    TYPE: ClassVar[str] = "points.DeadLetterRetried.v1"


class DeadLetterDiscarded(DeadLetterHandled):
    TYPE: ClassVar[str] = "points.DeadLetterDiscarded.v1"


Event = (
    RulesAdopted
    | PointsAwarded
    | PointsReversed
    | PointsYearAssessed
    | PointsYearClosed
    | DeadLetterRetried
    | DeadLetterDiscarded
)
