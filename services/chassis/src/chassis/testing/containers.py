"""Kafka and PostgreSQL in a Docker engine, through testcontainers: for whoever prefers an image to a local process."""

import json
import os
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar, cast

from docker.errors import DockerException, NotFound
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient

from chassis.testing.databases import create_database, drop_database, is_answering
from chassis.testing.processes import LOCALHOST, PortTaken, ServerError, free_port, is_free
from chassis.testing.topics import brokers_of

KAFKA_IMAGE = "apache/kafka:4.3.1"
POSTGRES_IMAGE = "postgres:18"
READY_WITHIN = 120.0

Made = TypeVar("Made", bound="Container")


@dataclass
class Container(ABC):
    """A container known by its folder, `NAME.container.json`. Stopped or killed, it starts again with what it held."""

    name: ClassVar[str]
    folder: Path
    port: int
    id: str
    detached: bool

    @abstractmethod
    def answers(self) -> bool: ...

    def start(self) -> None:
        self._engine_container().start()
        self.wait_until_ready()

    def stop(self) -> None:
        """One that was started for a test is removed with its data; a detached one stays to be started again."""
        container = self._engine_container()
        container.stop(timeout=30)
        if not self.detached:
            container.remove(v=True)
            _note(self.folder, self.name).unlink(missing_ok=True)

    def kill(self) -> None:
        self._engine_container().kill()

    def restart(self) -> None:
        self._engine_container().restart()
        self.wait_until_ready()

    @property
    def running(self) -> bool:
        return self._engine_container().status == "running"

    @property
    def exists(self) -> bool:
        try:
            self._engine_container()
        except NotFound:
            return False
        return True

    def wait_until_ready(self) -> None:
        until = time.monotonic() + READY_WITHIN
        while not self.answers():
            if not self.running or time.monotonic() > until:
                said = self._engine_container().logs(tail=12).decode(errors="replace")
                raise ServerError(f"The container of {self.name} does not answer. It said last:\n{said}")
            time.sleep(0.1)

    def _engine_container(self) -> Any:
        return cast(Any, DockerClient().client.containers).get(self.id)


@dataclass
class KafkaContainer(Container):
    name = "kafka"

    @property
    def bootstrap_servers(self) -> str:
        return f"{LOCALHOST}:{self.port}"

    def answers(self) -> bool:
        return brokers_of(self.bootstrap_servers) > 0


@dataclass
class PostgresContainer(Container):
    name = "postgres"

    @property
    def url(self) -> str:
        return f"postgresql://postgres@{LOCALHOST}:{self.port}/postgres"

    def create_database(self, name: str) -> str:
        return create_database(self.url, name)

    def drop_database(self, name: str) -> None:
        drop_database(self.url, name)

    def answers(self) -> bool:
        return is_answering(self.url)


def start_kafka_container(folder: Path, port: int | None, *, detached: bool) -> KafkaContainer:
    """The image is `KAFKA_IMAGE` of the environment, or Apache's own."""
    if kept := _known(KafkaContainer, folder):
        return _started(kept)
    port = port or free_port()
    environment = {
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_NODE_ID": "1",
        "KAFKA_LISTENERS": f"PLAINTEXT://0.0.0.0:{port},CONTROLLER://{LOCALHOST}:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{LOCALHOST}:{port}",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": f"1@{LOCALHOST}:9093",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_BROKER_SESSION_TIMEOUT_MS": "3000",
        "KAFKA_BROKER_HEARTBEAT_INTERVAL_MS": "500",
    }
    image = os.environ.get("KAFKA_IMAGE", KAFKA_IMAGE)
    made = _run("kafka", folder, image, environment, (port, port), detached=detached)
    return _started(KafkaContainer(folder, port, made, detached))


def start_postgres_container(folder: Path, port: int | None, *, detached: bool) -> PostgresContainer:
    """The image is `POSTGRES_IMAGE` of the environment, or the official one."""
    if kept := _known(PostgresContainer, folder):
        return _started(kept)
    port = port or free_port()
    environment = {"POSTGRES_HOST_AUTH_METHOD": "trust"}
    image = os.environ.get("POSTGRES_IMAGE", POSTGRES_IMAGE)
    made = _run("postgres", folder, image, environment, (5432, port), detached=detached)
    return _started(PostgresContainer(folder, port, made, detached))


def known(name: str, folder: Path) -> KafkaContainer | PostgresContainer | None:
    """The container that was started for this folder, running or not."""
    return _known(KafkaContainer, folder) if name == KafkaContainer.name else _known(PostgresContainer, folder)


def _started(container: Made) -> Made:
    if container.running:
        container.wait_until_ready()
    else:
        container.start()
    return container


def _run(
    name: str, folder: Path, image: str, environment: dict[str, str], ports: tuple[int, int], *, detached: bool
) -> str:
    inside, outside = ports
    if not is_free(outside):
        raise PortTaken(outside, name)
    if detached:
        testcontainers_config.ryuk_disabled = True  # Its reaper would end the container together with this process.
    try:
        container = DockerContainer(image, env=environment)
        cast(Any, container.ports)[f"{inside}/tcp"] = (LOCALHOST, outside)
        container.start()
    except DockerException as fault:
        raise ServerError(f"{name} is to run as {image}, but the Docker engine gives no container: {fault}") from fault
    made = container.get_wrapped_container().id
    if made is None:
        raise ServerError(f"The Docker engine made no container of {image}.")
    _note(folder, name).write_text(json.dumps({"port": outside, "id": made, "detached": detached}))
    return made


def _note(folder: Path, name: str) -> Path:
    return folder / f"{name}.container.json"


def _known(kind: type[Made], folder: Path) -> Made | None:
    try:
        noted = json.loads(_note(folder, kind.name).read_text())
    except FileNotFoundError:
        return None
    container = kind(folder, noted["port"], noted["id"], noted["detached"])
    return container if container.exists else None
