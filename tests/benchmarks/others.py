"""The programs of others, built from their sources: Tessera's fsck, and our few lines around Tessera's POSIX log."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent / "tessera"
FSCK = "github.com/transparency-dev/tessera/cmd/fsck"


def appending(into: Path) -> Path:
    """Appends events to a Tessera log, with or without checking their signatures."""
    return _built(into / "appending", ".")


def fsck(into: Path) -> Path:
    """Tessera's own verifier of a published log, of the version that go.mod names."""
    return _built(into / "fsck", FSCK)


def timed(*words: str | Path) -> float:
    """Seconds from start to end of a program that succeeds."""
    began = os.times().elapsed
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=1_800)
    assert done.returncode == 0, done.stdout + done.stderr
    return os.times().elapsed - began


def _built(program: Path, package: str) -> Path:
    subprocess.run([_go(), "build", "-o", program, package], cwd=HERE, check=True, timeout=600)
    return program


@cache
def _go() -> str:
    """The Go of this machine, else the one that is locked."""
    beside = Path(sys.executable).parent / "go"
    found = shutil.which("go") or (str(beside) if beside.exists() else None)
    assert found, "there is no Go; `make setup` brings one"
    return found
