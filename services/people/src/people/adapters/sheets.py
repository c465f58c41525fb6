"""The sheets companies send: Excel workbooks and comma-separated files, as rows of raw cells that know their place."""

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from people.adapters.grids import (
    MOST_BYTES,
    ColumnsMissing,
    Grid,
    NotASheet,
    SheetTooLarge,
    grid_of_text,
    grids_of_workbook,
)
from people.domain.cells import Cell, Place, Row, Value, is_blank, shown

TOTALS = ("合计", "总计", "小计", "共计", "总数")

# What a file holds


@dataclass(frozen=True)
class LeftOut:
    """A line that is no record: a title, a total, a sheet without the columns."""

    place: Place
    was: str
    why: str


@dataclass(frozen=True)
class Sheet:
    rows: tuple[Row, ...]
    left_out: tuple[LeftOut, ...]


def read_sheet(file: str, content: bytes, columns: Sequence[str]) -> Sheet:
    """The rows below the first line that names all `columns`, in every sheet that has such a line.

    The first of `columns` is the key: a last line without it, or with a word for "total" in it, is no record.
    Raises `NotASheet`, `SheetTooLarge` or `ColumnsMissing`; then nothing was read.
    """
    if len(content) > MOST_BYTES:
        raise SheetTooLarge(file, "字节", len(content), MOST_BYTES)
    if not content:
        raise NotASheet(file, "文件是空的")
    match PurePath(file).suffix.lower():
        case ".xlsx":
            grids = grids_of_workbook(file, content)
        case ".csv":
            grids = {PurePath(file).stem: grid_of_text(file, content)}
        case _:
            raise NotASheet(file, "只收.xlsx和.csv,其他格式请另存后再导入")
    return rows_of(file, grids, columns)


def rows_of(file: str, grids: dict[str, Grid], columns: Sequence[str]) -> Sheet:
    rows: list[Row] = []
    left_out: list[LeftOut] = []
    headless: list[set[str]] = []
    for name, grid in grids.items():
        header, lacking = find_header(grid, columns)
        if header is None:
            headless.append(lacking)
            if any(is_written(line) for line in grid):
                left_out.append(LeftOut(Place(name, 1, "A"), "", "这张表没有所需的列"))
            continue
        left_out += (left(name, at, grid[at], "表头以上") for at in range(header) if is_written(grid[at]))
        last = last_record(name, grid, header, columns[0], left_out)
        rows += (row_of(name, at, grid[header], grid[at]) for at in range(header + 1, last) if is_written(grid[at]))
    if len(headless) == len(grids):
        fewest = min(headless, key=len)
        raise ColumnsMissing(file, tuple(column for column in columns if column in fewest))
    return Sheet(tuple(rows), tuple(left_out))


def find_header(grid: Grid, columns: Collection[str]) -> tuple[int | None, set[str]]:
    """Where the header stands; or what is lacking in the line that comes closest to being one."""
    fewest = set(columns)
    for at, line in enumerate(grid):
        lacking = set(columns) - {column_name(value) for value in line}
        if not lacking:
            return at, lacking
        fewest = min(fewest, lacking, key=len)
    return None, fewest


def last_record(name: str, grid: Grid, header: int, key: str, left_out: list[LeftOut]) -> int:
    """Where the records end: behind them stand blank lines, totals and remarks, which are told as left out."""
    at_key = next(at for at, value in enumerate(grid[header]) if column_name(value) == key)
    end = len(grid)
    while end > header + 1:
        line = grid[end - 1]
        if is_written(line):
            if not is_total(line) and not is_blank(line[at_key] if at_key < len(line) else None):
                break
            left_out.append(left(name, end - 1, line, "合计行" if is_total(line) else "表尾,没有" + key))
        end -= 1
    return end


def is_total(line: Sequence[Value]) -> bool:
    first = next((value for value in line if not is_blank(value)), None)
    return isinstance(first, str) and column_name(first).startswith(TOTALS)


def is_written(line: Sequence[Value]) -> bool:
    return any(not is_blank(value) for value in line)


def left(name: str, at: int, line: Sequence[Value], why: str) -> LeftOut:
    column = next(column for column, value in enumerate(line) if not is_blank(value))
    return LeftOut(Place(name, at + 1, letter(column)), shown(line[column]), why)


def row_of(name: str, at: int, header: Sequence[Value], line: Sequence[Value]) -> Row:
    """Where two columns have one name, the first counts."""
    cells: dict[str, Cell] = {}
    for column, value in zip(header, range(len(header)), strict=True):
        if title := column_name(column):
            cells.setdefault(title, Cell(letter(value), line[value] if value < len(line) else None))
    return Row(name, at + 1, cells)


def column_name(value: Value) -> str:
    """A column's name without spaces, line breaks, stars and a unit in brackets: `月 工资(元)*` is `月工资`."""
    if not isinstance(value, str):
        return ""
    return "".join(unicodedata.normalize("NFKC", value).split()).strip("*").split("(")[0]


def letter(column: int) -> str:
    """A, …, Z, AA, … for 0, …, 25, 26, …"""
    letters = ""
    column += 1
    while column:
        column, place = divmod(column - 1, 26)
        letters = chr(ord("A") + place) + letters
    return letters
