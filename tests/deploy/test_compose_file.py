"""The house in containers is the house of processes: the same services with the same settings, closed but where it must not be."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from house import EVIDENCE, GATEWAY, ROOT, SERVICES, SPEAKERS, House

CONTAINERS = ROOT / "deploy" / "containers"
KEPT = "/var/lib/qizheng"
HOUSE = House(Path("/house"))


def written_in(file: Path) -> dict[str, Any]:
    return yaml.safe_load(file.read_text())


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return written_in(ROOT / "deploy" / "compose.yaml")


def filled_in(value: str) -> str:
    """A value as compose has it where the environment says nothing."""
    return re.sub(r"\$\{\w+:-(.*?)\}", r"\1", value)


def test_compose_starts_kafka_postgresql_two_jobs_and_every_service(compose: dict[str, Any]):
    assert set(compose["services"]) == {"kafka", "postgres", "founded", "registered", *SERVICES}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_each_setting_that_it_has_as_a_process(compose: dict[str, Any], name: str):
    as_process = set(HOUSE.settings_of(name)) - {"QIZHENG_PORT"}
    if name not in (EVIDENCE, "payroll-bridge"):
        as_process -= {"QIZHENG_FOLDER"}  # They keep no files.

    assert set(compose["services"][name]["environment"]) >= as_process


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_a_database_of_its_own(compose: dict[str, Any], name: str):
    address = compose["services"][name]["environment"]["QIZHENG_DATABASE_URL"]
    assert address.endswith(f"@postgres/qizheng_{name.replace('-', '_')}")


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_runs_its_own_image_as_no_root_and_writes_only_to_its_volumes(compose: dict[str, Any], name: str):
    service = compose["services"][name]
    environment = service["environment"]
    folders = {filled_in(volume).partition(":")[2] for volume in service["volumes"]}
    written = {
        environment[word] for word in ("QIZHENG_KEYS", "QIZHENG_LEDGER", "QIZHENG_FOLDER") if word in environment
    }

    assert service["image"] == f"qizheng/{name}"
    assert (service["read_only"], service["cap_drop"], service["tmpfs"]) == (True, ["ALL"], ["/tmp"])
    assert int(filled_in(service["user"])) > 0
    assert folders == written


def test_every_volume_that_is_used_is_there(compose: dict[str, Any]):
    used = {filled_in(volume).partition(":")[0] for each in compose["services"].values() for volume in each["volumes"]}
    assert used == set(compose["volumes"])


def test_a_volume_has_a_folder_in_the_image_from_which_it_takes_its_owner(compose: dict[str, Any]):
    inside = {
        filled_in(volume).partition(":")[2] for name in SERVICES for volume in compose["services"][name]["volumes"]
    }
    made = re.search(r"for kept in ([\w ]+);", (CONTAINERS / "Dockerfile").read_text())
    assert made
    assert inside == {f"{KEPT}/{name}" for name in made.group(1).split()}


def test_every_port_is_on_loopback_and_at_the_number_that_it_has_as_a_process(compose: dict[str, Any]):
    found = {name: filled_in(port) for name, each in compose["services"].items() for port in each.get("ports", ())}
    inside = {"kafka": 9092, "postgres": 5432}
    assert found == {name: f"127.0.0.1:{port}:{inside.get(name, 8000)}" for name, port in HOUSE.ports.items()}


def test_whose_key_speaks_is_registered_before_anyone_but_evidence_starts(compose: dict[str, Any]):
    services = compose["services"]
    after = {name: set(services[name]["depends_on"]) for name in ("founded", "registered", *SERVICES)}
    assert after == {
        "founded": {"kafka", "postgres"},
        EVIDENCE: {"founded"},
        "registered": {EVIDENCE},
        **{name: {"registered"} for name in SERVICES if name != EVIDENCE},
    }
    assert services["registered"]["command"][2:-1] == list(SPEAKERS)


@pytest.mark.parametrize("name", [GATEWAY, EVIDENCE])
def test_whoever_asks_every_service_finds_it(compose: dict[str, Any], name: str):
    routes = json.loads(compose["services"][name]["environment"]["QIZHENG_SERVICES"])
    asked = json.loads(str(HOUSE.settings_of(name)["QIZHENG_SERVICES"]))
    assert routes == {service: f"http://{service}:8000" for service in asked}


def test_one_file_makes_every_service_and_ends_as_nobody_in_particular():
    dockerfile = (CONTAINERS / "Dockerfile").read_text()
    last = dockerfile.rpartition("\nFROM ")[2]

    assert [*CONTAINERS.glob("*ockerfile*")] == [CONTAINERS / "Dockerfile"]
    assert "ARG SERVICE\n" in last
    assert "\nHEALTHCHECK " in last
    assert re.search(r"^USER (?!root|0)\w+$", last, flags=re.MULTILINE)


def addresses_in(text: str) -> Iterator[str]:
    """Addresses of registries and mirrors, which would bind an image to a place."""
    yield from re.findall(r"https?://(?!127\.0\.0\.1)[\w.-]*\.[\w.-]+|--(?:extra-)?index-url|--find-links", text)


def test_no_image_is_bound_to_a_place():
    files = [path for path in CONTAINERS.rglob("*") if path.is_file()]
    assert len(files) > 8
    assert [(path.name, found) for path in files for found in addresses_in(path.read_text())] == []


def test_an_address_of_a_mirror_is_caught():
    assert [*addresses_in("RUN pip install --index-url https://mirror.example/simple uv")] != []
