"""Days, amounts and words in every form people write them: read, read with a note, or refused."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from people.domain.cells import Unreadable
from people.domain.written import day, last_day, money, quantity, text

fifth_of_january = date(2024, 1, 5)


@pytest.mark.parametrize("written", ["2024-01-05", fifth_of_january, datetime.combine(fifth_of_january, time())])
def test_a_day_that_says_what_it_means_is_taken_in_silence(written: str | date):
    assert day(written).value == fifth_of_january
    assert day(written).why == ""


@pytest.mark.parametrize(
    "written",
    [
        "2024/1/5",
        "2024.1.5",
        "2024-1-5",
        "2024年1月5日",
        "2024年01月05号",
        "２０２４年１月５日",
        "２０２４／１／５",
        " 2024-01-05 ",
        "2024/1/5 0:00:00",
        "2024-01-05T09:30",
        "20240105",
        "45296",
        Decimal(45296),
        Decimal("45296.5"),
        Decimal(20240105),
        datetime.combine(fifth_of_january, time(9, 30)),
    ],
)
def test_a_day_in_another_form_is_taken_and_the_change_told(written: str | Decimal | datetime):
    assert day(written).value == fifth_of_january
    assert day(written).why


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("2024-02-30", "没有这一天"),
        ("2023年2月29日", "没有这一天"),
        ("2024/13/1", "没有这一天"),
        ("20240230", "没有这一天"),
        (Decimal(60), "没有这一天"),
        ("2024-1/5", "不是日期"),
        ("24/1/5", "不是日期"),
        ("2024年1月", "不是日期"),
        ("下周一", "不是日期"),
        (True, "不是日期"),
        (Decimal("-3"), "不是日期"),
        (Decimal("NaN"), "不是日期"),
        (Decimal(2024), "年份不合理"),
        ("1024-01-05", "年份不合理"),
        ("", "不能为空"),
        (None, "不能为空"),
    ],
)
def test_what_is_no_day_is_refused(written: str | Decimal | bool | None, why: str):
    with pytest.raises(Unreadable) as refusal:
        day(written)
    assert why in refusal.value.why


@settings(deadline=None)
@given(st.dates(date(1940, 1, 1), date(2100, 12, 31)))
def test_every_serial_number_of_excel_is_the_day_excel_shows(shown: date):
    assert day(Decimal((shown - date(1899, 12, 30)).days)).value == shown


def test_a_contract_without_end_is_taken_in_silence_and_a_dash_with_a_note():
    assert (last_day("无固定期限").value, last_day("无固定期限").why) == (None, "")
    assert (last_day("—").value, last_day("—").why) == (None, "没有截止日")
    assert last_day(None).value is None
    assert last_day("2024/1/5").value == fifth_of_january


@pytest.mark.parametrize("written", ["1200", "1200.00", Decimal(1200), Decimal("1200.0")])
def test_a_plain_amount_is_taken_in_silence(written: str | Decimal):
    assert money(written).value == Decimal("1200.00")
    assert money(written).why == ""


@pytest.mark.parametrize(
    "written",
    ["1,200元", "￥1,200.00", "¥1200", "１２００", "１，２００元", "1200 元整", "人民币1200元", "0.12万", "RMB 1,200"],
)
def test_an_amount_with_signs_is_taken_and_the_change_told(written: str):
    assert money(written).value == Decimal("1200.00")
    assert money(written).why


@pytest.mark.parametrize(
    "written",
    ["面议", "1,20元", "-5", "1e5", "12.345", Decimal("-1"), Decimal("Infinity"), Decimal(10**9), "", None, True],
)
def test_what_is_no_amount_is_refused(written: str | Decimal | bool | None):
    with pytest.raises(Unreadable):
        money(written)


def test_a_number_may_carry_its_unit():
    assert quantity("８ 小时", "小时").value == Decimal(8)
    assert quantity("3.5", "小时").why == ""
    with pytest.raises(Unreadable):
        quantity("半天", "小时")


def test_words_keep_what_they_say_and_lose_only_spaces():
    assert text("焊工").why == ""
    assert text(" 焊\n工 ").value == "焊 工"
    assert text("焊工\u200b").value == "焊工"


@pytest.mark.parametrize("written", ["", "  ", None, True, "焊\0工", "\ud800", "\ue000", "长" * 101])
def test_words_nobody_can_read_are_refused(written: str | bool | None):
    with pytest.raises(Unreadable):
        text(written)
