"""The whole house on this machine: Kafka, PostgreSQL and every service, each with its folder, port and log."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from chassis.facing.tokens import Principal, issue, issuing_key
from chassis.testing import places, processes
from chassis.testing.processes import LOCALHOST, PortTaken, Server, ServerError, find, is_free, launch
from chassis.testing.topics import create_topics
from contracts.topics import PUBLISHED, dead_letters_topic, events_topic

ROOT = Path(__file__).resolve().parent.parent
GATEWAY, EVIDENCE = "gateway", "evidence"
SPEAKERS = (EVIDENCE, *(name for name in PUBLISHED if name != EVIDENCE))
SERVICES = (*SPEAKERS, GATEWAY)
FIRST_PORT, KAFKA_PORT, POSTGRES_PORT = 8000, 9092, 5433
READY_WITHIN = 60.0
PORT_FREE_WITHIN = 10.0
# Where somebody else's server is named, its port is not ours to ask for.
NAMED_BY = {"kafka": "KAFKA_BOOTSTRAP_SERVERS", "postgres": "DATABASE_URL"}


def usual_folder() -> Path:
    """`var`, or the folder that QIZHENG_VAR names."""
    return Path(os.environ.get("QIZHENG_VAR") or ROOT / "var")


def usual_ports() -> dict[str, int]:
    """The gateway at 8000, then one port for each service; Kafka and PostgreSQL at ports of their own.

    QIZHENG_PORT_BASE puts all of them in a row: the gateway at this port, the services behind it, then Kafka and
    PostgreSQL. Refuses with ServerError what is no such port.
    """
    order = (GATEWAY, *PUBLISHED)
    base = os.environ.get("QIZHENG_PORT_BASE")
    if not base:
        usual = {name: FIRST_PORT + n for n, name in enumerate(order)}
        return {"kafka": KAFKA_PORT, "postgres": POSTGRES_PORT, **usual}
    if not (base.isdecimal() and 1024 <= int(base) <= 65_000):
        raise ServerError(f"QIZHENG_PORT_BASE={base} is no port from 1024 to 65000.")
    return {name: int(base) + n for n, name in enumerate((*order, "kafka", "postgres"))}


def free_ports() -> dict[str, int]:
    """A free port for everything, so that several houses can stand side by side."""
    names = usual_ports()
    return dict(zip(names, processes.free_ports(len(names)), strict=True))


@dataclass
class House:
    """`folder` holds everything that the house writes. Unless `detached`, it ends with the process that started it."""

    folder: Path = field(default_factory=usual_folder)
    ports: dict[str, int] = field(default_factory=usual_ports)
    detached: bool = False
    say: Callable[[str], None] = lambda _: None
    _kafka: places.KafkaServer | None = None
    _postgres: places.PostgresServer | None = None

    def __post_init__(self) -> None:
        self.folder = self.folder.resolve()  # Services run in folders of their own.

    @property
    def bootstrap(self) -> str:
        return self._kafka.bootstrap_servers if self._kafka else f"{LOCALHOST}:{self.ports['kafka']}"

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger"

    def address(self, service: str) -> str:
        return f"http://{LOCALHOST}:{self.ports[service]}"

    def database(self, service: str) -> str:
        """The address of a service's database, which is made if it is not there; none before the servers are started."""
        return self._postgres.create_database(f"qizheng_{service.replace('-', '_')}") if self._postgres else ""

    def token(self, role: str, user: str | None = None, **facts: object) -> str:
        """A bearer token for a role, good for a day."""
        principal = Principal(user or f"user:{role}", role, **facts)  # pyright: ignore[reportArgumentType]
        return issue(self.keys, principal, lifetime=86_400)

    def start(self) -> None:
        """Starts what does not run yet. Ends with every service ready, or raises ServerError with what is wrong."""
        self._refuse_taken_ports()
        self.folder.mkdir(parents=True, exist_ok=True)
        issuing_key(self.keys)
        self.start_servers()
        # Starting costs a core two seconds a service. Evidence must not share its core: the registration waits for it.
        for name in SERVICES[: os.cpu_count()]:
            self.launch_service(name)
        self.wait_until_ready(EVIDENCE)
        for name in SERVICES:
            self.launch_service(name)
        self._register_keys()
        for name in SERVICES:
            if name != EVIDENCE:
                self.wait_until_ready(name)

    def start_servers(self) -> None:
        """Kafka with its topics, PostgreSQL; side by side, since each mostly waits."""
        with ThreadPoolExecutor(2) as aside:
            postgres = aside.submit(
                places.postgres, self.folder / "postgres", self.ports["postgres"], detached=self.detached
            )
            kafka = aside.submit(places.kafka, self.folder / "kafka", self.ports["kafka"], detached=self.detached)
        self._postgres, self._kafka = postgres.result(), kafka.result()
        topics = [topic for name in PUBLISHED for topic in (events_topic(name), dead_letters_topic(name))]
        create_topics(self.bootstrap, topics)
        self.say(f"Kafka at {self.bootstrap}, PostgreSQL at {self._postgres.url}")

    def start_service(self, name: str) -> None:
        self.launch_service(name)
        self.wait_until_ready(name)

    def launch_service(self, name: str) -> None:
        """Starts a service without waiting for it. Twice is harmless."""
        if server := self.running(name):
            if server.port != self.ports[name]:
                raise ServerError(f"{name} already runs on port {server.port}, not {self.ports[name]}; stop it first.")
            return
        home = self.folder / name
        home.mkdir(parents=True, exist_ok=True)
        settings = home / "settings.env"
        settings.write_text("".join(f"{key}={value}\n" for key, value in self.settings_of(name).items()))
        until = time.monotonic() + PORT_FREE_WITHIN
        while not is_free(self.ports[name]) and time.monotonic() < until:
            time.sleep(0.05)  # The system lets go of a killed server's port a moment later.
        command = [str(Path(sys.executable).parent / name), "serve", "--settings", str(settings)]
        launch(name, command, home, self.ports[name], signal.SIGTERM, detached=self.detached)

    def settings_of(self, name: str) -> dict[str, object]:
        """What a service is told of its surroundings."""
        settings: dict[str, object] = {
            "QIZHENG_PORT": self.ports[name],
            "QIZHENG_DATABASE_URL": self.database(name),
            "QIZHENG_KAFKA": self.bootstrap,
            "QIZHENG_KEYS": self.keys,
            "QIZHENG_JWKS": self.keys / "jwks.json",
            "QIZHENG_PEOPLE_URL": self.address("people"),
            "QIZHENG_FOLDER": self.folder / name,
        }
        addresses = {service: self.address(service) for service in SERVICES}
        match name:
            case "people":
                settings |= {"PEOPLE_DAYS": "command", "QIZHENG_KEY_ENCRYPTION_KEY": self.keys / "people.kek"}
            case "evidence":
                settings |= {"QIZHENG_LEDGER": self.ledger, "QIZHENG_SERVICES": json.dumps(addresses)}
            case "gateway":
                routes = {service: addresses[service] for service in PUBLISHED}
                settings |= {"QIZHENG_SERVICES": json.dumps(routes)}
            case _:
                pass
        return settings

    def running(self, name: str) -> Server | None:
        return find(name, self.folder / name, signal.SIGTERM)

    def wait_until_ready(self, name: str) -> None:
        until = time.monotonic() + READY_WITHIN
        while True:
            server = self.running(name)
            try:
                with urllib.request.urlopen(f"{self.address(name)}/health/ready", timeout=5):
                    self.say(f"{name} at {self.address(name)}, its log in {self.folder / name / name}.log")
                    return
            except (urllib.error.URLError, OSError) as fault:
                if server is None or time.monotonic() > until:
                    why = fault.read().decode() if isinstance(fault, urllib.error.HTTPError) else str(fault)
                    said = Server(name, self.folder / name, 0, 0, signal.SIGTERM).said()
                    raise ServerError(f"{name} did not become ready: {why}.{said}") from fault
            time.sleep(0.05)  # Readiness is another process's to know: it can only be asked.

    def kill_service(self, name: str) -> None:
        """What a power cut does to one service."""
        if server := self.running(name):
            server.kill()

    def stop_service(self, name: str) -> None:
        if server := self.running(name):
            server.stop()

    def stop(self) -> None:
        """Stops everything, services first. Twice is harmless. One that does not stop keeps nothing else running."""
        servers = [server for name in reversed(SERVICES) if (server := self.running(name))]
        for server in servers:
            server.signal(signal.SIGTERM)
        last = (
            partial(places.stop_kafka, self.folder / "kafka"),
            partial(places.stop_postgres, self.folder / "postgres"),
        )
        faults: list[ServerError] = []
        for stop in (*(server.stop for server in servers), *last):
            try:
                stop()
            except ServerError as fault:
                faults.append(fault)
        if faults:
            raise ServerError("\n".join(map(str, faults)))

    def command(self, service: str, *words: str) -> str:
        """Runs a command of a service, as an operator would. Returns what it printed; raises ServerError if it failed."""
        ran = self.typed(service, *words)
        if ran.returncode != 0:
            raise ServerError(f"{service} {' '.join(words)}: {ran.stderr.strip()}")
        return ran.stdout

    def typed(self, service: str, *words: str) -> subprocess.CompletedProcess[str]:
        """The same, whether or not it failed."""
        environment = {**os.environ, "QIZHENG_SETTINGS": str(self.folder / service / "settings.env")}
        command = [str(Path(sys.executable).parent / service), *words]
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)

    def _register_keys(self) -> None:
        """The ledger must know whose key speaks before anyone says anything; evidence's own key comes first.

        On the first start the other services stand already, but nobody has asked them for anything yet.
        """
        # Written only once the keys are sealed. If we stop before, the next start registers again, which changes nothing.
        registered = self.keys / "registered"
        if registered.exists() and registered.read_text().split() == list(SPEAKERS):
            return
        self.command(EVIDENCE, "keys", "register", *SPEAKERS, "--wait")
        registered.write_text("\n".join(SPEAKERS))

    def _refuse_taken_ports(self) -> None:
        for name, port in self.ports.items():
            if not self._stands(name) and not is_free(port):
                raise PortTaken(port, name)

    def _stands(self, name: str) -> bool:
        """Whether this house, or somebody who is named in the environment, has it already."""
        folder = self.folder / name
        noted = (folder / f"{name}.json").exists() or (folder / f"{name}.container.json").exists()
        return noted or (name in NAMED_BY and NAMED_BY[name] in os.environ)
