"""What was ever published: a line for each shape of each event version, added to and never rewritten (decision 0020)."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from contracts.envelope import Fact
from contracts.schemas import Schema, bare, incompatibilities, schema_of

Shape = tuple[str, Schema]  # the wire name of an event version, and its schema as readers lean on it


def published(record: Path) -> list[Shape]:
    """Every shape in the record, oldest first."""
    lines = map(json.loads, record.read_text(encoding="utf-8").splitlines())
    return [(line["type"], line["schema"]) for line in lines]


def line_of(shape: Shape) -> str:
    """The line that a shape is recorded by."""
    name, schema = shape
    return json.dumps({"type": name, "schema": schema}, ensure_ascii=False, sort_keys=True) + "\n"


def breaches(recorded: Iterable[Shape], known: Mapping[str, type[Fact]]) -> Iterator[str]:
    """A sentence for each event version that no longer keeps what was published of it, at any time."""
    broken: dict[str, dict[str, None]] = {}
    for name, schema in recorded:
        whys = incompatibilities(schema, schema_of(known[name])) if name in known else ["it is gone"]
        if whys:
            broken.setdefault(name, {}).update(dict.fromkeys(whys))
    for name, whys in broken.items():
        yield f"{name} was published and is broken: {'; '.join(whys)}."


def unrecorded(recorded: Iterable[Shape], known: Mapping[str, type[Fact]]) -> Iterator[Shape]:
    """The shapes of today that the record does not end with."""
    newest = dict(recorded)
    for name in sorted(known):
        if newest.get(name) != (shape := bare(schema_of(known[name]))):
            yield name, shape
