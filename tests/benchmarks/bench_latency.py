"""From a command to its record in the ledger: how long, at steady rates, through HTTP, PostgreSQL, Kafka and evidence."""

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from company.client import Client
from house import EVIDENCE, House, free_ports

from chassis.testing.fixtures import passing_folder

RATES, SECONDS = (50, 200, 500), 6
LIMIT = 50.0  # milliseconds that a command's record may take; what was found is given as a ratio to it
pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with passing_folder("qizheng-latency-") as folder:
        folder.chmod(0o755)
        house = House(folder / "var", free_ports())
        try:
            house.start()
            yield house
        finally:
            house.stop()


async def asked_for(house: House, rate: int) -> dict[str, float]:
    """When each command was due, by its correlation id. An open loop: a slow answer delays no later command."""
    token, due = house.token("hr"), dict[str, float]()
    address = f"{house.address('agreements')}/templates"
    limits = httpx2.Limits(max_connections=64, max_keepalive_connections=64)
    async with httpx2.AsyncClient(timeout=30, limits=limits) as http:

        async def ask(number: int) -> None:
            trace = uuid4()
            await asyncio.sleep(max(0.0, began + number / rate - time.time()))
            due[str(trace)] = began + number / rate
            body = {"template": f"{rate}/{number}", "training_class": "SPECIAL", "clauses": CLAUSES}
            said = {"authorization": f"Bearer {token}", "traceparent": f"00-{trace.hex}-{trace.hex[:16]}-01"}
            answer = await http.post(address, json=body, headers={**said, "idempotency-key": str(trace)})
            assert answer.status_code < 300, answer.text

        began = time.time() + 0.2
        await asyncio.gather(*(ask(number) for number in range(rate * SECONDS)))
    return due


CLAUSES = dict.fromkeys(("cost", "service_period", "liability", "records", "address"), "见附件。")


def ingested(ledger: Path, size: int) -> dict[str, float]:
    """When the ledger took each record in, by the correlation id of its event, out of its entry bundles."""
    found: dict[str, float] = {}
    for bundle in sorted((ledger / "tile/entries").rglob("*")):
        if not bundle.is_file():
            continue
        rest = bundle.read_bytes()
        while rest:
            length = int.from_bytes(rest[:2], "big")
            head, _, body = rest[2 : 2 + length].partition(b"\n")
            at = datetime.fromisoformat(json.loads(head)["ingested"])
            found.setdefault(json.loads(body)["correlationid"], at.timestamp())
            rest = rest[2 + length :]
    return found


def sealed_by_now(house: House, client: Client) -> None:
    """Waits until the ledger has everything that agreements has said."""
    while client.get(EVIDENCE, "/status", role="auditor")["events"].get("agreements", 0) < events_of(house, client):
        time.sleep(0.1)  # The ledger is eventual, and only asking tells how far it has come.
    time.sleep(1.0)  # The tiles follow the records within a second.


def events_of(house: House, client: Client) -> int:
    return client.http.get(f"{house.address('agreements')}/health/ready").json()["events"]


@pytest.mark.parametrize("rate", RATES)
def test_milliseconds_until_sealed(house: House, rate: int):
    client = Client(house)
    client.post("people", "/days", {"until": "2024-01-08", "since": "2024-01-08"}, role="operator")
    client.wait_for_last("people", by="agreements")
    due = asyncio.run(asked_for(house, rate))
    sealed_by_now(house, client)
    seen = ingested(house.ledger, len(due))
    assert due.keys() <= seen.keys(), "every command that was answered is sealed"
    waited = sorted((seen[trace] - at) * 1000 for trace, at in due.items())
    p50, p95, p99 = (waited[int(len(waited) * share)] for share in (0.5, 0.95, 0.99))
    print(f"\n{rate:4} commands/s: sealed after p50 {p50:7,.1f} ms, p95 {p95:7,.1f} ms, p99 {p99:7,.1f} ms")
    print(
        f"     ratio to the limit of {LIMIT:.0f} ms: p50 {p50 / LIMIT:.2f}, p95 {p95 / LIMIT:.2f}, p99 {p99 / LIMIT:.2f}"
    )
