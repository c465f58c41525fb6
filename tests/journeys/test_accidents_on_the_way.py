"""Accidents: services killed in the middle of what they write, with requests in flight. The books balance all the same."""

import asyncio
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from company.client import Client
from house import House
from journeys.rows import kept_of_ledger, live_and_rebuilt, published_of_ledger
from journeys.telling import PATIENCE, UNHARMED, counts_agree, eventually, read, story_of
from outsider import Ledger, look_at_both, look_at_ledger, messages_of, source_of
from psycopg import sql

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(180)]


@contextmanager
def killed_as_it_writes(house: House, service: str, table: str) -> Generator[None]:
    """Lets a service come, by what is done inside, up to its writing to a table; kills it there, and starts it again."""
    with psycopg.connect(house.database(service)) as holder:
        holder.execute(sql.SQL("lock table {} in share mode").format(sql.Identifier(table)))
        yield
        until = time.monotonic() + PATIENCE
        while not holder.execute(
            "select 1 from pg_locks where not granted and relation = %s::regclass", [table]
        ).rowcount:
            assert time.monotonic() < until, f"{service} never came to write to {table}"
            time.sleep(0.01)
        house.kill_service(service)
    house.start_service(service)


def breaches(house: House) -> list[str]:
    """What an outsider finds in the ledger, alone and held against the topics."""
    messages, ledger = asyncio.run(messages_of(house.bootstrap)), Ledger(source_of(str(house.ledger)))
    return [f"{breach.rule}: {breach.where}" for breach in (*look_at_ledger(ledger), *look_at_both(messages, ledger))]


@pytest.mark.parametrize(
    ("killed", "last_write", "number"),
    [
        pytest.param("learning", "idempotency_keys", 101, id="as-it-answers-a-command"),
        pytest.param("points", "inbox_positions", 104, id="as-it-hears-a-batch"),
        pytest.param("evidence", "sealed_positions", 107, id="as-it-seals"),
    ],
)
def test_a_service_killed_with_requests_in_flight_ends_with_the_same_views_and_ledger(
    house: House, lived: Client, killed: str, last_write: str, number: int
):
    employees = [f"E{n:06d}" for n in range(number, number + 3)]
    with ThreadPoolExecutor(len(employees)) as callers:
        with killed_as_it_writes(house, killed, last_write):
            asked = [callers.submit(read, lived, employee) for employee in employees]
        for one in asked:
            one.result()

    expected = story_of(lived, UNHARMED)
    eventually(lambda: {story_of(lived, employee) for employee in employees}, {expected})
    eventually(lambda: counts_agree(house, lived), True)
    eventually(lambda: breaches(house), [])
    eventually(lambda: kept_of_ledger(house) == published_of_ledger(house), True)
    live, rebuilt = live_and_rebuilt(house, killed)
    assert live == rebuilt
