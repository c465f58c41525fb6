"""A whole house for the journeys: real Kafka, real PostgreSQL, every service, started once and gone at the end.

It is one of processes; with HOUSE=compose everything is in containers, as `deploy/compose.yaml` has it.
"""

import os
from collections.abc import Iterator

import pytest
from company.client import Client
from composed import ComposedHouse
from house import House, free_ports
from journeys.telling import RULES, UNHARMED, course, eventually, hire, open_days, points_of, read

from chassis.testing.fixtures import passing_folder


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    with passing_folder("qizheng-journey-") as folder:
        folder.chmod(0o755)
        kind = {"processes": House, "compose": ComposedHouse}[os.environ.get("HOUSE", "processes")]
        house = kind(folder / "var", free_ports())
        try:
            house.start()
            yield house
        finally:
            house.stop()


@pytest.fixture(scope="session")
def client(house: House) -> Client:
    return Client(house)


@pytest.fixture(scope="session")
def lived(client: Client) -> Client:
    """Rules, a course without an exam, and some who may take it: E000101 to E000125, of whom the last has."""
    open_days(client, "2023-12-27")
    client.post("points", "/rules", RULES)
    for number in range(101, 126):
        hire(client, f"{number:06d}", "检验员", "基层")
    client.wait_until_heard("people", by="learning")
    client.wait_until_heard("people", by="points")
    client.post("learning", "/courses", course("reading", pass_mark=None, hours="3", posts=["检验员"]))
    read(client, UNHARMED)
    eventually(lambda: points_of(client, UNHARMED), "6")
    return client
