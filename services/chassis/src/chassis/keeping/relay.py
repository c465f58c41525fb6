"""The outbox relay: what was committed is told, in order, at least once; consumers make it once."""

# aiokafka says nothing of its types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import asyncio
import random
from collections.abc import Sequence
from contextlib import closing, suppress
from typing import Any

import orjson
import structlog
from aiokafka import AIOKafkaProducer
from eventsourcing.persistence import Notification
from prometheus_client import Counter
from psycopg import Connection

from chassis.keeping.signing import Signer
from chassis.keeping.store import Store
from contracts.topics import dead_letters_topic, events_topic

log = structlog.get_logger()
told = Counter("outbox_events", "Events told", ["service"])

LARGEST_READ = 1_000
LONGEST_WAIT = 0.5  # seconds; a wake-up can be missed, so the log is always polled as well
LARGEST_COPY = 900_000  # bytes; what a broker takes by default, with room for headers
MEDIA_TYPE = b"application/cloudevents+json"
Headers = list[tuple[str, bytes]]


def headers_of(value: bytes, signer: Signer) -> Headers:
    """The headers of an event's record: what it says of itself, its trace (W3C), and the signature over its bytes."""
    event = orjson.loads(value)
    trace = event["correlationid"].replace("-", "")
    span = event["id"].replace("-", "")[:16]
    said = [(f"ce_{name}", event[name].encode()) for name in ("type", "id", "source", "time", "subject")]
    return [
        ("content-type", MEDIA_TYPE),
        *said,
        ("traceparent", f"00-{trace}-{span}-01".encode()),
        ("signature", signer.header(value)),
    ]


class Relay:
    """One at a time for each service, by an advisory lock on the connection that alone moves the position."""

    def __init__(self, *, service: str, store: Store, signer: Signer, bootstrap: str) -> None:
        self._service, self._store, self._signer, self._bootstrap = service, store, signer, bootstrap
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self.alive = False
        self._leaving = False

    def wake(self) -> None:
        """Something was committed. Safe from any thread."""
        with suppress(RuntimeError):  # The loop may have ended meanwhile; the next start polls the log.
            self._loop.call_soon_threadsafe(self._wake.set)

    def said(self) -> dict[str, int]:
        """How many events are committed, and how many of these are told: both as they stood at one moment."""
        return self._store.rows(
            "select coalesce(max(notification_id), 0) events, (select notification from relay_position) told from stored_events"
        )[0]

    async def run(self) -> None:
        """Relays until told to stop. On any failure the producer is closed and the stored position is read again."""
        pause = 0.1
        while not self._leaving:
            try:
                await self._relay()
                pause = 0.1
            except Exception as fault:  # noqa: BLE001  # broker or database: both are waited for
                self.alive = False
                log.warning("relay-starts-again", why=f"{type(fault).__name__}: {fault}")
                await asyncio.sleep(random.uniform(pause / 2, pause))
                pause = min(pause * 2, 5)

    async def stop(self) -> None:
        self._leaving = True
        self._wake.set()

    async def _relay(self) -> None:
        with closing(await asyncio.to_thread(self._store.connect)) as turn:
            while not await asyncio.to_thread(_own, turn):
                self.alive = True  # Another process relays; this one stands by.
                await self._pause()
                if self._leaving:
                    return
            async with AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                client_id=f"{self._service}-relay",
                enable_idempotence=True,
                acks="all",
                linger_ms=2,
                max_request_size=1_048_576,
            ) as producer:
                await self._tell(producer, turn)

    async def _tell(self, producer: AIOKafkaProducer, turn: Connection[Any]) -> None:
        position = await asyncio.to_thread(_position, turn)
        self.alive = True
        while True:
            self._wake.clear()
            news = await asyncio.to_thread(self._read, position)
            if news:
                await self._send(producer, news)
                position = news[-1].id
                # If we stop here, the next start sends these again, which listeners ignore.
                await asyncio.to_thread(_move, turn, position)
                told.labels(self._service).inc(len(news))
            elif not await self._tell_parked(producer, turn):
                if self._leaving:
                    return
                await self._pause()

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), LONGEST_WAIT)

    def _read(self, position: int) -> Sequence[Notification]:
        return self._store.recorder.select_notifications(position, LARGEST_READ, inclusive_of_start=False)

    async def _send(self, producer: AIOKafkaProducer, news: Sequence[Notification]) -> None:
        topic = events_topic(self._service)
        sent: list[asyncio.Future[Any]] = []
        for one in news:
            headers = headers_of(one.state, self._signer)
            key = dict(headers)["ce_subject"]
            sent.append(await producer.send(topic, value=one.state, key=key, headers=headers))
        await asyncio.gather(*sent)

    async def _tell_parked(self, producer: AIOKafkaProducer, turn: Connection[Any]) -> bool:
        """Copies what was parked to the dead-letter topic, with the headers that Kafka's tools know."""
        letters = await asyncio.to_thread(_untold, turn)
        for letter, key, topic, partition, offset, kind, reason, raw in letters:
            headers: Headers = [
                ("kafka_dlt-original-topic", topic.encode()),
                ("kafka_dlt-original-partition", str(partition).encode()),
                ("kafka_dlt-original-offset", str(offset).encode()),
                ("kafka_dlt-exception-fqcn", kind.encode()),
                ("kafka_dlt-exception-message", reason.encode()),
            ]
            await producer.send_and_wait(
                dead_letters_topic(self._service),
                value=raw if raw is None or len(raw) <= LARGEST_COPY else None,  # The letter itself has it all.
                key=key.encode(),
                headers=headers,
            )
            await asyncio.to_thread(turn.execute, "update inbox_parked set told = true where letter = %s", (letter,))
        return bool(letters)


def _own(turn: Connection[Any]) -> bool:
    row = turn.execute("select pg_try_advisory_lock(hashtext('relay'))").fetchone()
    return bool(row and row[0])


def _position(turn: Connection[Any]) -> int:
    row = turn.execute("select notification from relay_position").fetchone()
    return row[0] if row else 0


def _move(turn: Connection[Any], position: int) -> None:
    turn.execute("update relay_position set notification = %s", (position,))


def _untold(turn: Connection[Any]) -> list[tuple[Any, ...]]:
    return turn.execute(
        "select letter, sequence_key, topic, partition, kafka_offset, kind, reason, raw from inbox_parked"
        " where not told and kind <> 'waiting' order by letter limit 100"
    ).fetchall()
