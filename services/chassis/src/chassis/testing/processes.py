"""A server that runs on this machine as a process of its own: started, asked, stopped, and never left behind."""

import json
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

LOCALHOST = "127.0.0.1"
# Below the range from which the system takes ports for outgoing connections, so a stopped server finds its port again.
FREE_PORTS = range(20000, 31000)
# The guard waits for the end of its input, which comes when whoever started the server is gone, however that happened.
GUARD = 'read -r _; kill -s CONT "$1"; kill -s "$2" "$1"'


class ServerError(Exception):
    """A server could not be started or stopped; the message says which, where, and what it said last."""


class PortTaken(ServerError):
    def __init__(self, port: int, name: str) -> None:
        super().__init__(f"{name} cannot start: port {port} on {LOCALHOST} is taken by another process.")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOCALHOST, port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """Ports that are free just now, each another."""
    return list(islice(filter(is_free, random.sample(FREE_PORTS, len(FREE_PORTS))), count))


def free_port() -> int:
    return free_ports(1)[0]


def free_row(count: int) -> int:
    """The first of so many free ports in a row."""
    return next(base for base in iter(free_port, None) if all(is_free(base + n) for n in range(count)))


def answers(port: int) -> bool:
    try:
        socket.create_connection((LOCALHOST, port), timeout=1).close()
    except OSError:
        return False
    return True


@dataclass
class Server:
    """One process, known by its folder: `NAME.log` is what it says, `NAME.json` where it runs."""

    name: str
    folder: Path
    pid: int
    port: int
    stop_signal: signal.Signals
    child: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)
    guard: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def running(self) -> bool:
        if self.child is not None:
            return self.child.poll() is None
        # A number alone may by now be another's, so the command must name the folder.
        return f"{self.folder}/" in _command(self.pid)

    def signal(self, number: signal.Signals) -> None:
        if self.running:
            os.kill(self.pid, number)

    def stop(self, within: float = 30.0) -> None:
        """Asks the server to finish and waits; one that does not is killed, and that is an error. Twice is harmless."""
        self.signal(signal.SIGCONT)
        self.signal(self.stop_signal)
        if not self.gone(within):
            self.kill()
            raise ServerError(
                f"{self.name} ({self.pid}) did not stop within {within:.0f} s and was killed.{self.said()}"
            )
        self._forget()

    def kill(self) -> None:
        """What a power cut does: the process and its children end at once, with no chance to finish anything."""
        family = [self.pid, *_children(self.pid)] if self.running else []
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while any(_command(pid) for pid in family):
            time.sleep(0.01)
        if not self.gone(10):
            raise ServerError(f"{self.name} ({self.pid}) outlived a SIGKILL.")
        self._forget()

    def gone(self, within: float) -> bool:
        until = time.monotonic() + within
        while self.running:
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        return True

    def said(self) -> str:
        """The last lines of the log, for an error message."""
        log = self.folder / f"{self.name}.log"
        lines = log.read_text(errors="replace").splitlines()[-12:] if log.exists() else []
        return "\n".join(["", f"The end of {log}:", *lines])

    def _forget(self) -> None:
        if self.guard is not None:
            self.guard.kill()
            self.guard.communicate()
            self.guard = None
        (self.folder / f"{self.name}.json").unlink(missing_ok=True)


def launch(
    name: str,
    command: Sequence[str],
    folder: Path,
    port: int,
    stop_signal: signal.Signals,
    *,
    user: str | None = None,
    detached: bool,
) -> Server:
    """Starts `command`, which must name `folder`. Unless `detached`, it ends when this process ends, even if killed."""
    if not is_free(port):
        raise PortTaken(port, name)
    with (folder / f"{name}.log").open("ab") as log:
        child = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C at the terminal reaches whoever started it, who then stops it in order.
            user=user,
            group=user,
            extra_groups=[] if user else None,
        )
    while child.poll() is None and not _command(child.pid):
        time.sleep(0.001)  # It has begun, but the system does not name its command yet, and `find` goes by that.
    server = Server(name, folder, child.pid, port, stop_signal, child)
    if not detached:
        server.guard = _guard(child.pid, stop_signal)
    (folder / f"{name}.json").write_text(json.dumps({"pid": child.pid, "port": port}))
    return server


def find(name: str, folder: Path, stop_signal: signal.Signals) -> Server | None:
    """The server that already runs in this folder, whoever started it."""
    try:
        known = json.loads((folder / f"{name}.json").read_text())
    except FileNotFoundError:
        return None
    server = Server(name, folder, known["pid"], known["port"], stop_signal)
    return server if server.running else None


def _guard(pid: int, stop_signal: signal.Signals) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        ["sh", "-c", GUARD, "guard", str(pid), stop_signal.name.removeprefix("SIG")],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _command(pid: int) -> str:
    """An ended process has none, even while its parent has not taken note of it."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _children(pid: int) -> list[int]:
    children: list[int] = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            if int(entry.read_text().rpartition(")")[2].split()[1]) == pid:
                children.append(int(entry.parent.name))
    return children
