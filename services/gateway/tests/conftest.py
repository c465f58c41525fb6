"""A street of real small HTTP servers, and the gateway's own process before them."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest

from chassis.facing.tokens import Principal, issue, issuing_key
from chassis.testing.processes import free_port

BEHIND = ("people", "agreements", "learning", "points", "payroll-bridge", "evidence")
LARGEST = 100_000


@dataclass
class Stand:
    """A real server that answers each path as told, and remembers what it was asked.

    Told a content-length or a transfer-encoding of its own, it hangs up after the bytes it was given.
    """

    told: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    heard: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        stand = self

        class Asked(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                self.do_GET = self.do_HEAD = self.do_POST = self.do_PUT = self.do_DELETE = self.do_PATCH = self.answer
                super().handle_one_request()

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                stand.heard.append((self.command, self.path, headers, body))
                status, said, content = stand.told.get(self.path, (404, {}, b'{"title":"NotFound","status":404}'))
                if self.path == "/health/live":
                    status, said, content = 200, {}, b"{}"
                self.send_response(status)
                for name, value in {"content-type": "application/json", **said}.items():
                    self.send_header(name, value)
                if "transfer-encoding" not in said and "content-length" not in said:
                    self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                self.close_connection = len(said.keys() & {"transfer-encoding", "content-length"}) > 0

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Asked)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Twice is harmless. Callers that keep their connection open are cut off."""
        if self.thread.is_alive():
            self.server.shutdown()
            self.thread.join()
            self.server.server_close()


class Cutter:
    """A server that hears a whole request and hangs up without a word."""

    def __init__(self) -> None:
        self.heard = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._cut)
        self.thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def _cut(self) -> None:
        while True:
            try:
                caller, _ = self.socket.accept()
            except OSError:
                return
            with caller:
                caller.recv(65536)
                self.heard += 1

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()


@dataclass
class Street:
    """The stands by name, the keys, and the gateway before them."""

    folder: Path
    stands: dict[str, Stand]
    cutter: Cutter
    client: httpx2.Client

    def token(self, role: str = "hr") -> str:
        return issue(self.folder, Principal(f"user:{role}", role))

    def ask(self, method: str, path: str, **more: object) -> httpx2.Response:
        headers = {"authorization": f"Bearer {self.token()}", **more.pop("headers", {})}  # type: ignore[dict-item]
        return self.client.request(method, path, headers=headers, **more)  # type: ignore[arg-type]


@pytest.fixture
def stand() -> Iterator[Stand]:
    """One server of a test's own, which it may close."""
    made = Stand()
    yield made
    made.close()


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """`gateway serve` as it runs in a house, with two services more: one that hangs up, and one that is not there."""
    folder = tmp_path_factory.mktemp("gateway")
    issuing_key(folder)
    stands, cutter, port = {name: Stand() for name in BEHIND}, Cutter(), free_port()
    services = {name: stand.address for name, stand in stands.items()}
    services |= {"cutter": cutter.address, "away": f"http://127.0.0.1:{free_port()}"}
    settings = folder / "settings.env"
    settings.write_text(
        f"QIZHENG_PORT={port}\nQIZHENG_JWKS={folder}/jwks.json\nQIZHENG_LARGEST_BODY={LARGEST}\n"
        f"QIZHENG_PATIENCE=5\nQIZHENG_SERVICES={json.dumps(services)}\n"
    )
    command = [str(Path(sys.executable).parent / "gateway"), "serve", "--settings", str(settings)]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=15) as client:
            until = time.monotonic() + 60
            while True:
                try:
                    client.get("/health/live")
                    break
                except httpx2.TransportError:
                    assert process.poll() is None, process.communicate()[0]
                    assert time.monotonic() < until
                    time.sleep(0.05)
            yield Street(folder, stands, cutter, client)
    finally:
        process.terminate()
        process.communicate(timeout=30)
        cutter.close()
        for stand in stands.values():
            stand.close()
    assert process.returncode == 0
