"""A cell of a sheet as it was written, what it means, and the note a person reads where the two differ."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Generic, TypeVar

from contracts import Refusal

T = TypeVar("T")
Value = str | Decimal | date | datetime | bool | None

LONGEST_NOTE = 100


@dataclass(frozen=True)
class Place:
    """Where a cell stands, as the person who opens the sheet sees it: sheet, row from 1, column letter."""

    sheet: str
    row: int
    letter: str

    def __str__(self) -> str:
        return f"{self.sheet}!{self.letter}{self.row}"


@dataclass(frozen=True)
class Cell:
    letter: str
    value: Value


@dataclass(frozen=True)
class Row:
    """One line below the header; its cells by the name of their column."""

    sheet: str
    number: int
    cells: Mapping[str, Cell]

    def place(self, column: str) -> Place:
        cell = self.cells.get(column)
        return Place(self.sheet, self.number, cell.letter if cell else "")

    def value(self, column: str) -> Value:
        cell = self.cells.get(column)
        return cell.value if cell else None


@dataclass(frozen=True)
class Changed:
    place: Place
    column: str
    was: str
    now: str
    why: str


@dataclass(frozen=True)
class RowRefused:
    """One cell for which its whole row is not taken; a row with three bad cells is told three times."""

    place: Place
    column: str
    was: str
    why: str


@dataclass(eq=False)
class Unreadable(Refusal):
    """The cell cannot be taken; `quarantined` if someone who may approve an alias could still say what it means."""

    why: str
    quarantined: bool = False
    status = 422

    def __str__(self) -> str:
        return self.why


@dataclass(eq=False)
class Unfit(Unreadable):
    """Each cell can be read, but they do not go together, or not with an earlier row."""

    column: str = ""


@dataclass(frozen=True)
class Clean(Generic[T]):
    """What a cell means; `why` is empty if that is what it said."""

    value: T
    why: str = ""


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What was read from a cell, or why nothing could be. Asking for the value of the latter raises."""

    read: Clean[T] | Unreadable

    @property
    def value(self) -> T:
        if isinstance(self.read, Unreadable):
            raise self.read
        return self.read.value


@dataclass
class Questions:
    """The questions put to one row. All are asked before an answer is used, so a person sees every bad cell at once."""

    row: Row
    changed: list[Changed] = field(default_factory=list[Changed])
    refused: list[RowRefused] = field(default_factory=list[RowRefused])
    quarantined: list[RowRefused] = field(default_factory=list[RowRefused])

    def ask(self, column: str, read: Callable[[Value], Clean[T]]) -> Answer[T]:
        was = self.row.value(column)
        try:
            clean = read(was)
        except Unreadable as unreadable:
            self.refuse(column, unreadable)
            return Answer(unreadable)
        if clean.why:
            self.changed.append(
                Changed(self.row.place(column), column, shown(was), shown_clean(clean.value), clean.why)
            )
        return Answer(clean)

    def ask_if_any(self, column: str, read: Callable[[Value], Clean[T]]) -> Answer[T | None]:
        def read_or_none(value: Value) -> Clean[T | None]:
            if is_blank(value):
                return Clean(None)
            clean = read(value)
            return Clean(clean.value, clean.why)

        return self.ask(column, read_or_none)

    def refuse(self, column: str, unreadable: Unreadable) -> None:
        told = RowRefused(self.row.place(column), column, shown(self.row.value(column)), unreadable.why)
        (self.quarantined if unreadable.quarantined else self.refused).append(told)


def is_blank(value: Value) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def shown(value: Value) -> str:
    match value:
        case None:
            text = ""
        case bool():
            text = "TRUE" if value else "FALSE"
        case Decimal():
            text = f"{value:f}"
        case datetime():
            text = value.isoformat(" ")
        case date():
            text = value.isoformat()
        case str():
            text = "".join(storable(character) for character in value)
    return text if len(text) <= LONGEST_NOTE else text[:LONGEST_NOTE] + "…"


def shown_clean(value: object) -> str:
    return "" if value is None else str(value)


def storable(character: str) -> str:
    """Neither a database nor a reader can hold NUL, other control characters, or half a surrogate pair."""
    if character in "\r\n\t":
        return " "
    return "\ufffd" if unicodedata.category(character) in {"Cc", "Cs"} else character
