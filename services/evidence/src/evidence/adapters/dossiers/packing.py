"""One ZIP, the same bytes for the same files: in the order in which they come, without times, nothing compressed."""

import zipfile
from hashlib import sha256
from types import TracebackType
from typing import IO, Self

from evidence.adapters.guomi import sm3
from evidence.domain.excerpt import Json

ALWAYS = (1980, 1, 1, 0, 0, 0)


class Pack:
    """A ZIP that is being written, and the hashes of what is in it so far."""

    def __init__(self, into: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(into, "w", zipfile.ZIP_STORED)
        self.files: list[Json] = []

    def add(self, name: str, data: bytes) -> None:
        entry = zipfile.ZipInfo(name, ALWAYS)
        entry.create_system, entry.external_attr = 3, 0o644 << 16
        self._zip.writestr(entry, data)
        self.files.append({"name": name, "length": len(data), "sha256": sha256(data).hexdigest(), "sm3": sm3(data)})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()
