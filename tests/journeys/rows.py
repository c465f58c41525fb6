"""The rows that services answer from: those of their views, live and made again, and those of the ledger."""

import json
from collections import Counter
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, LiteralString

import psycopg
from house import House
from outsider import Ledger, look_at_ledger, source_of
from outsider.published import sha
from psycopg import sql

Rows = dict[str, list[str]]


def tables_of_views(service: str) -> list[str]:
    """The tables that a rebuild fills anew."""
    views = import_module(f"{service.replace('-', '_')}.views")
    modules = [import_module(f"{views.__name__}.{found.name}") for found in iter_modules(views.__path__)]
    return sorted({table for module in modules for table in getattr(module, "TABLES", ())})


def rows_of_views(house: House, service: str) -> Rows:
    """Every row of every view, as the database itself would print it."""
    with psycopg.connect(house.database(service)) as database:
        return {
            name: [row for (row,) in database.execute(_about(name, "select t::text from {} t order by 1"))]
            for name in tables_of_views(service)
        }


def live_and_rebuilt(house: House, service: str) -> tuple[Rows, Rows]:
    """What its views hold after all that it lived through, and what `views rebuild` fills them with from nothing."""
    house.stop_service(service)
    try:
        live = rows_of_views(house, service)
        with psycopg.connect(house.database(service)) as database:
            for name in live:
                database.execute(_about(name, "delete from {}"))
        house.command(service, "views", "rebuild")
        return live, rows_of_views(house, service)
    finally:
        house.start_service(service)


def _about(table: str, words: LiteralString) -> sql.Composed:
    return sql.SQL(words).format(sql.Identifier(table))


def kept_of_ledger(house: House) -> dict[str, Any]:
    """What the database of evidence holds of the ledger."""
    with psycopg.connect(house.database("evidence")) as database:
        return {
            "leaves": [leaf for (leaf,) in database.execute("select leaf from records order by seq")],
            "heads": dict(database.execute("select stream, leaf_hash from stream_heads").fetchall()),
            "ends": {
                tuple(place): end
                for *place, end in database.execute(
                    "select incarnation, topic, partition, next_offset from sealed_positions"
                )
            },
            "flags": dict(
                database.execute(
                    "select what, sum(n)::int from tallies where what not in ('records', 'events') group by what"
                ).fetchall()
            ),
        }


def published_of_ledger(house: House) -> dict[str, Any]:
    """The same as the published files tell it, to an outsider who finds no breach in them."""
    ledger = Ledger(source_of(str(house.ledger)))
    assert [*look_at_ledger(ledger)] == []
    heads: dict[str, bytes] = {}
    for leaf in ledger.leaves:
        if stream := json.loads(leaf.partition(b"\n")[0])["stream"]:
            heads[stream] = sha(b"\0", leaf)
    ends = Counter[tuple[int, str, int]]()
    for *place, offset in ledger.at:
        ends[tuple(place)] = max(ends[tuple(place)], offset + 1)
    return {"leaves": ledger.leaves, "heads": heads, "ends": ends, "flags": dict(ledger.flags)}
