"""A roster read row by row: who is taken, what was changed, who is refused, and what waits for an alias."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from people.domain.cells import Cell, Changed, Place, Row, RowRefused, Value
from people.domain.roster import REQUIRED, Roster, read_roster

ADA: Mapping[str, Value] = {
    "工号": "000101",
    "姓名": "艾达",
    "身份证号": "990000198611210003",
    "手机号": "10012340001",
    "部门": "集团/制造中心/一车间",
    "岗位": "焊工",
    "职级": "P3",
    "层级": "基层",
    "工作地": "GUANGDONG",
    "入职日期": "2023-03-01",
}
GRACE = ADA | {"工号": "000102", "姓名": "葛瑞丝", "身份证号": "99000019491231000X"}
LETTERS = {column: chr(ord("A") + at) for at, column in enumerate(ADA)}
ANY_CELL = st.one_of(
    st.none(),
    st.booleans(),
    st.text(),
    st.decimals(),
    st.dates(),
    st.datetimes(),
    st.sampled_from(["2024-02-30", "P3", "/"]),
)
# A busy machine is slow, and that is no failure of reading.
patiently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(*lines: Mapping[str, Value], aliases: Mapping[str, str] | None = None) -> Roster:
    rows = [
        Row("花名册", at, {column: Cell(LETTERS.get(column, "Z"), value) for column, value in line.items()})
        for at, line in enumerate(lines, 4)
    ]
    return read_roster(rows, aliases or {})


def test_a_clean_row_is_taken_and_nothing_is_told():
    roster = read(ADA)
    assert (roster.changed, roster.refused, roster.quarantined) == ((), (), ())
    [ada] = roster.taken
    assert (ada.number, ada.hired_on, ada.contract_end, ada.monthly_wage) == ("000101", date(2023, 3, 1), None, None)


def test_what_was_changed_is_told_with_its_place():
    roster = read(ADA | {"入职日期": "2023年3月1日"})
    assert roster.changed == (
        Changed(Place("花名册", 4, "J"), "入职日期", "2023年3月1日", "2023-03-01", "日期统一写法"),
    )
    assert str(roster.changed[0].place) == "花名册!J4"


def test_pay_and_contract_are_read_where_a_sheet_has_them():
    [ada] = read(ADA | {"月工资": "1,200元", "绩效奖金": Decimal(300), "合同到期": "2026/2/28", "试用期至": None}).taken
    assert (ada.monthly_wage, ada.performance_bonus) == (Decimal("1200.00"), Decimal("300.00"))
    assert (ada.contract_end, ada.probation_end) == (date(2026, 2, 28), None)


def test_an_impossible_day_refuses_its_row_and_no_other():
    roster = read(ADA | {"入职日期": "2024-02-30"}, GRACE)
    assert [employee.number for employee in roster.taken] == ["000102"]
    assert roster.refused == (RowRefused(Place("花名册", 4, "J"), "入职日期", "2024-02-30", "没有这一天(2024-02-30)"),)


def test_every_bad_cell_of_a_row_is_told_at_once():
    roster = read(ADA | {"入职日期": "明天", "职级": "P99", "姓名": None})
    assert [refused.column for refused in roster.refused] == ["姓名", "职级", "入职日期"]


def test_a_change_in_a_refused_row_is_not_told():
    assert read(ADA | {"入职日期": "2023/3/1", "职级": "P99"}).changed == ()


def test_the_same_row_twice_is_a_duplicate():
    roster = read(ADA, ADA)
    assert len(roster.taken) == 1
    assert [refused.why for refused in roster.refused] == ["重复行:与第4行相同"]


def test_of_two_different_rows_with_one_number_the_first_is_taken():
    roster = read(ADA, GRACE | {"工号": "000101"})
    assert [employee.name for employee in roster.taken] == ["艾达"]
    assert [refused.why for refused in roster.refused] == ["工号与第4行相同,内容不同,只取第4行"]


def test_one_person_under_two_numbers_is_refused():
    roster = read(ADA, ADA | {"工号": "000109"})
    assert [refused.column for refused in roster.refused] == ["身份证号"]


def test_a_number_whose_first_row_was_refused_is_still_free():
    assert len(read(ADA | {"职级": "P99"}, ADA).taken) == 1


def test_days_out_of_order_are_refused():
    roster = read(ADA | {"合同到期": "2022-01-01"}, GRACE | {"试用期至": "2023-02-01"})
    assert [refused.why for refused in roster.refused] == ["合同到期早于入职", "试用期结束早于入职"]


def test_an_unknown_alias_waits_and_a_known_one_is_followed():
    line = ADA | {"部门": "集团/营销中心/销管"}
    assert read(line, aliases={"销管": "销售管理部"}).taken[0].department == "集团/营销中心/销售管理部"
    roster = read(ADA | {"部门": "销管"})
    assert (roster.taken, roster.refused) == ((), ())
    assert [waiting.was for waiting in roster.quarantined] == ["销管"]


@patiently
@given(st.lists(st.dictionaries(st.sampled_from([*REQUIRED, "合同到期", "月工资"]), ANY_CELL), max_size=6))
def test_whatever_a_sheet_holds_reading_answers_for_every_row(lines: list[dict[str, Value]]):
    roster = read(*lines)
    told = {item.place.row for item in (*roster.refused, *roster.quarantined)}
    assert len(roster.taken) + len(told) == len(lines)


@patiently
@given(st.sampled_from([*ADA, "合同到期", "月工资"]), ANY_CELL)
def test_whatever_one_cell_holds_what_is_told_can_be_stored(column: str, value: Value):
    roster = read(ADA | {column: value})
    for told in (*roster.refused, *roster.quarantined):
        assert "\0" not in told.was
        told.was.encode()
    for change in roster.changed:
        assert isinstance(value, datetime | str | Decimal)
        (change.was + change.now).encode()
