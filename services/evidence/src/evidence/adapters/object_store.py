"""A store of cold segments: a folder, or a bucket of S3 that locks what it is given (S3 Object Lock, compliance mode)."""

import re
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from evidence.domain.archiving import over

if TYPE_CHECKING:
    from obstore.store import ClientConfig

LOCK_MODE, LOCK_UNTIL = "x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date"
ANSWER = re.compile(r"<Code>(.*?)</Code>\s*<Message>(.*?)</Message>", re.DOTALL)
TRIES = 4
PATIENCE = timedelta(seconds=60)
ASKED_WITHIN = 20  # seconds that a store gets to say how long it keeps an object


class ObjectStore:
    """Objects under one URL. `writing` differs from `reading` in the headers that ask for a lock."""

    def __init__(self, location: str, reading: Any, writing: Any, retained_until: date | None, zone: tzinfo) -> None:
        self.location, self.retained_until = location, retained_until
        self._reading, self._writing, self._zone = reading, writing, zone

    def put(self, path: str, data: bytes) -> None:
        with _said(f"{self.location}/{path}"):
            # In one request: a lock asked for in several parts is not signed with the last (arrow-rs-object-store#708).
            obstore.put(self._writing, path, data, use_multipart=False)

    def read(self, path: str) -> bytes | None:
        with _said(f"{self.location}/{path}"):
            try:
                return obstore.get(self._reading, path).bytes().to_bytes()
            except FileNotFoundError:
                return None

    def segments(self) -> list[int]:
        with _said(self.location):
            names = [each["path"] for page in self._reading.list("segments") for each in page]
        return sorted({int(number) for name in names if (number := name.split("/")[1]).isdecimal()})

    def is_retained(self, path: str, until: date) -> bool:
        """By what the store answers to a HEAD: obstore itself does not bring these headers back."""
        if not isinstance(self._reading, S3Store):
            return False
        with _said(f"{self.location}/{path}"):
            asked = obstore.sign(self._reading, "HEAD", path, PATIENCE)
            request = urllib.request.Request(asked, method="HEAD")
            with urllib.request.urlopen(request, timeout=ASKED_WITHIN) as answer:
                mode, kept = answer.headers.get(LOCK_MODE), answer.headers.get(LOCK_UNTIL)
        return mode == "COMPLIANCE" and kept is not None and datetime.fromisoformat(kept) >= over(until, self._zone)


@contextmanager
def _said(where: str) -> Generator[None]:
    """Lets what does not work there be one sentence."""
    try:
        yield
    except (BaseError, OSError, ValueError) as fault:
        raise OSError(f"{where}: {_sentence(fault)}") from fault


def _sentence(fault: Exception) -> str:
    """What a store answers, where it does; else what a fault says, without what it adds about the library."""
    if answered := ANSWER.search(str(fault)):
        return f"{answered[1]}: {answered[2]}"
    return " ".join(str(fault).partition("\n\n")[0].split())


def object_store(
    where: str, endpoint: str | None, until: date | None, zone: tzinfo, *, make: bool = False
) -> ObjectStore:
    """The store in a folder (a path, or `file://…`) or a bucket (`s3://bucket/prefix`).

    A bucket is asked to keep what is put there to the end of the day `until`. Its keys, region and endpoint come from the
    AWS_* variables, as everywhere; `endpoint` stands before theirs. A folder can be asked, but keeps nobody from deleting;
    one that is not there is made if `make` says so.
    """
    parts = urlsplit(where)
    with _said(where):
        if parts.scheme == "s3":
            bucket, prefix = parts.netloc, parts.path.strip("/")
            lock = _lock(until, zone) if until else {}
            reading, writing = (_bucket(bucket, prefix, endpoint, headers) for headers in ({}, lock))
            return ObjectStore(f"s3://{bucket}/{prefix}".rstrip("/"), reading, writing, until, zone)
        if parts.scheme not in {"", "file"}:
            raise ValueError("a store is a folder or s3://bucket/prefix")
        folder = Path(unquote(parts.path) if parts.scheme else where).absolute()
        kept = LocalStore(folder, mkdir=make)
        return ObjectStore(folder.as_uri(), kept, kept, None, zone)


def _bucket(bucket: str, prefix: str, endpoint: str | None, headers: Mapping[str, str]) -> S3Store:
    options: ClientConfig = {"default_headers": dict(headers)}
    if endpoint and endpoint.startswith("http://"):
        options["allow_http"] = True
    where: dict[str, Any] = {"endpoint": endpoint} if endpoint else {}
    return S3Store(
        bucket,
        prefix=prefix or None,
        client_options=options,
        checksum_algorithm="SHA256",  # Without a checksum no store takes an object with a lock.
        retry_config={"max_retries": TRIES, "retry_timeout": PATIENCE},
        **where,
    )


def _lock(until: date, zone: tzinfo) -> dict[str, str]:
    moment = over(until, zone).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {LOCK_MODE: "COMPLIANCE", LOCK_UNTIL: moment, "x-amz-sdk-checksum-algorithm": "SHA256"}
