"""Training records from before 历史培训: what people learned until now, cleaned and with what is set aside and why."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import partial

from people.domain.cells import Changed, Clean, Questions, Row, RowRefused, Unfit, Unreadable, Value, is_blank
from people.domain.particulars import staff_number
from people.domain.written import day, half_width, quantity, text

REQUIRED = ("工号", "课程", "类型", "日期", "学时", "成绩")
KINDS = frozenset(
    ("安全生产", "企业文化", "职场礼仪", "岗位技能", "质量管理", "销售管理", "研发技术", "领导力", "职业规划")
)
MOST_HOURS = 1000
FULL_MARKS = 100


class Mark(StrEnum):
    """How a training ended. Only a counted one has a score."""

    SCORED = "计分"
    PASSED = "合格"
    FAILED = "不合格"
    ABSENT = "缺考"
    EXEMPT = "免考"
    NONE = "未考核"


MARKS = {
    **dict.fromkeys(("√", "✓", "✔", "☑", "合格", "通过"), Mark.PASSED),
    **dict.fromkeys(("×", "✗", "✘", "不合格", "未通过"), Mark.FAILED),
    "缺考": Mark.ABSENT,
    "免考": Mark.EXEMPT,
    "未考核": Mark.NONE,
}


@dataclass(frozen=True)
class TrainingRow:
    number: str
    course: str
    kind: str
    on: date
    hours: Decimal
    score: Decimal | None
    mark: Mark


@dataclass(frozen=True)
class Outcome:
    score: Decimal | None
    mark: Mark

    def __str__(self) -> str:
        return str(self.mark) if self.score is None else f"{self.score:f}"


@dataclass(frozen=True)
class History:
    """`leavers` are good records of people who no longer work here; `quarantined` waits for an approved alias."""

    taken: tuple[TrainingRow, ...]
    changed: tuple[Changed, ...]
    refused: tuple[RowRefused, ...]
    quarantined: tuple[RowRefused, ...] = ()
    leavers: tuple[TrainingRow, ...] = ()


def read_history(
    rows: Iterable[Row],
    aliases: Mapping[str, str],
    employed: Collection[str] | None = None,
    kinds: Collection[str] = KINDS,
) -> History:
    """Reads every row. `employed` are the 工号 of the roster: records of others are set aside, not lost."""
    read: dict[tuple[str, str, date], tuple[int, TrainingRow]] = {}
    changed: list[Changed] = []
    refused: list[RowRefused] = []
    quarantined: list[RowRefused] = []
    for row in rows:
        questions = Questions(row)
        try:
            training = read_training(questions, aliases, kinds)
            fact = (training.number, training.course, training.on)
            refuse_repeated(training, read.get(fact))
        except Unfit as unfit:
            questions.refuse(unfit.column, Unreadable(unfit.why))
        except Unreadable:
            pass  # Each question has told its own refusal.
        else:
            read[fact] = (row.number, training)
            changed += questions.changed
        refused += questions.refused
        quarantined += questions.quarantined
    trainings = [training for _, training in read.values()]
    return History(
        taken=tuple(training for training in trainings if employed is None or training.number in employed),
        changed=tuple(changed),
        refused=tuple(refused),
        quarantined=tuple(quarantined),
        leavers=tuple(training for training in trainings if employed is not None and training.number not in employed),
    )


def read_training(questions: Questions, aliases: Mapping[str, str], kinds: Collection[str]) -> TrainingRow:
    """Raises `Unreadable` if any cell could not be read; the questions then hold all that could not."""
    number = questions.ask("工号", staff_number)
    course = questions.ask("课程", text)
    known = questions.ask("类型", partial(kind, aliases=aliases, kinds=kinds))
    on = questions.ask("日期", day)
    spent = questions.ask("学时", hours)
    outcome = questions.ask("成绩", score)
    return TrainingRow(
        number.value, course.value, known.value, on.value, spent.value, outcome.value.score, outcome.value.mark
    )


def refuse_repeated(training: TrainingRow, earlier: tuple[int, TrainingRow] | None) -> None:
    if not earlier:
        return
    row, other = earlier
    if other == training:
        raise Unfit(f"重复行:与第{row}行相同", column="工号")
    raise Unfit(f"同一人同一天同一课程,与第{row}行内容不同,只取第{row}行", column="课程")


# How the columns of a history are read


def kind(value: Value, aliases: Mapping[str, str], kinds: Collection[str]) -> Clean[str]:
    """A known kind of training, by its name or an approved alias; anything else is quarantined, never guessed."""
    was = text(value).value
    now = aliases.get(was, was)
    if now not in kinds:
        raise Unreadable("类型未知,也没有批准的别名", quarantined=True)
    return Clean(now, "按别名表统一" if was in aliases else "去掉空格" if now != value else "")


def hours(value: Value) -> Clean[Decimal]:
    now = half_width(value).removesuffix("学时") if isinstance(value, str) else value
    read = quantity(now, "小时")
    if not 0 <= read.value <= MOST_HOURS:
        raise Unreadable(f"学时应在0与{MOST_HOURS}之间")
    return Clean(read.value, "数字统一写法" if now != value or read.why else "")


def score(value: Value) -> Clean[Outcome]:
    """Marks out of a hundred, or the word that stands in their place."""
    if is_blank(value):
        return Clean(Outcome(None, Mark.NONE), "没有成绩,记为未考核")
    if isinstance(value, str) and (mark := MARKS.get(half_width(value)) or MARKS.get(value.strip())):
        return Clean(Outcome(None, mark), "" if mark == value else f"记为{mark}")
    read = quantity(value, "分")
    if not 0 <= read.value <= FULL_MARKS:
        raise Unreadable(f"成绩应在0与{FULL_MARKS}之间")
    return Clean(Outcome(read.value, Mark.SCORED), read.why)
