"""A file that came from outside, as grids of raw cells; or why it cannot be read, before it can do any harm."""

import csv
import io
import math
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal
from xml.parsers import expat

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from contracts import Refusal
from people.domain.cells import Value, is_blank

MOST_BYTES = 10_000_000
MOST_BYTES_UNPACKED = 100_000_000
MOST_ROWS = 20_000
MOST_COLUMNS = 100
SIGNIFICANT_DIGITS_OF_EXCEL = 15

Grid = Sequence[Sequence[Value]]

# Why a file may not be read


@dataclass(eq=False)
class NotASheet(Refusal):
    """The file is none that can be read as a sheet."""

    file: str
    why: str
    status = 422  # What was sent is at fault, not the state of things (RFC 9110 15.5.21); likewise below.

    def __str__(self) -> str:
        return f"《{self.file}》不是可读的表格:{self.why}"


@dataclass(eq=False)
class SheetTooLarge(Refusal):
    """The file is a sheet, but larger than is taken."""

    file: str
    measured: Literal["字节", "解压后字节", "行", "列"]
    found: int
    most: int
    status = 413

    def __str__(self) -> str:
        return f"《{self.file}》太大:{self.found}{self.measured},最多{self.most}{self.measured}"


@dataclass(eq=False)
class ColumnsMissing(Refusal):
    """No line of the file names all the columns that are needed."""

    file: str
    missing: tuple[str, ...]
    status = 422

    def __str__(self) -> str:
        return f"《{self.file}》缺少列:{'、'.join(self.missing)}"


# Workbooks


def grids_of_workbook(file: str, content: bytes) -> dict[str, Grid]:
    """Every sheet of an `.xlsx`, merged cells filled. A cell far out is refused first: calamine would ask for memory
    for all the cells before it, and the process would end."""
    measure_workbook(file, content)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        if not workbook.sheet_names:
            raise NotASheet(file, "工作簿里没有工作表")
        return {name: grid_of_sheet(file, workbook.get_sheet_by_name(name)) for name in workbook.sheet_names}
    except CalamineError as error:
        raise NotASheet(file, f"工作簿已损坏({error})") from None


def measure_workbook(file: str, content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
            if unpacked > MOST_BYTES_UNPACKED:
                raise SheetTooLarge(file, "解压后字节", unpacked, MOST_BYTES_UNPACKED)
            archive.testzip()  # Reads all of it, so a member cannot say that it is smaller than it is.
            for member in archive.namelist():
                measure_member(file, member, archive.read(member))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError):
        raise NotASheet(file, "不是.xlsx文件,或已加密、已损坏") from None


def measure_member(file: str, member: str, content: bytes) -> None:
    """A worksheet may have any name, so all that looks like XML is measured; comments (`.vml`) are often malformed."""
    if not content.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"<"):
        return
    farthest = Farthest(file)
    try:
        farthest.measure(content)
    except (expat.ExpatError, ValueError):
        if member.endswith(".xml"):
            raise NotASheet(file, f"工作簿中的{member}已损坏") from None


class Farthest:
    """How far out the written cells of a worksheet lie. Empty cells that only carry a format do not count."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.row = self.column = 0

    def measure(self, xml: bytes) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self.start
        parser.StartDoctypeDeclHandler = self.refuse_doctype
        parser.Parse(xml, True)

    def refuse_doctype(self, *_: object) -> None:
        raise NotASheet(self.file, "工作簿中含有DOCTYPE")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        match tag.rpartition(":")[2]:
            case "row":
                self.row = int(attributes.get("r", self.row + 1))
                self.column = 0
            case "c":
                self.column += 1
                if at := attributes.get("r"):
                    letters = at.rstrip("0123456789")
                    self.row, self.column = int(at[len(letters) :]), column_of(letters)
            case "v" | "f" | "is":
                if self.row > MOST_ROWS:
                    raise SheetTooLarge(self.file, "行", self.row, MOST_ROWS)
                if self.column > MOST_COLUMNS:
                    raise SheetTooLarge(self.file, "列", self.column, MOST_COLUMNS)
            case _:
                pass


def column_of(letters: str) -> int:
    """1, …, 26, 27, … for A, …, Z, AA, …; refuses what is no letter, or names a column no sheet has."""
    if not (letters.isascii() and letters.isalpha() and len(letters) <= 3):
        raise ValueError(letters)
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return column


def grid_of_sheet(file: str, sheet: CalamineSheet) -> Grid:
    grid = [[raw(value) for value in line] for line in sheet.to_python(skip_empty_area=False)]
    room = MOST_ROWS * MOST_COLUMNS
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        for line in grid[top : bottom + 1]:
            across = line[left : right + 1]
            room -= len(across)
            if room < 0:
                raise NotASheet(file, "合并单元格过多")
            line[left : right + 1] = [grid[top][left] if is_blank(value) else value for value in across]
    return grid


def raw(value: float | str | bool | time | date | datetime | timedelta) -> Value:
    """A cell as the domain knows it: numbers as the fifteen digits Excel shows, a day without a time as a day."""
    match value:
        case bool():
            return value
        case int() | float():
            return Decimal(f"{value:.{SIGNIFICANT_DIGITS_OF_EXCEL}g}") if math.isfinite(value) else str(value)
        case str():
            return value or None
        case datetime() if value.time() == time.min:
            return value.date()
        case date():
            return value
        case _:
            return str(value)


# Comma-separated files


def grid_of_text(file: str, content: bytes) -> Grid:
    """UTF-8, with or without its mark, else GB18030, which is what Excel writes in China."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError:
            raise NotASheet(file, "文字编码既不是UTF-8也不是GB18030") from None
    if "\0" in text:
        raise NotASheet(file, "含有空字符(NUL),不是文本文件")
    grid: list[list[Value]] = []
    try:
        for line in csv.reader(io.StringIO(text, newline="")):
            if len(grid) >= MOST_ROWS:
                raise SheetTooLarge(file, "行", len(grid) + 1, MOST_ROWS)
            if len(line) > MOST_COLUMNS:
                raise SheetTooLarge(file, "列", len(line), MOST_COLUMNS)
            grid.append([value or None for value in line])
    except csv.Error as error:
        raise NotASheet(file, f"第{len(grid) + 1}行不是逗号分隔的文本({error})") from None
    return grid
