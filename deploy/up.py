"""Starts Kafka, PostgreSQL and all services, and says what runs where. Twice is harmless."""

import os
import sys
from pathlib import Path

from house import ROOT, House

from chassis.testing.processes import ServerError

if __name__ == "__main__":
    try:
        House(Path(os.environ.get("QIZHENG_VAR", ROOT / "var")), detached=True, say=print).start()
    except ServerError as fault:
        sys.exit(f"up: {fault}")
