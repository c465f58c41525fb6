"""What only containers can get wrong: whose they are, what they may write, how they end, and who can reach them.

`make containers` names this file; `make test` needs no engine and leaves it out.
"""

import json
import subprocess

import pytest
from composed import DOCKER, ComposedHouse
from house import EVIDENCE, SERVICES
from journeys.telling import eventually

from chassis.testing.processes import ServerError

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(180)]


def container_of(house: ComposedHouse, name: str) -> dict[str, object]:
    """What the engine knows of the container of a service."""
    made = house.compose("ps", "-q", name).strip()
    asked = subprocess.run([DOCKER, "inspect", made], capture_output=True, text=True, check=True)
    return json.loads(asked.stdout)[0]


def inside(house: ComposedHouse, name: str, *words: str) -> str:
    return house.compose("exec", "-T", name, *words).strip()


@pytest.mark.parametrize("name", [*SERVICES, "kafka", "postgres"])
def test_a_container_is_not_of_root(house: ComposedHouse, name: str):
    assert int(inside(house, name, "id", "-u")) > 0


@pytest.mark.parametrize("name", SERVICES)
def test_not_even_root_could_write_where_a_service_runs(house: ComposedHouse, name: str):
    assert container_of(house, name)["HostConfig"]["ReadonlyRootfs"] is True
    places = "/service/bin /usr/local/bin /var/lib/qizheng /etc"
    attempt = f"for place in {places}; do touch $place/planted && echo $place; done; touch /tmp/passing && echo /tmp"
    assert house.compose("exec", "-T", "--user", "0", name, "bash", "-c", attempt).split() == ["/tmp"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_says_that_it_is_healthy(house: ComposedHouse, name: str):
    eventually(lambda: container_of(house, name)["State"]["Health"]["Status"], "healthy")


def test_a_service_that_does_not_answer_is_not_called_ready(house: ComposedHouse):
    inside(house, "points", "ready")
    with pytest.raises(ServerError):
        inside(house, "points", "env", "QIZHENG_PORT=9", "ready")


@pytest.mark.parametrize("name", [*SERVICES, "kafka", "postgres"])
def test_only_this_machine_reaches_a_container(house: ComposedHouse, name: str):
    bound = [
        place["HostIp"] for places in container_of(house, name)["NetworkSettings"]["Ports"].values() for place in places
    ]
    assert bound == ["127.0.0.1"]


def test_a_service_that_is_asked_to_stop_ends_in_order(house: ComposedHouse):
    house.stop_service("points")
    state = container_of(house, "points")["State"]
    house.start_service("points")

    assert (state["ExitCode"], state["OOMKilled"]) == (0, False)


def test_foundations_and_registration_again_change_nothing(house: ComposedHouse):
    keys = {path.name: path.read_bytes() for path in house.keys.iterdir()}
    house.command("founded")
    registered = house.command("registered").split()

    assert {path.name: path.read_bytes() for path in house.keys.iterdir()} == keys
    assert {key.partition("/")[0] for key in registered} == {name for name in SERVICES if name != "gateway"}
    house.command(EVIDENCE, "verify", "--ledger", str(house.ledger))
