"""Searching the records: each condition and all together, stable pages, clear words for nonsense, and always by an index."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from chassis.keeping.store import Store
from chassis.testing.places import PostgresServer
from evidence.views.search import Search, records_after

pytestmark = pytest.mark.postgres
STREAM, OTHER = "0190a1b2-0000-4000-8000-00000000ada0", "0190a1b2-0000-4000-8000-000000000002"
HIRED, MOVED = "people.EmployeeHired.v1", "people.EmployeeTransferred.v1"


@pytest.fixture
def ask(office, desk, door):
    """A ledger of ten days, one record of ada a day, of which each third is a transfer; grace once, on the last; poison."""
    days = [f"2026-03-{n:02}" for n in range(1, 11)]
    said = [desk.event(STREAM, n, type=HIRED if n % 3 else MOVED, data={"on": day}) for n, day in enumerate(days, 1)]
    grace = desk.event(OTHER, subject="E1002", data={"on": days[-1]})
    office.seal(*desk.opening(), *map(desk.hears, (*said, said[0], grace, b"poison")))
    return door.ask


def days(answer: Any) -> list[str]:
    return [record["data"]["on"][-2:] for record in answer.json()["records"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("subject=E1001&flag=duplicate", ["01"]),
        (f"stream={STREAM}&since=2026-03-09", ["09", "10"]),
        (f"type={MOVED}", ["03", "06", "09"]),
        (f"type={MOVED}&since=2026-03-04&until=2026-03-08", ["06"]),
        ("day=2026-03-10", ["10", "10"]),
        ("day=2026-03-10&subject=E1002", ["10"]),
        ("since=2026-03-08&until=2026-03-09", ["08", "09"]),
        ("until=2026-03-01", ["01", "01"]),
        ("since=2026-03-10&until=2026-03-10", ["10", "10"]),
        ("since=2031-01-01", []),
        ("day=2026-03-10&since=2026-03-01&until=2026-03-09", []),
        (f"subject=E1001&stream={STREAM}&type={MOVED}&since=2026-03-01&until=2026-03-31&flag=unsigned", []),
    ],
)
def test_every_condition_narrows_what_is_found(ask, query, found):
    assert days(ask(f"/records?{query}", "auditor")) == found


def test_a_flag_finds_what_is_no_event_at_all(ask):
    (record,) = ask("/records?flag=not-an-event", "auditor").json()["records"]
    assert (record["flags"], record["id"]) == (["not-an-event"], None)


def test_pages_stay_as_they_were_while_the_ledger_grows(ask, office, desk):
    pages, cursor = [], ""
    for n in range(6):
        page = ask(f"/records?since=2026-03-03&until=2026-03-10&limit=2&cursor={cursor}", "auditor")
        pages.append(days(page))
        cursor = page.json()["next"]
        office.seal(desk.hears(desk.event(f"0190a1b2-0000-4000-8000-0000000000{n:02}", data={"on": "2026-03-04"})))
    assert pages == [["03", "04"], ["05", "06"], ["07", "08"], ["09", "10"], ["10", "04"], ["04", "04"]]


@pytest.mark.parametrize(
    ("query", "where", "what"),
    [
        ("stream=ada", "query.stream", "valid UUID"),
        ("day=monday", "query.day", "valid date"),
        ("since=2026-02-30", "query.since", "valid date"),
        ("flag=suspicious", "query.flag", "'duplicate'"),
        (f"subject={'x' * 201}", "query.subject", "at most 200"),
        ("limit=many", "query.limit", "valid integer"),
    ],
)
def test_nonsense_is_told_where_and_what(ask, query, where, what):
    answer = ask(f"/records?{query}", "auditor")
    assert (answer.status_code, answer.json()["title"]) == (422, "InvalidRequest")
    assert where in answer.json()["detail"]
    assert what in answer.json()["detail"]


def test_a_period_that_ends_before_it_begins_is_refused_with_both_days(ask):
    answer = ask("/records?since=2026-03-02&until=2026-03-01", "auditor")
    assert answer.status_code == 422
    assert (
        answer.json().items()
        >= {"title": "PeriodEndsBeforeItBegins", "since": "2026-03-02", "until": "2026-03-01"}.items()
    )


def test_an_event_that_is_no_uuid_is_told_so(ask):
    assert ask("/records/ada", "auditor").json()["detail"].startswith("path.event: ")


# On a large ledger

SIZE, DAYS, PEOPLE = 200_000, 1_000, 2_000


@pytest.fixture(scope="module")
def large(postgres_server: PostgresServer) -> Iterator[Store]:
    """A thousand days in the order of the ledger; one type is rare, and stands in the first days alone."""
    name = "large_ledger"
    store = Store(postgres_server.create_database(name))
    store.migrate("evidence")
    store.rows(
        "insert into records select n, '\\x00', '\\x00', case when n %% 5000 = 0 then array['unsigned'] else '{}' end,"
        " gen_random_uuid(), ('00000000-0000-4000-8000-' || lpad((n %% (%s * 2))::text, 12, '0')), 'E' || n %% %s,"
        " case when n < 50 then 'rare' else 'usual' || n %% 3 end, date '2020-01-01' + n / (%s / %s)"
        " from generate_series(0, %s - 1) n returning seq",
        *(PEOPLE, PEOPLE, SIZE, DAYS, SIZE),
    )
    with store.connect() as connection:
        connection.execute("vacuum analyze records")
    yield store
    store.close()
    postgres_server.drop_database(name)


class Explaining:
    """Answers as a store does, and remembers what the plan of the page read and how."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.plan: dict[str, Any] = {}

    def rows(self, sql: Any, *values: object) -> list[dict[str, Any]]:
        if sql.startswith("select seq, leaf_hash, leaf from records"):
            (row,) = self._store.rows("explain (analyze, format json) " + sql, *values)
            self.plan = row["QUERY PLAN"][0]["Plan"]
        return self._store.rows(sql, *values)

    def nodes(self, plan: dict[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        plan = plan or self.plan
        yield plan
        for below in plan.get("Plans", ()):
            yield from self.nodes(below)

    @property
    def touched(self) -> float:
        """How many rows were looked at."""
        return max(node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in self.nodes())


FIRST, LATE, SOON_AFTER = date(2020, 1, 11), date(2022, 9, 1), date(2022, 9, 3)
CONDITIONS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "subject": {"subject": "E7"},
    "stream": {"stream": "00000000-0000-4000-8000-000000000007"},
    "type": {"type": "usual1"},
    "rare type": {"type": "rare"},
    "day": {"day": LATE},
    "period": {"since": LATE, "until": SOON_AFTER},
    "since": {"since": LATE},
    "until": {"until": FIRST},
    "flag": {"flag": "unsigned"},
    "subject and type": {"subject": "E7", "type": "usual1"},
    "subject and day": {"subject": "E7", "day": LATE},
    "subject and period": {"subject": "E7", "since": LATE, "until": SOON_AFTER},
    "type and day": {"type": "usual1", "day": LATE},
    "type and period": {"type": "usual1", "since": LATE, "until": SOON_AFTER},
    "rare type and period": {"type": "rare", "since": LATE},
    "flag and type": {"flag": "unsigned", "type": "usual1"},
    "flag and period": {"flag": "unsigned", "since": LATE, "until": SOON_AFTER},
    "all": {
        "subject": "E7", "stream": "00000000-0000-4000-8000-000000000007", "type": "usual1", "day": LATE,
        "since": FIRST, "until": LATE, "flag": "unsigned",
    },
}  # fmt: skip


@pytest.mark.parametrize("conditions", CONDITIONS)
@pytest.mark.parametrize("after", [-1, SIZE // 2, SIZE - 100])
def test_every_search_is_answered_from_an_index_however_deep_its_page_lies(large, conditions, after):
    explaining = Explaining(large)
    rows = records_after(explaining, after, 100, Search(**CONDITIONS[conditions]))
    assert [row["seq"] for row in rows] == sorted(row["seq"] for row in rows if row["seq"] > after)
    if explaining.plan:
        assert not [node for node in explaining.nodes() if node["Node Type"] == "Seq Scan"]
        assert explaining.touched <= 2_500, "of 200,000"
    else:
        assert rows == []


JUNE = Search(since=date(2021, 6, 1), until=date(2021, 6, 9), type="usual2")


def test_pages_of_a_period_are_all_of_it_once(large):
    found, after = [], -1
    while rows := records_after(large, after, 97, JUNE):
        found += [row["seq"] for row in rows]
        after = found[-1]
    (ends,) = large.rows(
        "select min(seq) as first, max(seq) as last from records where day between '2021-06-01' and '2021-06-09'"
    )
    assert found == [n for n in range(ends["first"], ends["last"] + 1) if n % 3 == 2]
    assert all(one < two for one, two in pairwise(found))
