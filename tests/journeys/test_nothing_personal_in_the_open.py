"""Names, identity numbers and phones: people hears them and tells them, and they stand nowhere in the open."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from company.client import Client
from house import House
from journeys.telling import PARTICULARS, counts_agree, eventually, hire
from outsider import messages_of

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(180)]
NUMBER, EMPLOYEE = "000201", "E000201"
SHEET = f"""工号,姓名,身份证号,手机号,部门,岗位,职级,层级,工作地,入职日期
000202,{",".join(PARTICULARS.values())},集团/制造中心/一车间,焊工,P3,基层,江苏,不知道
"""


@pytest.fixture(scope="module")
def told(house: House, client: Client) -> dict[str, str]:
    """The particulars of somebody as people tells them to whom it may, after they came in by each door."""
    hire(client, NUMBER, "焊工", "基层")
    assert client.upload("people", "/imports/roster", "花名册.csv", SHEET.encode())["refused"] == 1
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


def files(*folders: Path, named: str) -> Iterator[tuple[str, bytes]]:
    for path in (path for folder in folders for path in folder.rglob(named)):
        if path.is_file():
            yield str(path), path.read_bytes()


def found(particulars: dict[str, str], places: Iterator[tuple[str, bytes]]) -> list[tuple[str, str]]:
    """Which of them stand where, written as they are or as JSON in ASCII. No place at all is no answer."""
    looked_at = list(places)
    assert looked_at
    spelled = {name: (text.encode(), json.dumps(text)[1:-1].encode()) for name, text in particulars.items()}
    return [
        (where, name) for where, data in looked_at for name, ways in spelled.items() if any(w in data for w in ways)
    ]


def test_no_record_of_a_topic_names_anybody(house: House, told: dict[str, str]):
    assert any(EMPLOYEE.encode() in record for _, record in records(house)), "the topics tell of somebody else"
    assert found(told, records(house)) == []


def test_no_byte_of_the_ledger_names_anybody(house: House, told: dict[str, str]):
    assert any(EMPLOYEE.encode() in data for _, data in files(house.ledger, named="*"))
    assert found(told, files(house.ledger, named="*")) == []


def test_no_log_names_anybody_nor_any_letter_that_was_parked(house: House, told: dict[str, str]):
    """Kafka's own segments, of dead letters too, end in `.log` as the services' logs do."""
    assert found(told, files(house.folder, named="*.log")) == []


def test_who_is_named_somewhere_is_found(tmp_path: Path, told: dict[str, str]):
    (tmp_path / "people.log").write_text(json.dumps({"event": "hired", "who": told["name"]}))
    (tmp_path / "postgres.log").write_text(f"duplicate key {told['phone']}")

    assert {(Path(where).name, what) for where, what in found(told, files(tmp_path, named="*.log"))} == {
        ("people.log", "name"),
        ("postgres.log", "phone"),
    }
