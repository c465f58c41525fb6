"""The local broker: it starts, answers, survives a kill with what it holds, and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from chassis.testing.fixtures import passing_folder
from chassis.testing.kafka import Kafka, running_kafka, start_kafka
from chassis.testing.processes import PortTaken
from chassis.testing.topics import WrongPartitions, create_topics

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(90)]

WRAPPERS = Path(__file__).resolve().parents[4] / "deploy" / "kafka" / "bin"
MORNING = "mornings.events.v1"


@pytest.fixture(scope="module")
def broker() -> Iterator[Kafka]:
    with passing_folder("qizheng-kafka-") as folder:
        kafka = start_kafka(folder)
        try:
            create_topics(kafka.bootstrap_servers, [MORNING])
            yield kafka
        finally:
            kafka.stop()


async def say(broker: Kafka, topic: str, word: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap_servers, enable_idempotence=True) as producer:
        await producer.send_and_wait(topic, word, partition=0)


async def said(broker: Kafka, topic: str) -> list[bytes]:
    async with reader(broker) as consumer:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        end = (await consumer.end_offsets([partition]))[partition]
        return [(await consumer.getone()).value or b"" for _ in range(end)]


@asynccontextmanager
async def reader(broker: Kafka) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap_servers)
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes() != b""


async def test_what_was_written_before_a_kill_is_there_after_the_restart(broker: Kafka):
    await say(broker, MORNING, b"good")
    broker.kill()
    broker.start()
    await say(broker, MORNING, b"morning")
    assert await said(broker, MORNING) == [b"good", b"morning"]


async def test_a_broker_that_was_stopped_in_order_keeps_its_port_and_its_records(broker: Kafka):
    before, pid = await said(broker, MORNING), broker.pid
    port = broker.port
    broker.restart()
    assert (broker.port, await said(broker, MORNING)) == (port, before)
    assert not is_there(pid)


def test_starting_a_folder_twice_finds_the_broker_that_runs(broker: Kafka):
    again = start_kafka(broker.folder)
    assert (again.pid, again.bootstrap_servers) == (broker.pid, broker.bootstrap_servers)


def test_topics_are_made_once_and_events_are_kept_for_ever(broker: Kafka):
    create_topics(broker.bootstrap_servers, [MORNING, "evenings.events.v1", "evenings.dead-letters.v1"])
    create_topics(broker.bootstrap_servers, [MORNING, "evenings.events.v1", "evenings.dead-letters.v1"])
    shown = wrapper("kafka-topics", broker, "--describe", "--topic", "evenings.events.v1")
    assert "PartitionCount: 12" in shown
    assert "retention.ms=-1" in shown
    assert "retention.ms" not in wrapper("kafka-topics", broker, "--describe", "--topic", "evenings.dead-letters.v1")


def test_a_topic_with_another_number_of_partitions_is_refused(broker: Kafka):
    create_topics(broker.bootstrap_servers, ["narrow.events.v1"], partitions=3)
    with pytest.raises(WrongPartitions, match=r"narrow.events.v1 has 3 partitions, not 12"):
        create_topics(broker.bootstrap_servers, ["narrow.events.v1"])


async def test_the_tools_people_know_work_under_their_names(broker: Kafka):
    create_topics(broker.bootstrap_servers, ["tools.events.v1"])
    await say(broker, "tools.events.v1", b"seen")
    from_the_start = ["--from-beginning", "--max-messages", "1", "--timeout-ms", "20000", "--group", "lookers"]
    assert wrapper("kafka-console-consumer", broker, "--topic", "tools.events.v1", *from_the_start) == "seen\n"
    assert "lookers" in wrapper("kafka-consumer-groups", broker, "--list")


def test_a_taken_port_is_named(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"port {port} on 127.0.0.1 is taken"):
            start_kafka(tmp_path, port)


def test_a_broker_ends_with_the_process_that_started_it_even_if_that_was_killed():
    with passing_folder("qizheng-kafka-") as folder:
        pid = broker_of_a_killed_process(folder, detached=False)
        until = time.monotonic() + 20
        while is_there(pid) and time.monotonic() < until:
            time.sleep(0.05)
        assert not is_there(pid)


def test_a_detached_broker_outlives_its_starter_and_is_stopped_by_its_folder():
    with passing_folder("qizheng-kafka-") as folder:
        pid = broker_of_a_killed_process(folder, detached=True)
        found = running_kafka(folder)
        assert found is not None
        assert (found.pid, is_there(pid)) == (pid, True)
        found.stop()
        assert not is_there(pid)
        assert running_kafka(folder) is None


def broker_of_a_killed_process(folder: Path, *, detached: bool) -> int:
    program = f"""
import sys, time, pathlib
from chassis.testing.kafka import start_kafka
print(start_kafka(pathlib.Path({str(folder)!r}), detached={detached}).pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        assert is_there(pid)
        starter.send_signal(signal.SIGKILL)
    return pid


def wrapper(tool: str, broker: Kafka, *arguments: str) -> str:
    environment = {**os.environ, "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers}
    done = subprocess.run([WRAPPERS / tool, *arguments], env=environment, capture_output=True, text=True, check=True)
    return done.stdout
