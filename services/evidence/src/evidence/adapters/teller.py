"""A topic of somebody's own, to which the ledger's records are published once more."""

# aiokafka says nothing of its types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import asyncio
from collections.abc import Iterable
from itertools import islice
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError, KafkaError, for_code

from contracts.topics import PARTITIONS
from evidence.domain.republishing import Again

AT_ONCE = 1_000  # records that are on their way together
COPIES = 3  # of each record, where there are so many brokers
ALREADY_THERE = 36  # Kafka's error code


class Teller:
    """Records with the same key stay in order: the producer is idempotent, and the key chooses the partition."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap

    def tell(self, topic: str, records: Iterable[Again]) -> int:
        try:
            return asyncio.run(self._tell(topic, records))
        except KafkaConnectionError as fault:
            raise ConnectionError(f"Kafka at {self._bootstrap} does not answer: {fault}") from fault
        except KafkaError as fault:
            raise ValueError(f"Kafka at {self._bootstrap} does not take it on {topic}: {fault}") from fault

    async def _tell(self, topic: str, records: Iterable[Again]) -> int:
        await self._make(topic)
        producer = AIOKafkaProducer(bootstrap_servers=self._bootstrap, enable_idempotence=True, acks="all", linger_ms=2)
        await producer.start()
        try:
            told, remaining = 0, iter(records)
            while chunk := list(islice(remaining, AT_ONCE)):
                sent: list[asyncio.Future[Any]] = [
                    await producer.send(topic, value=one.body, key=one.key, headers=list(one.headers)) for one in chunk
                ]
                await asyncio.gather(*sent)
                told += len(sent)
            return told
        finally:
            await producer.stop()

    async def _make(self, topic: str) -> None:
        """Makes the topic with as many partitions as the services' have; one that is there stays as it is."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        await admin.start()
        try:
            brokers: Any = (await admin.describe_cluster())["brokers"]
            answer: Any = await admin.create_topics([NewTopic(topic, PARTITIONS, min(COPIES, len(brokers)))])
            for _, code, *_ in answer.topic_errors:
                if code not in (0, ALREADY_THERE):
                    raise for_code(code)()
        finally:
            await admin.close()
