"""The year 2024 of a factory of 500 people, as a plan: who learns, shares, signs and leaves on which day. Seeded."""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

SEED = 2024
FIRST, LAST = date(2024, 1, 1), date(2024, 12, 31)
MONTHS = tuple(f"{FIRST.year}-{month:02}" for month in range(1, 13))
PREPARED = date(2023, 12, 25)  # the first day that the house ever opens
BATCH = 25  # people who sit down together


@dataclass(frozen=True)
class Person:
    """An employee as the roster has them."""

    employee: str
    post: str
    level: str
    department: str
    region: str
    hired_on: date
    probation_end: date | None
    monthly_wage: Decimal
    performance_bonus: Decimal


@dataclass(frozen=True)
class Course:
    course: str
    title: str
    course_class: str
    form: str
    hours: str
    pass_mark: str | None
    window: tuple[date, date]
    on_hire: bool = False

    def body(self, posts: Sequence[str]) -> dict[str, Any]:
        return {
            "course": self.course,
            "title": self.title,
            "course_class": self.course_class,
            "form": self.form,
            "hours": self.hours,
            "pass_mark": self.pass_mark,
            "posts": list(posts),
            "on_hire": self.on_hire,
            "due_days": 360,
            "first_day": FIRST.isoformat(),
        }


ONLINE = (
    Course("safety", "安全生产", "强制", "ONLINE", "8", "80", (date(2024, 1, 8), date(2024, 2, 29))),
    Course("quality", "质量意识", "日常", "ONLINE", "4", "80", (date(2024, 3, 4), date(2024, 4, 30))),
    Course("skills", "岗位技能", "日常", "ONLINE", "6", "80", (date(2024, 5, 6), date(2024, 6, 28))),
    Course("lean", "精益生产", "日常", "ONLINE", "5", "80", (date(2024, 8, 5), date(2024, 9, 27))),
    Course("data-protection", "信息安全", "日常", "ONLINE", "2", None, (date(2024, 10, 8), date(2024, 11, 15))),
)
CULTURE = Course("culture", "企业文化", "岗前", "ONLINE", "3", "80", (FIRST, LAST), on_hire=True)
WORKSHOPS = tuple(
    Course(f"workshop-{month}", title, "日常", "WORKSHOP", "4", None, (date(2024, month, 12), date(2024, month, 14)))
    for month, title in ((2, "管理沟通"), (4, "目标管理"), (7, "团队建设"), (10, "职业规划"))
)


@dataclass(frozen=True)
class PaidTraining:
    """A training that the company pays for a promise to stay: cost in RMB, months of service, the day it ended."""

    person: Person
    course: str
    title: str
    cost: str
    months: int | None
    signed_on: date
    ended_on: date


@dataclass(frozen=True)
class Leaving:
    person: Person
    ground: str
    last_day: date
    told_on: date
    proof: str


@dataclass(frozen=True)
class Request:
    """One request of a day: `role` asks `service` to do `body`."""

    service: str
    path: str
    body: Any
    role: str = "hr"


@dataclass
class Year:
    people: tuple[Person, ...]
    trainings: tuple[PaidTraining, ...]
    leavings: tuple[Leaving, ...]
    days: dict[date, list[Request]] = field(default_factory=lambda: defaultdict(list))

    def is_quiet(self, day: date) -> bool:
        """Whether nobody does anything on a day, as on most Sundays."""
        signed_or_ended = any(day in (each.signed_on, each.ended_on) for each in self.trainings)
        told = any(leaving.told_on == day for leaving in self.leavings)
        return not (self.days.get(day) or signed_or_ended or told or is_payday(day) or day in (PREPARED, FIRST))


def is_payday(day: date) -> bool:
    """The last day of each month of the year, on which its payroll is closed."""
    return day >= FIRST and (day + timedelta(days=1)).day == 1


def plan(people: Sequence[Person]) -> Year:
    """Plans the year; the same people have the same year every time."""
    dice = random.Random(SEED)
    managers = [person for person in people if person.level == "中层"]
    settled = [person for person in people if person.level == "基层" and person.hired_on < date(2023, 1, 1)]
    fresh = [person for person in people if FIRST < person.hired_on < date(2024, 7, 1)]
    learners = dice.sample(settled, 11)
    trainings = _trainings((*learners, fresh[0]))
    year = Year(tuple(people), trainings, _leavings(learners, fresh[0], dice.choice(settled)))
    gone = {leaving.person.employee: leaving.last_day for leaving in year.leavings}
    for course in ONLINE:
        _online(year, course, [p for p in people if p.employee not in gone or gone[p.employee] == LAST], dice)
    for person in (p for p in people if p.hired_on >= FIRST):
        _sit(year, CULTURE, min(person.hired_on + timedelta(days=7), LAST), [person], dice)
    for course in WORKSHOPS:
        _workshop(year, course, managers)
    _contributions(year, managers, dice)
    return year


def working_days(first: date, last: date) -> Iterator[date]:
    """Monday to Friday; the holidays of a factory are its own."""
    day = first
    while day <= last:
        if day.weekday() < 5:
            yield day
        day += timedelta(days=1)


def _online(year: Year, course: Course, people: Sequence[Person], dice: random.Random) -> None:
    days = list(working_days(*course.window))
    present = [p for p in people if p.hired_on < course.window[0]]
    later = [p for p in people if p.hired_on >= course.window[0]]
    shuffled = dice.sample(present, len(present))
    for n, group in enumerate(_groups(shuffled)):
        _sit(year, course, days[n * len(days) // (len(shuffled) // BATCH + 1)], group, dice)
    for person in later:
        _sit(year, course, min(person.hired_on + timedelta(days=21), LAST), [person], dice)


def _groups(people: Sequence[Person]) -> Iterator[Sequence[Person]]:
    for first in range(0, len(people), BATCH):
        yield people[first : first + BATCH]


def _sit(year: Year, course: Course, day: date, people: Sequence[Person], dice: random.Random) -> None:
    """Study, exam, and for those who failed: study again and the resit, two weeks later."""
    _study(year, course, day, people)
    if course.pass_mark is None:
        return
    scores = {person.employee: _score(dice) for person in people}
    _exam(year, course, day, scores)
    failed = [person for person in people if scores[person.employee] < Decimal(80)]
    again = day + timedelta(days=14)
    if failed and again <= LAST:
        _study(year, course, again, failed)
        _exam(year, course, again, {person.employee: Decimal(80 + dice.randrange(15)) for person in failed})


def _study(year: Year, course: Course, day: date, people: Iterable[Person]) -> None:
    entries = [{"employee": person.employee, "hours": course.hours} for person in people]
    body = {"on": day.isoformat(), "entries": entries}
    year.days[day].append(Request("learning", f"/courses/{course.course}/studies", body))


def _exam(year: Year, course: Course, day: date, scores: dict[str, Decimal]) -> None:
    entries = [{"employee": employee, "score": str(score)} for employee, score in scores.items()]
    body = {"on": day.isoformat(), "entries": entries}
    year.days[day].append(Request("learning", f"/courses/{course.course}/exams", body))


def _score(dice: random.Random) -> Decimal:
    """One in ten fails, one in four excels."""
    chance = dice.random()
    low, high = (55, 79) if chance < 0.10 else (90, 99) if chance > 0.75 else (80, 89)
    return Decimal(dice.randint(low, high))


def _workshop(year: Year, course: Course, managers: Sequence[Person]) -> None:
    day = next(working_days(*course.window))
    body = {"on": day.isoformat(), "employees": [manager.employee for manager in managers]}
    year.days[day].append(Request("learning", f"/courses/{course.course}/attendances", body))


def _contributions(year: Year, managers: Sequence[Person], dice: random.Random) -> None:
    days = list(working_days(FIRST, LAST))
    for manager in managers:
        kinds = ["SHARING"] * dice.randint(0, 2) + ["MENTORING"] * dice.randint(0, 2)
        if manager.post == "研发经理" and dice.random() < 0.5:
            kinds.append("TECH_PROJECT")
        titles = {"SHARING": "部门分享", "MENTORING": "带教新人", "TECH_PROJECT": "技术攻关"}
        for n, kind in enumerate(kinds):
            day = dice.choice(days)
            body = {
                "employee": manager.employee,
                "kind": kind,
                "title": f"{titles[kind]}{n + 1}",
                "on": day.isoformat(),
            }
            year.days[day].append(Request("learning", "/contributions", body))


def _trainings(learners: Sequence[Person]) -> tuple[PaidTraining, ...]:
    """Twelve paid trainings; the first is the 100,000 over 24 months that ended on the last day of 2023."""
    names = (
        "德国设备操作",
        "六西格玛黑带",
        "工业机器人",
        "注册安全工程师",
        "数控编程",
        "焊接工程师",
        "精益咨询师",
        "供应链管理",
    )
    made = [PaidTraining(learners[0], "paid-1", names[0], "100000.00", 24, date(2023, 12, 27), date(2023, 12, 31))]
    costs = ("60000.00", "30000.00", "24000.00", "52000.00", "18000.00", "36000.00", "80000.00", "12000.00", "45000.00")
    costs = (*costs, "28000.00", "20000.00")
    for n, (person, cost) in enumerate(zip(learners[1:], costs, strict=True), start=2):
        start = max(date(2024, 1 + n % 5, 8), person.hired_on + timedelta(days=3))
        ended = start + timedelta(days=20)
        made.append(PaidTraining(person, f"paid-{n}", names[n % len(names)], cost, None, start, ended))
    return tuple(made)


def _leavings(learners: Sequence[Person], fresh: Person, other: Person) -> tuple[Leaving, ...]:
    """Seven leave, each on another ground; six of them have promised to stay."""
    in_probation = (fresh.probation_end or LAST) - timedelta(days=10)
    return (
        Leaving(learners[0], "ART37_RESIGN_WITH_NOTICE", LAST, date(2024, 11, 29), "辞职信(提前三十日)"),
        Leaving(learners[1], "ART38_EMPLOYER_FAULT", date(2024, 9, 30), date(2024, 9, 30), "解除通知(未缴社保)"),
        Leaving(learners[2], "ART39_2", date(2024, 10, 18), date(2024, 10, 18), "严重违纪处理决定"),
        Leaving(learners[3], "ART36_MUTUAL_EMPLOYEE_INITIATED", date(2024, 8, 30), date(2024, 8, 20), "协商解除协议"),
        Leaving(learners[4], "EXPIRY_EMPLOYEE_REFUSES_EXTENSION", date(2024, 11, 30), date(2024, 11, 15), "不续签声明"),
        Leaving(fresh, "ART37_RESIGN_IN_PROBATION", in_probation, in_probation - timedelta(days=3), "试用期辞职通知"),
        Leaving(other, "ART41", date(2024, 7, 31), date(2024, 7, 1), "经济性裁员方案"),
    )
