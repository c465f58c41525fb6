"""The classes a broker loads, archived once by running one: later brokers start in about half the time."""

import tempfile
from pathlib import Path

from chassis.testing.kafka import ARCHIVE, start_kafka
from chassis.testing.topics import create_topics


def main() -> None:
    ARCHIVE.unlink(missing_ok=True)
    fresh = ARCHIVE.with_suffix(".fresh")
    with tempfile.TemporaryDirectory(prefix="qizheng-archive-") as folder:
        kafka = start_kafka(Path(folder), java_options=[f"-XX:ArchiveClassesAtExit={fresh}", "-Xlog:cds=off"])
        try:
            create_topics(kafka.bootstrap_servers, ["archive.events.v1"], partitions=1)
        finally:
            kafka.stop()
    if fresh.exists():  # A Java without an archive of its own makes none; then brokers start as they did.
        fresh.rename(ARCHIVE)


if __name__ == "__main__":
    main()
