"""A whole house for the journeys: real Kafka, real PostgreSQL, every service, started once and gone at the end."""

from collections.abc import Iterator

import pytest
from company.client import Client
from house import House, free_ports

from chassis.testing.fixtures import passing_folder


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
