"""A real Kafka broker as a local process: one node, its own folder, from the jars of `deploy/kafka`."""

import os
import random
import shutil
import signal
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from chassis.testing.processes import (
    LOCALHOST,
    PortTaken,
    Server,
    ServerError,
    answers,
    find,
    free_port,
    is_free,
    launch,
)
from chassis.testing.topics import brokers_of

HOME = Path(__file__).resolve().parents[5] / "deploy" / "kafka"
JARS = HOME / "jars"
ARCHIVE = JARS / "broker.jsa"
NAME = "kafka"
STOP = signal.SIGTERM
CONTROLLER_PORTS = range(31000, 32000)  # Of nobody else: a port that was found for another is not bound yet.

SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "group.initial.rebalance.delay.ms": "0",
    "auto.create.topics.enable": "false",
    "log.cleaner.dedupe.buffer.size": "8388608",
    "log.index.size.max.bytes": "1048576",
    # After a kill the node must not wait for the end of the session of its former life.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
}


@dataclass
class Kafka:
    """A broker in a folder. Stopped or killed, it can be started again on the same port with what was in it."""

    folder: Path
    port: int
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    format_options: Sequence[str] = ()
    java_options: Sequence[str] = ()
    detached: bool = False
    server: Server | None = None

    @property
    def bootstrap_servers(self) -> str:
        return f"{LOCALHOST}:{self.port}"

    @property
    def pid(self) -> int:
        if self.server is None:
            raise ServerError(f"No broker runs in {self.folder}.")
        return self.server.pid

    def start(self, within: float = 60.0) -> None:
        if not is_free(self.port):
            raise PortTaken(self.port, NAME)
        properties = self._write_properties()
        if not (self.folder / "data" / "meta.properties").exists():
            self._format(properties)
        command = [*java(), "-Xms384m", "-Xmx384m", *self.java_options, "kafka.Kafka", str(properties)]
        self.server = launch(NAME, command, self.folder, self.port, STOP, user=None, detached=self.detached)
        try:
            self._wait_until_ready(self.server, time.monotonic() + within)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        if self.server is not None:
            self.server.stop()
            self.server = None

    def kill(self) -> None:
        if self.server is not None:
            self.server.kill()
            self.server = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def _write_properties(self) -> Path:
        controller = next(filter(is_free, random.sample(CONTROLLER_PORTS, len(CONTROLLER_PORTS))))
        settings = {
            **SETTINGS,
            "listeners": f"PLAINTEXT://{self.bootstrap_servers},CONTROLLER://{LOCALHOST}:{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap_servers}",
            "controller.quorum.bootstrap.servers": f"{LOCALHOST}:{controller}",
            "log.dirs": str(self.folder / "data"),
            **self.settings,
        }
        properties = self.folder / "server.properties"
        properties.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        return properties

    def _format(self, properties: Path) -> None:
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        tool = [*java(), "kafka.tools.StorageTool", "format", "--standalone", "--ignore-formatted"]
        options = [f"--cluster-id={cluster}", "-c", str(properties), *self.format_options]
        done = subprocess.run([*tool, *options], capture_output=True, text=True, check=False)
        if done.returncode:
            raise ServerError(f"Kafka could not format {self.folder}: {done.stderr or done.stdout}")

    def _wait_until_ready(self, server: Server, until: float) -> None:
        """Ready is when a metadata request is answered; an open port says only that a process listens."""
        while not (answers(self.port) and brokers_of(self.bootstrap_servers)):
            if not server.running:
                raise ServerError(f"Kafka ended while it started.{server.said()}")
            if time.monotonic() > until:
                raise ServerError(f"Kafka did not answer in time.{server.said()}")
            time.sleep(0.03)


def start_kafka(
    folder: Path,
    port: int | None = None,
    *,
    detached: bool = False,
    settings: Mapping[str, str] | None = None,
    format_options: Sequence[str] = (),
    java_options: Sequence[str] = (),
) -> Kafka:
    """A broker that answers. One that already runs in `folder` is taken as it is, if it is on the port asked for.

    `settings` are added to server.properties, `format_options` to the first `format` (users of SCRAM, for example).
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if found := running_kafka(folder):
        if port not in (None, found.port):
            raise ServerError(f"Kafka already runs in {folder} on port {found.port}, not {port}; stop it first.")
        return found
    kafka = Kafka(folder, port or free_port(), settings or {}, format_options, java_options, detached)
    kafka.start()
    return kafka


def running_kafka(folder: Path) -> Kafka | None:
    """The broker that runs in this folder, whoever started it."""
    folder = folder.resolve()
    server = find(NAME, folder, STOP)
    return Kafka(folder, server.port, detached=True, server=server) if server else None


def java() -> list[str]:
    """The start of every command that runs a class of Kafka."""
    jars = sorted(JARS.glob("*.jar"))
    if not jars:
        raise ServerError(f"There are no Kafka jars in {JARS}: run `make setup`.")
    home = os.environ.get("JAVA_HOME")
    executable = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if not executable:
        raise ServerError("Kafka needs Java 17 or newer: run `make setup` as root, or install default-jre-headless.")
    # The archive shortens the start; one that does not fit this Java is left unused without a word.
    archive = [f"-XX:SharedArchiveFile={ARCHIVE}", "-Xlog:cds=off"] if ARCHIVE.exists() else []
    log = f"-Dlog4j2.configurationFile={HOME / 'log4j2.properties'}"
    # These lives are short: the compiler that optimises most would cost more than it ever gives back.
    lean = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    return [executable, *lean, *archive, log, "-cp", ":".join(map(str, jars))]
