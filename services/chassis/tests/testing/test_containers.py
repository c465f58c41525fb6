"""Kafka and PostgreSQL where a Docker engine is asked for: who asks and has none is told so in one sentence."""

from collections.abc import Callable
from pathlib import Path

import pytest

from chassis.testing import places
from chassis.testing.processes import ServerError


@pytest.mark.parametrize(
    ("name", "start"), [("kafka", places.kafka), ("postgres", places.postgres)], ids=["kafka", "postgres"]
)
def test_without_an_engine_nothing_is_started_and_the_engine_is_named(
    name: str, start: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv(name.upper(), "docker")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-engine.sock")
    with pytest.raises(ServerError, match=f"^{name} is to run as .*, but the Docker engine gives no container: "):
        start(tmp_path / name)
    assert list((tmp_path / name).glob("*.json")) == []
