"""Records on their way into the table, in the binary form of COPY: while PostgreSQL takes in some, others are sealed.

Written by hand, because a general writer takes as long for a row as sealing it does. The form: a head, rows of fields
with their length before them (-1 for null), and an end (PostgreSQL's manual, `COPY`, binary format).
"""

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from hashlib import sha256
from struct import Struct
from typing import Any

from psycopg import Connection

from evidence.domain.records import Sealed

LONGEST_INDEXED = 200
INTO = "copy records (seq, leaf_hash, leaf, flags, event, stream, subject, type, day) from stdin (format binary)"
HEAD, END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
BEGIN_OF_ROW = Struct("!hiqi32si")  # nine fields; seq; hash; the length of the leaf
LENGTH, DAY = Struct("!i"), Struct("!ii")
NULL = LENGTH.pack(-1)
NO_EVENT = NULL * 5
TEXT_TYPE = 25  # the number that PostgreSQL has for text
DAY_ZERO = date(2000, 1, 1).toordinal()

Copy = Callable[[Iterable[Sealed]], None]


@contextmanager
def copying(connection: Connection[Any]) -> Generator[Copy]:
    """Takes records as they are sealed; they are in the table when this ends, unless it ends with an error."""
    with connection.cursor() as cursor, cursor.copy(INTO) as copy:
        copy.write(HEAD)
        yield lambda records: copy.write(b"".join(map(_row, records)))
        copy.write(END)


def indexed(text: str) -> str:
    """A text as an index holds it: a long one, or one with a NUL, by its SHA-256. Whatever a topic brings has a place."""
    if len(text) <= LONGEST_INDEXED and "\0" not in text:
        return text
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def _row(record: Sealed) -> bytes:
    leaf, event = record.leaf, record.event
    begin = BEGIN_OF_ROW.pack(9, 8, record.seq, 32, record.leaf_hash, len(leaf)) + leaf + _flags(record.flags)
    if event is None:
        return begin + NO_EVENT
    fields = (
        _field(bytes.fromhex(event.id.replace("-", ""))),
        _field(indexed(event.stream).encode()),
        _field(indexed(event.subject).encode()) if event.subject is not None else NULL,
        _field(indexed(event.type).encode()),
        DAY.pack(4, event.day.toordinal() - DAY_ZERO) if event.day else NULL,
    )
    return begin + b"".join(fields)


def _field(data: bytes) -> bytes:
    return LENGTH.pack(len(data)) + data


@lru_cache(1_000)
def _flags(flags: tuple[str, ...]) -> bytes:
    """An array of texts: its dimensions, whether there are nulls, the type; then length and lower bound of each."""
    if not flags:
        return _field(Struct("!iii").pack(0, 0, TEXT_TYPE))
    head = Struct("!iiiii").pack(1, 0, TEXT_TYPE, len(flags), 1)
    return _field(head + b"".join(_field(flag.encode()) for flag in flags))
