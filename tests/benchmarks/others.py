"""The other side of a comparison: our few lines of Go around Tessera's POSIX log, and how long a program takes."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from in_go import go

HERE = Path(__file__).parent / "tessera"


def appending(into: Path) -> Path:
    """Builds what appends events to a Tessera log, with or without checking their signatures."""
    program = into / "appending"
    subprocess.run([go(), "build", "-o", program, "."], cwd=HERE, check=True, timeout=600)
    return program


def seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def run(*words: str | Path, status: int = 0) -> None:
    """Runs a program that ends as it should."""
    done = subprocess.run(words, capture_output=True, text=True, timeout=1_800, env=os.environ)
    assert done.returncode == status, done.stdout + done.stderr
