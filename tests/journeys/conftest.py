"""A whole house for the journeys: real Kafka, real PostgreSQL, every service, started once and gone at the end."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from company.client import Client, StepFailed
from house import House, free_ports

from chassis.testing.fixtures import passing_folder
from contracts.topics import PUBLISHED

PATIENCE = 20.0  # seconds that the eventual world between services gets


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    with passing_folder("qizheng-journey-") as folder:
        folder.chmod(0o755)
        house = House(folder / "var", free_ports())
        try:
            house.start()
            yield house
        finally:
            house.stop()


@pytest.fixture(scope="session")
def client(house: House) -> Client:
    return Client(house)


def eventually(look: Callable[[], Any], expected: Any) -> None:
    """Asks until the answer is as expected; the last answer is shown if it never is."""
    until = time.monotonic() + PATIENCE
    found: Any = None
    while time.monotonic() < until:
        try:
            found = look()
        except StepFailed as fault:
            found = fault
        if found == expected:
            return
        time.sleep(0.05)
    assert found == expected


def counts_agree(house: House, client: Client) -> bool:
    """Whether each service has said as many events as the ledger has of it."""
    held = client.get("evidence", "/status", role="auditor")["events"]
    said = {name: client.http.get(f"{house.address(name)}/health/ready").json().get("events") for name in PUBLISHED}
    return said == {name: held.get(name, 0) for name in PUBLISHED}
