"""Which code runs: a hash over its sources, so that a record of a day can say what was at work on it."""

from hashlib import sha256
from importlib.resources import files
from pathlib import Path


def build_of(package: str) -> str:
    """SHA-256 over the installed sources of a service and of what it stands on: each file's path, length and bytes."""
    digest = sha256()
    for root in (Path(str(files(part))) for part in ("contracts", "chassis", package)):
        for path in sorted(path for path in root.rglob("*") if path.suffix in {".py", ".sql"}):
            digest.update(f"{path.relative_to(root.parent)} {path.stat().st_size}\n".encode() + path.read_bytes())
    return digest.hexdigest()
