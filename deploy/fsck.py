"""Tessera's fsck, which checks a tlog-tiles ledger without a line of ours: built on first use, and kept under build/."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

VERSION = "v1.0.4"
MODULE = f"github.com/transparency-dev/tessera/cmd/fsck@{VERSION}"
OLDEST_GO = (1, 24)
BUILT = Path(__file__).parents[1] / "build" / "fsck" / VERSION / "fsck"
BUILT_WITHIN = 600  # seconds; it is one minute of two cores, and what has to be fetched
WORKERS = 64


class NoFsck(Exception):
    """There is no fsck here, and none could be built; the sentence says why."""


class Hung(Exception):
    """It said nothing within its time, which is no answer."""


def fsck() -> Path:
    """The program. Raises NoFsck."""
    if not BUILT.exists():
        BUILT.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=BUILT.parent) as aside:
            _build(Path(aside))
            (Path(aside) / "fsck").replace(BUILT)  # Whole or not at all, whoever else builds it meanwhile.
    return BUILT


def complaint(where: str | Path, vkey: Path, within: float = 60) -> str | None:
    """What fsck finds wrong with the ledger in a folder or at an http address; None if it has checked all and found
    nothing. Its exit code does not say: it is 0 either way. Raises NoFsck or Hung."""
    url = where.absolute().as_uri() if isinstance(where, Path) else where
    asked = [fsck(), "--storage_url", url, "--public_key", vkey, "-N", str(WORKERS), "--ui=false", "-v", "1"]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, timeout=within, check=False)
    except subprocess.TimeoutExpired as fault:
        raise Hung(f"fsck did not end within {within:.0f} s") from fault
    wrong = [line for line in said.stderr.splitlines() if re.match(r"[EF]\d{4} ", line)]
    if wrong or said.returncode or "Successfully fsck'd" not in said.stderr:
        return "\n".join(wrong) or said.stderr or f"it ended with {said.returncode}"
    return None


def _build(into: Path) -> None:
    surroundings = {**os.environ, "GOBIN": str(into), "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    try:
        subprocess.run(
            [go(), "install", MODULE],
            env=surroundings,
            capture_output=True,
            text=True,
            timeout=BUILT_WITHIN,
            check=True,
        )
    except subprocess.CalledProcessError as fault:
        why = " ".join(line for line in fault.stderr.splitlines() if not line.startswith("go: downloading"))
        raise NoFsck(f"{MODULE} cannot be built; can the Go module proxy be reached? {why}") from fault
    except subprocess.TimeoutExpired as fault:
        raise NoFsck(f"{MODULE} was not built within {BUILT_WITHIN} s") from fault


def go() -> str:
    """The Go of this machine if it is new enough, else the one of the wheel."""
    for found in (shutil.which("go"), Path(sys.executable).parent / "go"):
        if found and Path(found).exists():
            said = subprocess.run([found, "version"], capture_output=True, text=True, check=True).stdout
            version = re.search(r"go(\d+)\.(\d+)", said)
            if version and (int(version[1]), int(version[2])) >= OLDEST_GO:
                return str(found)
    raise NoFsck(f"no Go of at least {OLDEST_GO[0]}.{OLDEST_GO[1]} is here; `make setup` brings one")
