"""Canonical JSON, read the quick way: by the library that writes it, where that leaves no doubt."""

from collections.abc import Iterable
from typing import Any, cast

import orjson

EXACTLY = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
"""Sorted names, no white space, no integer of 2^53 or more."""
LEAVES = frozenset([str, int, bool, type(None)])


def certainly(raw: bytes) -> dict[str, Any] | None:
    """The object in `raw` if its bytes are certainly its canonical form; None where that takes a closer look.

    What this says yes to, the exact rules say yes to. That it says None means nothing: it is nested too deeply, say.
    """
    try:
        value: object = orjson.loads(raw)
        if type(value) is not dict or orjson.dumps(value, option=EXACTLY) != raw:
            return None
    except (ValueError, TypeError):  # It is no JSON, or none that orjson writes.
        return None
    said = cast(dict[str, Any], value)
    return said if _are_exact(said.values()) else None


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
