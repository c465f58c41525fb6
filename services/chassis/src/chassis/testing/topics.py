"""The topics of the house on a broker: made once, with the partitions that the order per key rests on."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

Answer = TypeVar("Answer")

# Events are the memory of the house: Kafka never throws them away.
KEPT_FOR_EVER = re.compile(r"\.events\.v\d+$")
TOPIC_ALREADY_EXISTS = 36
READY_WITHIN = 15.0


class WrongPartitions(Exception):
    def __init__(self, topic: str, found: int, wanted: int) -> None:
        super().__init__(
            f"Topic {topic} has {found} partitions, not {wanted}; changing that would break the order per key."
        )


def create_topics(bootstrap_servers: str, names: Iterable[str], partitions: int = 12) -> None:
    """Makes the topics that are missing and returns when each can be written to. Twice is harmless.

    Refuses with `WrongPartitions` a topic that exists with another number of partitions.
    """
    _ask(bootstrap_servers, lambda admin: _create(admin, sorted(set(names)), partitions))


def topics_at(bootstrap_servers: str) -> set[str]:
    """The topics that are there."""
    return set(_ask(bootstrap_servers, lambda admin: admin.list_topics()))


def delete_topics(bootstrap_servers: str, names: Iterable[str]) -> None:
    """Deletes topics and returns when they are gone. One that is not there is passed over."""
    _ask(bootstrap_servers, lambda admin: _delete(admin, set(names)))


def brokers_of(bootstrap_servers: str) -> int:
    """How many brokers a metadata request names; none if nobody answers it."""
    try:
        with _said_by_nobody():
            return _ask(bootstrap_servers, _count_brokers)
    except KafkaError:
        return 0


@contextmanager
def _said_by_nobody() -> Generator[None]:
    """Who waits for a broker expects refusals; the client would log each of them as an error."""
    log = logging.getLogger("aiokafka")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)


async def _count_brokers(admin: AIOKafkaAdminClient) -> int:
    return len((await admin.describe_cluster())["brokers"])


async def _create(admin: AIOKafkaAdminClient, names: list[str], partitions: int) -> None:
    replicas = min(3, await _count_brokers(admin))
    existing = set(await admin.list_topics())
    missing = [_topic(name, partitions, replicas) for name in names if name not in existing]
    if missing:
        answer: Any = await admin.create_topics(missing)
        for name, code, reason in answer.topic_errors:
            if code not in (0, TOPIC_ALREADY_EXISTS):
                raise KafkaError(f"Topic {name} could not be made: {reason} (code {code}).")
    async with asyncio.timeout(READY_WITHIN):
        while not await _are_ready(admin, names, partitions):  # noqa: ASYNC110 - the event is in another process
            await asyncio.sleep(0.05)


async def _delete(admin: AIOKafkaAdminClient, names: set[str]) -> None:
    await admin.delete_topics([*names & set(await admin.list_topics())])
    async with asyncio.timeout(READY_WITHIN):
        while names & set(await admin.list_topics()):  # noqa: ASYNC110 - the event is in another process
            await asyncio.sleep(0.05)


def _topic(name: str, partitions: int, replicas: int) -> NewTopic:
    kept = {"retention.ms": "-1"} if KEPT_FOR_EVER.search(name) else {}
    return NewTopic(name, partitions, replicas, topic_configs=kept)


async def _are_ready(admin: AIOKafkaAdminClient, names: list[str], partitions: int) -> bool:
    for topic in await admin.describe_topics(names):
        found: list[dict[str, int]] = topic["partitions"]
        if any(partition["leader"] < 0 for partition in found) or not found:
            return False
        if len(found) != partitions:
            raise WrongPartitions(topic["topic"], len(found), partitions)
    return True


def _ask(bootstrap_servers: str, question: Callable[[AIOKafkaAdminClient], Awaitable[Answer]]) -> Answer:
    """Asks from a thread with a loop of its own, so that callers may stand inside a running loop or outside of one."""

    async def ask() -> Answer:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=10_000)
        try:
            await admin.start()
            return await question(admin)
        finally:
            await admin.close()

    with ThreadPoolExecutor(1) as aside:
        return aside.submit(asyncio.run, ask()).result()
