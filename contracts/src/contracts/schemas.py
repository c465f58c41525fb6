"""The schema of each event version, and what may change between two of them.

Readers are open (they ignore what they do not know), writers are closed: so a field may only be added, with a default.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from contracts.envelope import DECIMAL, Fact

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = Mapping[str, Any]


class AsSaid(GenerateJsonSchema):
    """A decimal is a string on the wire, though `Decimal` would take a number too."""

    def decimal_schema(self, schema: Any) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{DECIMAL}$"}


def schema_of(fact: type[Fact]) -> dict[str, Any]:
    """The JSON Schema 2020-12 of a fact's data, with its wire name as `$id`."""
    said = fact.model_json_schema(mode="validation", schema_generator=AsSaid)
    return {"$schema": DIALECT, "$id": f"urn:qizheng:schema:{fact.TYPE}", **said}


def bare(schema: Schema) -> dict[str, Any]:
    """The schema as its readers lean on it: `$ref`s followed, and without the words that only people read."""
    return _resolved(schema, schema)


def incompatibilities(old: Schema, new: Schema) -> list[str]:
    """Why a reader of `new` cannot read what was written under `old`, or the other way round; empty if it can."""
    return [*_fields(bare(old), bare(new), "data")]


def _resolved(schema: Any, root: Schema) -> Any:
    if isinstance(schema, dict):
        if reference := schema.get("$ref"):  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            return _resolved(root["$defs"][str(reference).rsplit("/", 1)[1]], root)  # pyright: ignore[reportUnknownArgumentType]
        silent = {"title", "description", "$schema", "$id", "$defs"}
        named = {"properties"}
        return {
            key: {name: _resolved(part, root) for name, part in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
            if key in named
            else _resolved(value, root)
            for key, value in schema.items()  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
            if key not in silent
        }
    if isinstance(schema, list):
        return [_resolved(part, root) for part in schema]  # pyright: ignore[reportUnknownVariableType]
    return schema


def _fields(old: Any, new: Any, where: str) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    for name in sorted(set(before) - set(after)):
        yield f"{where}.{name} was removed"
    needed = set(new.get("required", ()))
    for name in sorted(set(after) - set(before)):
        if name in needed:
            yield f"{where}.{name} is new and has no default"
    for name in sorted(set(before) & set(after)):
        if name in needed and name not in old.get("required", ()):
            yield f"{where}.{name} had a default and has none"
        yield from _same(before[name], after[name], f"{where}.{name}")


def _same(old: Any, new: Any, where: str) -> Iterator[str]:
    if "properties" in old and "properties" in new:
        yield from _fields(old, new, where)
    elif "enum" in old and "enum" in new:
        for value in sorted(set(old["enum"]) ^ set(new["enum"])):
            yield f"{where} {'lost' if value in old['enum'] else 'gained'} the value {value!r}, and no reader has `unknown`"
    elif _without_default(old) != _without_default(new):
        yield f"{where} was retyped"


def _without_default(schema: Any) -> Any:
    return {key: value for key, value in schema.items() if key != "default"}
