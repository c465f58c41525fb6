"""The log: each line is one JSON object on standard output, and none of them can end whoever wrote it."""

import json
import subprocess
import sys
from pathlib import Path

WRITES = """
import logging, structlog
from chassis.facing.logging import configure_logging

configure_logging("people", "INFO")
structlog.get_logger().debug("too-fine")
structlog.get_logger().info("hired", employee="E1")
logging.getLogger("aiokafka").info("of no interest")
logging.getLogger("aiokafka").warning("broker %s is away", 3)
open("alive", "w").close()
"""


def test_lines_of_ours_and_of_libraries_are_json_with_their_instant_service_and_level(tmp_path: Path):
    ran = subprocess.run([sys.executable, "-c", WRITES], capture_output=True, text=True, cwd=tmp_path, check=True)

    ours, theirs = (json.loads(line) for line in ran.stdout.splitlines())

    assert ours.items() >= {"service": "people", "level": "info", "event": "hired", "employee": "E1"}.items()
    assert (theirs["event"], theirs["level"], theirs["service"]) == ("broker 3 is away", "warning", "people")
    assert ours["timestamp"].endswith("Z")


def test_a_log_that_cannot_be_written_ends_nobody(tmp_path: Path):
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run([sys.executable, "-c", WRITES], stdout=full, stderr=full, cwd=tmp_path)

    assert (tmp_path / "alive").exists(), ran
