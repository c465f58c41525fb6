"""A service's life, as short as it can be: one request, one message heard, both told. And the line that is cut in it."""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlsplit

from chassis.keeping.committer import Answer, Committer, Request
from chassis.keeping.inbox import Delivery, Hearing
from chassis.keeping.listening import Message
from chassis.keeping.relay import Relay
from chassis.keeping.signing import signer
from chassis.keeping.store import Store
from chassis.keeping.work import begun_by
from chassis.testing.counter.service import DUTIES, HOUSE, count

ACCEPTED = Answer(201, b"{}")


@dataclass(frozen=True)
class Life:
    """What a process is born with. `url` leads to its database over the line, `bootstrap` to the broker."""

    url: str
    bootstrap: str
    keys: Path
    asked: str
    heard: Message


def live(life: Life, speaking: Connection) -> None:
    """Waits for its birth, then lives; says what it has answered, when it has answered it."""
    speaking.recv()
    store = Store(life.url)
    committer = Committer(HOUSE, store)
    committer.start()
    handler = partial(count, employee=life.asked)
    request = Request(begun_by("user:hr"), handler, key=life.asked, answer=lambda work, version: ACCEPTED)
    committer.submit(request).result()
    speaking.send("answered")
    committer.submit(Delivery(Hearing(HOUSE, DUTIES.consumes), (life.heard,), {})).result()
    speaking.send("heard")
    committer.stop()
    asyncio.run(tell(store, life))
    store.close()


async def tell(store: Store, life: Life) -> None:
    """Relays until everything is told."""
    relay = Relay(service=HOUSE.name, store=store, signer=signer(HOUSE.name, life.keys), bootstrap=life.bootstrap)
    relaying = asyncio.create_task(relay.run())
    untold = "select 1 from stored_events, relay_position where notification_id > notification"
    while await asyncio.to_thread(store.rows, untold):
        await asyncio.sleep(0.02)
    await relay.stop()
    await relaying


class Line:
    """Between a process and its database. It carries words, and can end the process before one of them."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._there = parts.hostname or "", parts.port or 0
        self._door = socket.create_server(("127.0.0.1", 0))
        own = f"{parts.username}:{parts.password or ''}@127.0.0.1:{self._door.getsockname()[1]}"
        self.url = parts._replace(netloc=own, query="sslmode=disable&gssencmode=disable").geturl()
        self._counting = threading.Lock()
        self._words, self._last, self._process = 0, 0, 0
        threading.Thread(target=self._open, daemon=True).start()

    def end_at(self, word: int, process: int) -> None:
        """From now on: ends the process when it says its `word`-th word, which nobody hears. 0 is never."""
        with self._counting:
            self._words, self._last, self._process = 0, word, process

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def _open(self) -> None:
        with suppress(OSError):  # The door was closed.
            while True:
                caller, _ = self._door.accept()
                there = socket.create_connection(self._there)
                for way in ((caller, there, self._may_pass), (there, caller, lambda: True)):
                    threading.Thread(target=_carry, args=way, daemon=True).start()

    def _may_pass(self) -> bool:
        with self._counting:
            self._words += 1
            if self._words == self._last:
                os.kill(self._process, signal.SIGKILL)
            return not self._last or self._words < self._last


def _carry(hears: socket.socket, tells: socket.socket, may_pass: Callable[[], bool]) -> None:
    with suppress(OSError):  # One side is gone, so the other goes.
        while (words := hears.recv(65_536)) and may_pass():
            tells.sendall(words)
    for end in (hears, tells):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
