"""Kafka and PostgreSQL as pytest fixtures: started on first use, once a run, gone at its end, however it ends."""

import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from chassis.testing import places
from chassis.testing.places import KafkaServer, PostgresServer


@pytest.fixture(scope="session")
def kafka_server() -> Iterator[KafkaServer]:
    with passing_folder("qizheng-kafka-") as folder:
        server = places.kafka(folder)
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with passing_folder("qizheng-postgres-") as folder:
        server = places.postgres(folder)
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of an empty database of this test's own."""
    name = f"test_{uuid4().hex}"
    try:
        yield postgres_server.create_database(name)
    finally:
        postgres_server.drop_database(name)


@contextmanager
def passing_folder(prefix: str) -> Generator[Path]:
    """Not pytest's `tmp_path`: its folders are closed to other users, and PostgreSQL runs as one if we are root."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
