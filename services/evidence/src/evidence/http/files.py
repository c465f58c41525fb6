"""A file that never changes over HTTP: whole, in part, or not at all if the caller has it (RFC 9110, sections 13 and 14)."""

import re
from dataclasses import dataclass
from hashlib import sha256

from fastapi import Request, Response

from chassis.facing.problems import answer_of
from contracts import Refusal

FOR_EVER = "public, max-age=31536000, immutable"
RANGE = re.compile(r"bytes=[ \t]*(\d*)-(\d*)[ \t]*", re.ASCII | re.IGNORECASE)


@dataclass(eq=False)
class NoSuchRange(Refusal):
    """The file ends before the range that was asked for begins."""

    length: int
    status = 416


def unchanging(request: Request, data: bytes, media: str) -> Response:
    """The answer to a GET or HEAD for a file of these bytes. Of several ranges at once the whole file is the answer."""
    etag = f'"{sha256(data).hexdigest()}"'
    headers = {"cache-control": FOR_EVER, "etag": etag, "accept-ranges": "bytes"}
    if _has(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    try:
        part = _part(request, etag, len(data))
    except NoSuchRange as no:
        answer = answer_of(no)
        answer.headers["content-range"] = f"bytes */{len(data)}"
        return answer
    if request.method == "HEAD":
        return Response(headers={**headers, "content-length": str(len(data))}, media_type=media)
    if part is None:
        return Response(data, headers=headers, media_type=media)
    headers["content-range"] = f"bytes {part.start}-{part.stop - 1}/{len(data)}"
    return Response(data[part.start : part.stop], 206, headers, media_type=media)


def _has(known: str, etag: str) -> bool:
    """Whether a caller has the file; here a weak tag is as good as a strong one."""
    tags = [tag.strip().removeprefix("W/") for tag in known.split(",")]
    return etag in tags or tags == ["*"]


def _part(request: Request, etag: str, length: int) -> range | None:
    """The part that is asked for; None for all of it, which also answers a range that makes no sense."""
    asked = RANGE.fullmatch(request.headers.get("range", ""))
    if request.method != "GET" or asked is None or asked.groups() == ("", ""):
        return None
    if request.headers.get("if-range", etag) != etag:
        return None  # Whoever has a part of another file gets this one from its beginning.
    first, last = asked.groups()
    if not first:  # The last so many bytes.
        begin, end = max(0, length - int(last)) if int(last) else length, length
    else:
        begin, end = int(first), min(int(last) + 1, length) if last else length
        if last and int(last) < begin:
            return None
    if begin >= length:
        raise NoSuchRange(length)
    return range(begin, end)
