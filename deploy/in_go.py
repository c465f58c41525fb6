"""Programs that others wrote in Go, by which ours are checked: built on first use, and kept under build/."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

BUILD = Path(__file__).parents[1] / "build"
OLDEST_GO = (1, 25)
BUILT_WITHIN = 600  # seconds; fsck is one minute of two cores, and what has to be fetched


class NotBuilt(Exception):
    """The program is not here, and could not be built; the sentence says why."""


def built(package: str, version: str) -> Path:
    """The program of a Go package in the version of its module. Raises NotBuilt."""
    name = package.rpartition("/")[2]
    program = BUILD / name / version / name
    if not program.exists():
        program.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=program.parent) as aside:
            _build(f"{package}@{version}", Path(aside))
            (Path(aside) / name).replace(program)  # Whole or not at all, whoever else builds it meanwhile.
    return program


def _build(package: str, into: Path) -> None:
    surroundings = {**os.environ, "GOBIN": str(into), "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    try:
        subprocess.run(
            [go(), "install", package],
            env=surroundings,
            capture_output=True,
            text=True,
            timeout=BUILT_WITHIN,
            check=True,
        )
    except subprocess.CalledProcessError as fault:
        why = " ".join(line for line in fault.stderr.splitlines() if not line.startswith("go: downloading"))
        raise NotBuilt(f"{package} cannot be built; can the Go module proxy be reached? {why}") from fault
    except subprocess.TimeoutExpired as fault:
        raise NotBuilt(f"{package} was not built within {BUILT_WITHIN} s") from fault


def go() -> str:
    """The Go of this machine if it is new enough, else the one of the wheel."""
    for found in (shutil.which("go"), Path(sys.executable).parent / "go"):
        if found and Path(found).exists():
            said = subprocess.run([found, "version"], capture_output=True, text=True, check=True).stdout
            version = re.search(r"go(\d+)\.(\d+)", said)
            if version and (int(version[1]), int(version[2])) >= OLDEST_GO:
                return str(found)
    raise NotBuilt(f"no Go of at least {OLDEST_GO[0]}.{OLDEST_GO[1]} is here; `make setup` brings one")
