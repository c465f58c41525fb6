"""Names, identity numbers and phones: people hears them and tells them, and they stand nowhere in the open."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from company.client import Client
from house import House
from journeys.telling import PARTICULARS, counts_agree, eventually, hire
from outsider import messages_of
from psycopg import sql

from contracts.topics import PUBLISHED

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(180)]
NUMBER, EMPLOYEE = "000201", "E000201"
AS_WRITTEN = " ".join(PARTICULARS["name"]), PARTICULARS["identity_number"], f"+86{PARTICULARS['phone']}"
LINE = f"{','.join(AS_WRITTEN)},集团/制造中心/一车间,焊工,P3,基层,江苏"
SHEET = f"""工号,姓名,身份证号,手机号,部门,岗位,职级,层级,工作地,入职日期
000202,{LINE},2022-03-01
000203,{LINE},2022-03-01
000204,{LINE},不知道
"""


@pytest.fixture(scope="module")
def told(house: House, client: Client) -> dict[str, str]:
    """The particulars of somebody as people tells them to whom it may, after they came in by each door."""
    hire(client, NUMBER, "焊工", "基层")
    report = client.upload("people", "/imports/roster", "花名册.csv", SHEET.encode())
    cells = [cell.get(side) for cell in (*report["changes"], *report["refusals"]) for side in ("was", "now")]
    assert set(PARTICULARS.values()) <= set(cells), "the report shows what was changed and refused"
    answer = client.http.post("/api/people/employees", json=PARTICULARS, headers={"authorization": "Bearer none"})
    assert answer.status_code == 401
    client.get("gateway", f"/employees/{EMPLOYEE}/file")
    held = client.get("people", f"/employees/{EMPLOYEE}")
    eventually(lambda: counts_agree(house, client), True)
    assert held.items() >= PARTICULARS.items()
    return PARTICULARS


def records(house: House) -> Iterator[tuple[str, bytes]]:
    for message in asyncio.run(messages_of(house.bootstrap)):
        headers = (value or b"" for _, value in message.headers)
        yield str(message.place), b"\n".join((message.key or b"", message.value, *headers))


def rows(house: House) -> Iterator[tuple[str, bytes]]:
    """Every row of every table of every service, as the database itself would print it."""
    for service in PUBLISHED:
        with psycopg.connect(house.database(service)) as database:
            for (name,) in database.execute("select tablename from pg_tables where schemaname = 'public'").fetchall():
                printed = database.execute(sql.SQL("select t::text from {} t").format(sql.Identifier(name)))
                yield from ((f"{service}: {name}", row.encode()) for (row,) in printed)


def files(*folders: Path, named: str) -> Iterator[tuple[str, bytes]]:
    for path in (path for folder in folders for path in folder.rglob(named)):
        if path.is_file():
            yield str(path), path.read_bytes()


def found(particulars: dict[str, str], places: Iterator[tuple[str, bytes]]) -> list[tuple[str, str]]:
    """Which of them stand where: as they are, as JSON in ASCII, or as a database shows bytes. No place is no answer."""
    looked_at = list(places)
    assert looked_at
    written = {name: (text.encode(), json.dumps(text)[1:-1].encode()) for name, text in particulars.items()}
    spelled = {name: (*ways, *(way.hex().encode() for way in ways)) for name, ways in written.items()}
    return [
        (where, name) for where, data in looked_at for name, ways in spelled.items() if any(w in data for w in ways)
    ]


def test_no_record_of_a_topic_names_anybody(house: House, told: dict[str, str]):
    assert any(EMPLOYEE.encode() in record for _, record in records(house)), "the topics tell of somebody else"
    assert found(told, records(house)) == []


def test_no_row_of_a_database_names_anybody(house: House, told: dict[str, str]):
    assert {"people: idempotency_keys", "evidence: records"} <= {where for where, _ in rows(house)}
    assert found(told, rows(house)) == []


def test_no_byte_of_the_ledger_names_anybody(house: House, told: dict[str, str]):
    assert any(EMPLOYEE.encode() in data for _, data in files(house.ledger, named="*"))
    assert found(told, files(house.ledger, named="*")) == []


def test_no_log_names_anybody_nor_any_letter_that_was_parked(house: House, told: dict[str, str]):
    """Kafka's own segments, of dead letters too, end in `.log` as the services' logs do."""
    assert found(told, files(house.folder, named="*.log")) == []


def test_who_is_named_somewhere_is_found(tmp_path: Path, told: dict[str, str]):
    (tmp_path / "people.log").write_text(json.dumps({"event": "hired", "who": told["name"]}))
    (tmp_path / "postgres.log").write_text(f"duplicate key {told['phone']}")
    (tmp_path / "row.log").write_text(f"(1,\\\\x{told['identity_number'].encode().hex()})")

    assert {(Path(where).name, what) for where, what in found(told, files(tmp_path, named="*.log"))} == {
        ("people.log", "name"),
        ("postgres.log", "phone"),
        ("row.log", "identity_number"),
    }
