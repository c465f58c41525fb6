"""Files that claim to be sheets: read as rows that know their place, or refused with the reason."""

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from people.adapters import grids
from people.adapters.sheets import ColumnsMissing, NotASheet, Sheet, SheetTooLarge, read_sheet
from people.domain.cells import Value

COLUMNS = ("工号", "姓名")


def workbook(fill: Callable[[Any, Any], object], name: str = "花名册") -> bytes:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    fill(book, book.add_worksheet(name))
    book.close()
    return content.getvalue()


def lines(*written: Sequence[object]) -> bytes:
    return workbook(lambda _, sheet: [sheet.write_row(at, 0, line) for at, line in enumerate(written)])


def values(sheet: Sheet, column: str) -> list[Value]:
    return [row.value(column) for row in sheet.rows]


def test_a_title_above_the_header_is_left_out_and_told():
    sheet = read_sheet("a.xlsx", lines(["2024年花名册"], [], ["工号", "姓名"], ["001", "艾达"]), COLUMNS)
    assert values(sheet, "姓名") == ["艾达"]
    assert [(str(left.place), left.was, left.why) for left in sheet.left_out] == [
        ("花名册!A1", "2024年花名册", "表头以上")
    ]


def test_each_cell_knows_its_place():
    [row] = read_sheet("a.xlsx", lines([], ["", "工号", "姓名"], ["", "001", "艾达"]), COLUMNS).rows
    assert str(row.place("姓名")) == "花名册!C3"
    assert row.value("手机号") is None


def test_column_names_may_have_spaces_stars_and_units():
    sheet = read_sheet("a.xlsx", lines(["工 号*", "姓\n名", "月工资（元）"], ["001", "艾达", 5000]), COLUMNS)
    assert values(sheet, "月工资") == [Decimal(5000)]


def test_merged_cells_count_for_each_of_their_rows():
    def fill(_: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["工号", "姓名", "部门"])
        for row in (1, 2, 3):
            sheet.write_row(row, 0, [f"00{row}", "艾达"])
        sheet.merge_range(1, 2, 2, 2, "一车间")
        sheet.write(3, 2, "二车间")

    assert values(read_sheet("a.xlsx", workbook(fill), COLUMNS), "部门") == ["一车间", "一车间", "二车间"]


def test_a_date_cell_is_a_day_and_a_number_is_the_number_excel_shows():
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["工号", "姓名", "日", "时", "数", "是"])
        sheet.write_row(1, 0, ["001", "艾达"])
        monday = datetime.combine(date(2024, 1, 8), time())
        sheet.write_datetime(1, 2, monday, book.add_format({"num_format": "yyyy/m/d"}))
        sheet.write_datetime(1, 3, monday.replace(hour=9), book.add_format({"num_format": "yyyy/m/d h:mm"}))
        sheet.write(1, 4, 0.1 + 0.2)
        sheet.write(1, 5, True)

    [row] = read_sheet("a.xlsx", workbook(fill), COLUMNS).rows
    assert row.value("日") == date(2024, 1, 8)
    assert row.value("时") == datetime.combine(date(2024, 1, 8), time(9))
    assert row.value("数") == Decimal("0.3")
    assert row.value("是") is True


def test_totals_and_remarks_behind_the_last_record_are_left_out_and_told():
    content = lines(["工号", "姓名", "工资"], ["001", "艾达", 1], ["合计", "", 1], ["", "制表:葛瑞丝"])
    sheet = read_sheet("a.xlsx", content, COLUMNS)
    assert values(sheet, "工号") == ["001"]
    assert [left.why for left in sheet.left_out] == ["表尾,没有工号", "合计行"]


def test_a_row_without_its_key_amid_others_is_kept_so_that_it_can_be_refused():
    content = lines(["工号", "姓名"], ["001", "艾达"], ["", "葛瑞丝"], ["003", "琼"])
    assert values(read_sheet("a.xlsx", content, COLUMNS), "工号") == ["001", None, "003"]


def test_every_sheet_with_the_columns_is_read_and_others_are_told():
    def fill(book: Any, sheet: Any) -> None:
        for page in (sheet, book.add_worksheet("二车间")):
            page.write_row(0, 0, ["工号", "姓名"])
            page.write_row(1, 0, ["001", "艾达"])
        book.add_worksheet("说明").write(0, 0, "填写说明")
        book.add_worksheet("空白")

    sheet = read_sheet("a.xlsx", workbook(fill, "一车间"), COLUMNS)
    assert [row.sheet for row in sheet.rows] == ["一车间", "二车间"]
    assert [(left.place.sheet, left.why) for left in sheet.left_out] == [("说明", "这张表没有所需的列")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_text_file_is_read_in_every_encoding_of_the_country(encoding: str):
    content = '工号,姓名\r\n001024,王𬭎\r\n001025,"李,㛃"\r\n合计,2\r\n'.encode(encoding)
    sheet = read_sheet("历史培训.csv", content, COLUMNS)
    assert values(sheet, "工号") == ["001024", "001025"]
    assert values(sheet, "姓名") == ["王𬭎", "李,㛃"]
    assert str(sheet.rows[1].place("姓名")) == "历史培训!B3"


def test_lacking_columns_are_named():
    with pytest.raises(ColumnsMissing) as refusal:
        read_sheet("a.xlsx", lines(["标题"], ["工号", "部门"], ["001", "一车间"]), COLUMNS)
    assert refusal.value.missing == ("姓名",)
    assert str(refusal.value) == "《a.xlsx》缺少列:姓名"
    with pytest.raises(ColumnsMissing):
        read_sheet("a.csv", "你好\r\n".encode(), COLUMNS)


def altered(content: bytes, member: str, put: bytes) -> bytes:
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, put if name == member else old.read(name))
    return changed.getvalue()


GOOD = lines(["工号", "姓名"], ["001", "艾达"])
PAGE = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("file", "content", "why"),
    [
        ("a.xlsx", b"", "文件是空的"),
        ("a.xls", GOOD, "只收.xlsx和.csv"),
        ("a.pdf", b"%PDF-1.7", "只收.xlsx和.csv"),
        ("a.xlsx", b"%PDF-1.7", "不是.xlsx文件"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "不是.xlsx文件"),
        ("a.xlsx", GOOD[: len(GOOD) // 2], "不是.xlsx文件"),
        ("a.xlsx", altered(GOOD, PAGE, b"<worksheet><sheetData>"), "已损坏"),
        ("a.xlsx", altered(GOOD, PAGE, b"<!DOCTYPE x [<!ENTITY y 'z'>]><worksheet/>"), "DOCTYPE"),
        ("a.xlsx", altered(GOOD, PAGE, b'<worksheet><c r="1A"><v>1</v></c></worksheet>'), "已损坏"),
        ("a.xlsx", altered(GOOD, "xl/workbook.xml", b"<workbook/>"), "没有工作表"),
        ("a.csv", b"\xff\xff\xff", "编码"),
        ("a.csv", "工号,姓名\n0\0,艾达\n".encode(), "NUL"),
        ("a.csv", ("工号,姓名\n" + "长" * 200_000).encode(), "第2行"),
    ],
)
def test_what_is_no_sheet_is_refused_with_the_reason(file: str, content: bytes, why: str):
    with pytest.raises(NotASheet) as refusal:
        read_sheet(file, content, COLUMNS)
    assert why in str(refusal.value)


@pytest.mark.parametrize(
    ("file", "content", "measured"),
    [
        ("a.csv", b"x" * (grids.MOST_BYTES + 1), "字节"),
        ("a.csv", b"x\n" * (grids.MOST_ROWS + 1), "行"),
        ("a.csv", b"," * grids.MOST_COLUMNS, "列"),
        ("a.xlsx", workbook(lambda _, sheet: sheet.write(1_048_575, 16_383, "远")), "行"),
        ("a.xlsx", workbook(lambda _, sheet: sheet.write(0, 16_383, "远")), "列"),
        ("a.xlsx", altered(GOOD, PAGE, b"<worksheet>" + b"<row/>" * 30_000 + b"<c><v>1</v></c></worksheet>"), "行"),
    ],
)
def test_what_is_too_large_is_refused_before_it_is_unfolded(file: str, content: bytes, measured: str):
    with pytest.raises(SheetTooLarge) as refusal:
        read_sheet(file, content, COLUMNS)
    assert refusal.value.measured == measured


def test_a_small_file_that_unfolds_into_a_large_one_is_refused():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (grids.MOST_BYTES_UNPACKED + 1))
    with pytest.raises(SheetTooLarge) as refusal:
        read_sheet("a.xlsx", content.getvalue(), COLUMNS)
    assert refusal.value.measured == "解压后字节"


def test_empty_cells_that_only_carry_a_format_do_not_make_a_sheet_large():
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["工号", "姓名"])
        sheet.write_row(1, 0, ["001", "艾达"])
        sheet.write_blank(1_048_575, 16_383, None, book.add_format({"bold": True}))

    assert len(read_sheet("a.xlsx", workbook(fill), COLUMNS).rows) == 1


@settings(deadline=None)
@given(st.binary(), st.sampled_from(["a.xlsx", "a.csv"]))
def test_whatever_bytes_come_the_answer_is_a_sheet_or_a_named_refusal(content: bytes, file: str):
    with pytest.raises((NotASheet, ColumnsMissing)):
        read_sheet(file, content, COLUMNS)
