"""Stops what `up` has started; what was written stays. Twice is harmless."""

import os
import sys
from pathlib import Path

from house import ROOT, House

from chassis.testing.processes import ServerError

if __name__ == "__main__":
    try:
        House(Path(os.environ.get("QIZHENG_VAR", ROOT / "var"))).stop()
    except ServerError as fault:
        sys.exit(f"down: {fault}")
