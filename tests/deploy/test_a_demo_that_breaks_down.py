"""A demo whose gateway, database or broker is away: one sentence on stderr, and nothing that goes on running."""

import os
import subprocess
import sys

import pytest
from house import ROOT, SERVICES

from chassis.testing.fixtures import passing_folder
from chassis.testing.processes import free_row, is_free

THINGS = len(SERVICES) + 2
GATEWAY_DIES = """
import sys, demo
def kill_the_gateway(client):
    client.house.kill_service("gateway")
    client.get("people", "/employees")
demo.import_company = kill_the_gateway
sys.exit(demo.main())
"""


def lived(*words: str, **environment: str) -> tuple[int, str]:
    """How a demo in a folder and at ports of its own ended, and what it said; nothing may listen there any more."""
    base = free_row(THINGS)
    with passing_folder("qizheng-demo-") as folder:
        folder.chmod(0o755)
        told = {"QIZHENG_VAR": str(folder / "var"), "QIZHENG_PORT_BASE": str(base), "PYTHONPATH": str(ROOT / "deploy")}
        ran = subprocess.run(
            [sys.executable, *words], env=os.environ | told | environment, capture_output=True, text=True, timeout=300
        )
    assert all(is_free(base + n) for n in range(THINGS)), "nothing goes on running"
    return ran.returncode, ran.stderr


@pytest.mark.kafka
@pytest.mark.postgres
def test_a_gateway_that_dies_is_one_sentence_and_everything_else_is_stopped():
    code, said = lived("-c", GATEWAY_DIES)
    assert (code, said.count("\n")) == (1, 1), said
    # Whether the connection is refused or breaks off is the system's to say: a killed server's sockets end a moment later.
    assert said.startswith("demo: GET people/employees was not answered: ")


@pytest.mark.kafka
def test_a_database_that_is_away_is_one_sentence_and_kafka_is_stopped():
    code, said = lived(str(ROOT / "deploy" / "demo.py"), DATABASE_URL="postgresql://ada@127.0.0.1:1/none")
    assert (code, said.count("\n")) == (1, 1), said
    assert said.startswith("demo: OperationalError: connection failed")


@pytest.mark.postgres
def test_a_kafka_that_is_away_is_one_sentence_and_postgresql_is_stopped():
    code, said = lived(str(ROOT / "deploy" / "demo.py"), KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert (code, said.count("\n")) == (1, 1), said
    assert said.startswith("demo: KafkaConnectionError: Unable to bootstrap")
