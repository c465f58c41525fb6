"""Canonical JSON, read and written the quick way, where that leaves no doubt."""

from collections.abc import Iterable
from typing import Any, cast

import orjson

EXACTLY = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
"""Sorted names, no white space, no integer of 2^53 or more."""
LEAVES = frozenset([str, int, bool, type(None)])


def written(value: object) -> bytes | None:
    """The canonical form of a plain value; None where it is too deep, or holds what only exact rules can tell."""
    try:
        return orjson.dumps(value, option=EXACTLY)
    except TypeError:
        return None


def as_written(raw: bytes) -> dict[str, Any] | None:
    """The object in `raw` if it would be written again in just these bytes; there may be floats in it."""
    try:
        value: object = orjson.loads(raw)
        written = orjson.dumps(value, option=EXACTLY)
    except (ValueError, TypeError):  # It is no JSON, or none that orjson writes.
        return None
    return cast(dict[str, Any], value) if written == raw and type(value) is dict else None


def certainly(raw: bytes) -> dict[str, Any] | None:
    """The object in `raw` if its bytes are certainly its canonical form; None where that takes a closer look.

    What this says yes to, the exact rules say yes to. That it says None means nothing: it is nested too deeply, say.
    """
    said = as_written(raw)
    return said if said is not None and _are_exact(said.values()) else None


def _are_exact(values: Iterable[object]) -> bool:
    """Whether there is no float among these, however deep; as many levels as orjson writes at most."""
    if LEAVES.issuperset(map(type, values)):
        return True
    for value in values:
        kind = type(value)
        if kind is dict:
            if not _are_exact(cast(dict[str, object], value).values()):
                return False
        elif kind is list:
            if not _are_exact(cast(list[object], value)):
                return False
        elif kind not in LEAVES:
            return False
    return True
