"""Tessera's fsck, which checks a tlog-tiles ledger without a line of ours."""

import re
import subprocess
from pathlib import Path

from in_go import built

FSCK = "github.com/transparency-dev/tessera/cmd/fsck", "v1.0.4"
WORKERS = 64


class Hung(Exception):
    """It said nothing within its time, which is no answer."""


def complaint(where: str | Path, vkey: Path, within: float = 60) -> str | None:
    """What fsck finds wrong with the ledger in a folder or at an http address; None if it has checked all and found
    nothing. Its exit code does not say: it is 0 either way. Raises NotBuilt or Hung."""
    url = where.absolute().as_uri() if isinstance(where, Path) else where
    asked = [built(*FSCK), "--storage_url", url, "--public_key", vkey, "-N", str(WORKERS), "--ui=false", "-v", "1"]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, timeout=within, check=False)
    except subprocess.TimeoutExpired as fault:
        raise Hung(f"fsck did not end within {within:.0f} s") from fault
    wrong = [line for line in said.stderr.splitlines() if re.match(r"[EF]\d{4} ", line)]
    if wrong or said.returncode or "Successfully fsck'd" not in said.stderr:
        return "\n".join(wrong) or said.stderr or f"it ended with {said.returncode}"
    return None
