"""Where Kafka and PostgreSQL come from: the one order of choice for journeys, faults, benchmarks and `make up`.

Kafka: `KAFKA_BOOTSTRAP_SERVERS`; else a container if `KAFKA=docker`; else a local process.
PostgreSQL: `DATABASE_URL`; else a container if `POSTGRES=docker`; else the server of the wheel.

Containers are imported only where they are asked for: every test run would wait for that otherwise.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

from chassis.testing.databases import create_database, drop_database
from chassis.testing.kafka import running_kafka, start_kafka
from chassis.testing.postgres import running_postgres, start_postgres
from chassis.testing.processes import ServerError


class Stoppable(Protocol):
    def stop(self) -> None: ...
    def kill(self) -> None: ...
    def start(self) -> None: ...
    def restart(self) -> None: ...


class KafkaServer(Stoppable, Protocol):
    @property
    def bootstrap_servers(self) -> str: ...


class PostgresServer(Stoppable, Protocol):
    @property
    def url(self) -> str: ...
    def create_database(self, name: str) -> str: ...
    def drop_database(self, name: str) -> None: ...


class NotOurs(ServerError):
    def __init__(self) -> None:
        super().__init__("This server was named in the environment: it is not ours to start, break or restart.")


class Foreign:
    """A server somebody else runs. To stop using it costs nothing, and it goes on."""

    def stop(self) -> None:
        return

    def kill(self) -> NoReturn:
        raise NotOurs

    def start(self) -> NoReturn:
        raise NotOurs

    def restart(self) -> NoReturn:
        raise NotOurs


@dataclass
class ForeignKafka(Foreign):
    bootstrap_servers: str


@dataclass
class ForeignPostgres(Foreign):
    url: str

    def create_database(self, name: str) -> str:
        return create_database(self.url, name)

    def drop_database(self, name: str) -> None:
        drop_database(self.url, name)


def kafka(folder: Path, port: int | None = None, *, detached: bool = False) -> KafkaServer:
    """A Kafka that answers. Unless `detached`, one that was started here ends with this process."""
    if named := os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        return ForeignKafka(named)
    if _wants_docker("KAFKA"):
        from chassis.testing import containers

        return containers.start_kafka_container(_made(folder), port, detached=detached)
    return start_kafka(folder, port, detached=detached)


def postgres(folder: Path, port: int | None = None, *, detached: bool = False) -> PostgresServer:
    """A PostgreSQL that answers. Unless `detached`, one that was started here ends with this process."""
    if named := os.environ.get("DATABASE_URL"):
        return ForeignPostgres(named)
    if _wants_docker("POSTGRES"):
        from chassis.testing import containers

        return containers.start_postgres_container(_made(folder), port, detached=detached)
    return start_postgres(folder, port, detached=detached)


def stop_kafka(folder: Path) -> bool:
    """Stops whatever Kafka runs for this folder, process or container, whoever started it. Says whether one did."""
    return _stop(running_kafka(folder) or _kept_in_a_container(folder, "kafka"))


def stop_postgres(folder: Path) -> bool:
    """Stops whatever PostgreSQL runs for this folder, as `stop_kafka` does."""
    return _stop(running_postgres(folder) or _kept_in_a_container(folder, "postgres"))


def _kept_in_a_container(folder: Path, name: str) -> Stoppable | None:
    if not (folder / f"{name}.container.json").exists():
        return None
    from chassis.testing import containers

    return containers.known(name, folder.resolve())


def _stop(server: Stoppable | None) -> bool:
    if server is not None:
        server.stop()
    return server is not None


def _wants_docker(name: str) -> bool:
    wanted = os.environ.get(name, "local")
    if wanted not in ("local", "docker"):
        raise ServerError(f"{name}={wanted} is not known: say {name}=docker, or leave it away for a local process.")
    return wanted == "docker"


def _made(folder: Path) -> Path:
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder
