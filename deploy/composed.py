"""The whole house in containers, over `deploy/compose.yaml`: the same face as the house of processes."""

import os
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from house import READY_WITHIN, ROOT, SERVICES, House

from chassis.testing.databases import create_database
from chassis.testing.processes import LOCALHOST, ServerError

COMPOSE, DOCKER = ROOT / "deploy" / "containers" / "compose", ROOT / "deploy" / "containers" / "docker"
USER = 10001  # of the images; no other reads the keys that it makes
FOLDERS = ("keys", "ledger", "documents", "payroll")


@dataclass
class ComposedHouse(House):
    """Keys, ledger, documents and payroll files are in `folder`; what Kafka and PostgreSQL hold ends with the house."""

    password: str = field(default_factory=lambda: token_hex(16), repr=False)
    project: str = field(default_factory=lambda: f"qizheng{token_hex(4)}")

    def database(self, service: str) -> str:
        server = f"postgresql://postgres:{self.password}@{LOCALHOST}:{self.ports['postgres']}/postgres"
        return create_database(server, f"qizheng_{service.replace('-', '_')}")

    def start(self) -> None:
        for name in FOLDERS:
            (self.folder / name).mkdir(parents=True, exist_ok=True)
            if os.geteuid() == 0:
                os.chown(self.folder / name, USER, USER)
        self.compose("up", "--detach")
        for name in SERVICES:
            self.wait_until_ready(name)

    def launch_service(self, name: str) -> None:
        self.compose("start", name)

    def wait_until_ready(self, name: str) -> None:
        until = time.monotonic() + READY_WITHIN
        while True:
            try:
                with urllib.request.urlopen(f"{self.address(name)}/health/ready", timeout=5):
                    return
            except (urllib.error.URLError, OSError) as fault:
                if time.monotonic() > until:
                    said = self.compose("logs", "--no-color", "--tail=12", name)
                    raise ServerError(f"{name} did not become ready: {fault}. It said last:\n{said}") from fault
            time.sleep(0.1)  # Readiness is another process's to know: it can only be asked.

    def kill_service(self, name: str) -> None:
        self.compose("kill", name)

    def stop_service(self, name: str) -> None:
        self.compose("stop", "--timeout=30", name)

    def stop(self) -> None:
        self.compose("down", "--volumes", "--timeout=30")

    def typed(self, service: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Runs a command in a container of its own, whether or not the service runs.

        Folders that are named are there under the same name, to be read; the databases are where a container finds them.
        """
        folders = [f"--volume={word}:{word}:ro" for word in words if word.startswith("/") and Path(word).exists()]
        here = f"@{LOCALHOST}:{self.ports['postgres']}/"
        inside = [word.replace(here, "@postgres/") for word in words]
        return self._composed("run", "--rm", "--no-deps", "-T", *folders, service, *inside)

    def compose(self, *words: str) -> str:
        """What compose answers to these words; raises ServerError if it fails."""
        ran = self._composed(*words)
        if ran.returncode != 0:
            raise ServerError(f"compose {' '.join(words)}: {ran.stderr.strip()}")
        return ran.stdout

    def _composed(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMPOSE, "--project-name", self.project, *words],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **self._environment()},
        )

    def _environment(self) -> dict[str, str]:
        ports = {f"{name.upper().replace('-', '_')}_PORT": str(port) for name, port in self.ports.items()}
        folders = {f"{name.upper()}_AT": str(self.folder / name) for name in FOLDERS}
        user = {} if os.geteuid() == 0 else {"QIZHENG_USER": str(os.geteuid())}
        return {**ports, **folders, **user, "POSTGRES_PASSWORD": self.password, "PEOPLE_DAYS": "command"}
