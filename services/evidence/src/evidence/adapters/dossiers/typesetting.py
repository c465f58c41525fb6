"""The report set in type: the same bytes for the same data, by the same release of typst and the same fonts."""

import json
from importlib.resources import files
from typing import Any

import typst


def typeset(said: dict[str, Any], exhibits: bytes) -> bytes:
    """The PDF, without any date; what is listed in `exhibits` is attached to it."""
    source = files("evidence.adapters.dossiers").joinpath("report.typ").read_bytes()
    inputs = {"said": json.dumps(said, ensure_ascii=False, default=str), "exhibits": exhibits.decode()}
    return typst.compile(source, format="pdf", sys_inputs=inputs)
