"""The topics by themselves: every record that is on them, and the rules that it can be held to."""

from collections.abc import Iterator
from typing import Any

from outsider.events import MUST, SUFFIX, WHOLE_EVENT, Breach, Message, signature_flag, strictly, wrongs


async def messages_of(servers: str) -> list[Message]:
    """Every committed record of every topic of events, up to the ends as they are now."""
    from aiokafka import AIOKafkaConsumer, TopicPartition
    from aiokafka.admin import AIOKafkaAdminClient

    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        topics = [topic for topic in sorted(await admin.list_topics()) if topic.endswith(SUFFIX)]
        described = await admin.describe_topics(topics) if topics else []
    finally:
        await admin.close()
    parts = [TopicPartition(each["topic"], part["partition"]) for each in described for part in each["partitions"]]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=servers,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        if not parts:
            raise OSError(f"no topic *{SUFFIX} at {servers}")
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        await consumer.seek_to_beginning(*parts)
        found: list[Message] = []
        patience = 20
        while patience and any([await consumer.position(part) < end for part, end in ends.items()]):
            batch = await consumer.getmany(timeout_ms=500, max_records=5_000)
            patience = 20 if batch else patience - 1
            for part, records in batch.items():
                found += [
                    Message(part.topic, part.partition, r.offset, r.key, r.value or b"", tuple(r.headers))
                    for r in records
                ]
        if not patience:
            raise OSError("the topics stopped before their ends")
        return found
    finally:
        await consumer.stop()


def look_at_topics(messages: list[Message], keys: dict[str, bytes]) -> Iterator[Breach]:
    """Every rule that a record on a topic can be held to; `keys` are those that the ledger says were registered."""
    first: dict[str, bytes] = {}
    versions: dict[str, set[int]] = {}
    for message in sorted(messages, key=lambda m: m.place):
        try:
            event = strictly(message.value)
        except ValueError as fault:
            yield Breach("a record is a canonical CloudEvent", f"{message.place}: {fault}")
            continue
        for rule in one_message(message, event, keys):
            yield Breach(rule, str(message.place))
        if event.keys() >= MUST:
            if first.setdefault(event["id"], message.value) != message.value:
                yield Breach("one id has one content", str(message.place))
            versions.setdefault(event["streamid"], set()).add(event["streamversion"])
    for stream, held in versions.items():
        if held != set(range(1, len(held) + 1)):
            yield Breach("a stream has no gap", f"{stream}: {sorted(held)[-1]} in {len(held)}")


def one_message(message: Message, event: dict[str, Any], keys: dict[str, bytes]) -> Iterator[str]:
    service = message.topic.removesuffix(SUFFIX)
    faults = wrongs(event, service)
    yield from (f"an event is of its form: {fault}" for fault in faults)
    if not event.keys() >= MUST:
        return
    if len(message.value) > WHOLE_EVENT:
        yield "an event has at most 60,000 bytes"
    if message.key is None or message.key != str(event["subject"]).encode():
        yield "the key is the subject"
    headers = dict(message.headers)
    if (headers.get("content-type") or b"").split(b";")[0] != b"application/cloudevents+json":
        yield "a record says that it is a CloudEvent"
    for name in ("type", "id", "source", "time", "subject"):
        if headers.get(f"ce_{name}") != str(event[name]).encode():
            yield f"header ce_{name} repeats the event"
    if "traceparent" not in headers:
        yield "a record has a traceparent"
    if flag := signature_flag(headers.get("signature"), message.value, service, keys):
        yield f"a record's signature holds: {flag}"
