"""Old training records: taken, set aside for leavers, refused, or waiting for an alias."""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from people.domain.cells import Cell, Row, Value
from people.domain.history import REQUIRED, History, Mark, TrainingRow, read_history

RECORD: Mapping[str, Value] = {
    "工号": "000101",
    "课程": "大客户谈判",
    "类型": "销售管理",
    "日期": "2023-03-01",
    "学时": "8",
    "成绩": "85",
}
ALIASES = {"销管": "销售管理"}
# A busy machine is slow, and that is no failure of reading.
patiently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(*lines: Mapping[str, Value], employed: Collection[str] | None = None) -> History:
    rows = [
        Row("历史培训", at, {column: Cell("ABCDEF"[REQUIRED.index(column)], value) for column, value in line.items()})
        for at, line in enumerate(lines, 2)
    ]
    return read_history(rows, ALIASES, employed)


def test_a_clean_record_is_taken_and_nothing_is_told():
    history = read(RECORD)
    assert history.taken == (
        TrainingRow("000101", "大客户谈判", "销售管理", date(2023, 3, 1), Decimal(8), Decimal(85), Mark.SCORED),
    )
    assert (history.changed, history.refused, history.quarantined) == ((), (), ())


@pytest.mark.parametrize(
    ("written", "mark"),
    [("缺考", Mark.ABSENT), ("免考", Mark.EXEMPT), ("√", Mark.PASSED), ("不合格", Mark.FAILED), ("", Mark.NONE)],
)
def test_a_word_in_place_of_a_score_is_a_mark_without_a_score(written: str, mark: Mark):
    [training] = read(RECORD | {"成绩": written}).taken
    assert (training.score, training.mark) == (None, mark)


def test_a_tick_is_told_as_changed_and_an_absence_is_not():
    assert [(change.was, change.now) for change in read(RECORD | {"成绩": "√"}).changed] == [("√", "合格")]
    assert read(RECORD | {"成绩": "缺考"}).changed == ()


@pytest.mark.parametrize("written", ["８５", "85分", Decimal(85)])
def test_a_score_may_be_wide_or_carry_its_unit(written: str | Decimal):
    assert read(RECORD | {"成绩": written}).taken[0].score == Decimal(85)


@pytest.mark.parametrize("written", ["8学时", "８", "8小时", "8 学时", Decimal(8)])
def test_hours_may_be_wide_or_carry_their_unit(written: str | Decimal):
    assert read(RECORD | {"学时": written}).taken[0].hours == Decimal(8)


@pytest.mark.parametrize(
    ("column", "written"),
    [
        ("成绩", "130"),
        ("成绩", "-1"),
        ("成绩", "优"),
        ("学时", "-2"),
        ("学时", "半天"),
        ("日期", "2023-02-29"),
        ("工号", ""),
        ("课程", ""),
    ],
)
def test_an_invalid_record_is_refused(column: str, written: str):
    history = read(RECORD | {column: written})
    assert history.taken == ()
    assert [refused.column for refused in history.refused] == [column]


def test_an_approved_alias_is_followed_and_told():
    history = read(RECORD | {"类型": "销管"})
    assert history.taken[0].kind == "销售管理"
    assert [change.why for change in history.changed] == ["按别名表统一"]


def test_an_unknown_alias_is_quarantined():
    history = read(RECORD | {"类型": "市管"})
    assert (history.taken, history.refused) == ((), ())
    assert [waiting.was for waiting in history.quarantined] == ["市管"]


def test_the_record_of_a_leaver_is_set_aside_and_not_lost():
    history = read(RECORD, RECORD | {"工号": "000999"}, employed={"000101"})
    assert [training.number for training in history.taken] == ["000101"]
    assert [training.number for training in history.leavers] == ["000999"]


def test_a_record_twice_is_a_duplicate_and_a_contradiction_is_told_as_one():
    assert [refused.why for refused in read(RECORD, RECORD).refused] == ["重复行:与第2行相同"]
    [refused] = read(RECORD, RECORD | {"成绩": "41"}).refused
    assert "内容不同" in refused.why


@patiently
@given(
    st.lists(st.dictionaries(st.sampled_from(REQUIRED), st.one_of(st.none(), st.text(), st.decimals(), st.datetimes())))
)
def test_whatever_a_history_holds_reading_answers_for_every_row(lines: list[dict[str, Value]]):
    history = read(*lines)
    told = {item.place.row for item in (*history.refused, *history.quarantined)}
    assert len(history.taken) + len(told) == len(lines)
