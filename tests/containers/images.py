"""The images of Kafka and PostgreSQL by themselves: the environment of those that they stand in for, and no more rights.

`make containers` names this file; `make test` needs no engine and leaves it out.
"""

import subprocess
import time
from collections.abc import Callable, Iterator
from uuid import uuid4

import psycopg
import pytest
from composed import DOCKER

from chassis.testing.databases import is_answering
from chassis.testing.processes import LOCALHOST, free_port
from chassis.testing.topics import brokers_of, create_topics, topics_at

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(180)]
PATIENCE = 90.0

Started = Callable[..., str]


def docker(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([DOCKER, *words], capture_output=True, text=True, check=False)


@pytest.fixture
def started() -> Iterator[Started]:
    """Starts an image with nothing to write in but its volume and /tmp; gone at the end."""
    names: list[str] = []

    def start(image: str, port: int, inside: int, *words: str, **environment: str) -> str:
        names.append(f"qizheng-{uuid4().hex}")
        said = [part for name, value in environment.items() for part in ("--env", f"{name}={value}")]
        closed = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--publish", f"{LOCALHOST}:{port}:{inside}")
        ran = docker("run", "--detach", "--name", names[-1], *closed, *said, image, *words)
        assert ran.returncode == 0, ran.stderr
        return names[-1]

    yield start
    for name in names:
        docker("rm", "--force", "--volumes", name)


def until(answered: Callable[[], object], name: str) -> None:
    end = time.monotonic() + PATIENCE
    while not answered():
        assert time.monotonic() < end, docker("logs", name)
        time.sleep(0.2)


def test_a_broker_takes_its_settings_from_the_environment_and_keeps_what_it_held(started: Started):
    port = free_port()
    name = started(
        "qizheng/kafka",
        port,
        port,
        KAFKA_LISTENERS=f"PLAINTEXT://0.0.0.0:{port},CONTROLLER://127.0.0.1:9093",
        KAFKA_ADVERTISED_LISTENERS=f"PLAINTEXT://{LOCALHOST}:{port}",
        KAFKA_MESSAGE_MAX_BYTES="123456",
    )
    broker = f"{LOCALHOST}:{port}"
    until(lambda: brokers_of(broker), name)
    create_topics(broker, ["kept.events.v1"])
    settings = docker("exec", name, "cat", "/tmp/server.properties").stdout.splitlines()
    docker("kill", name)
    docker("start", name)
    until(lambda: brokers_of(broker), name)

    assert "message.max.bytes=123456" in settings
    assert topics_at(broker) >= {"kept.events.v1"}
    assert int(docker("exec", name, "id", "-u").stdout) > 0


def test_a_server_wants_the_password_that_it_was_given_and_makes_the_database_that_was_named(started: Started):
    port = free_port()
    words = ("postgres", "-c", "max_connections=33")
    names = {"POSTGRES_USER": "ada", "POSTGRES_PASSWORD": "sesame", "POSTGRES_DB": "company"}
    name = started("qizheng/postgres", port, 5432, *words, **names)
    until(lambda: is_answering(f"postgresql://ada:sesame@{LOCALHOST}:{port}/company"), name)

    with psycopg.connect(f"postgresql://ada:sesame@{LOCALHOST}:{port}/company") as connection:
        assert connection.execute("show max_connections").fetchone() == ("33",)
    assert not is_answering(f"postgresql://ada:wrong@{LOCALHOST}:{port}/company")
    assert int(docker("exec", name, "id", "-u").stdout) > 0


def test_a_server_that_anyone_could_enter_is_only_made_if_that_was_asked_for():
    refused = docker("run", "--rm", "qizheng/postgres")
    assert refused.returncode != 0
    assert "POSTGRES_PASSWORD" in refused.stderr
