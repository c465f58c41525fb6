"""What is generated from the contracts: schemas, examples, AsyncAPI 3 and OpenAPI for each service, the catalogue."""

import importlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from contract_examples import EXAMPLES, example_of
from fastapi.routing import APIRoute

from chassis.facing.asking import caller
from chassis.facing.service import Service
from chassis.keeping.inbox import Hearing
from contracts.envelope import Fact
from contracts.schemas import schema_of
from contracts.topics import KNOWN, PARTITIONS, PUBLISHED, dead_letters_topic, events_topic

BEARER = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "A token as of RFC 9068, signed with Ed25519 by the issuer whose JWKS the service trusts.",
}
HEADERS = ("content-type", "ce_type", "ce_id", "ce_source", "ce_time", "ce_subject", "traceparent", "signature")
ENVELOPE = {
    "type": "object",
    "required": [
        *("specversion", "id", "source", "type", "subject", "time", "streamid", "streamversion"),
        *("correlationid", "actor", "data"),
    ],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "format": "uuid", "description": "uuid5(streamid, streamversion)"},
        "source": {"type": "string"},
        "subject": {"type": "string", "description": "the employee's id, or the stream's; it is the record's key"},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
        "dataschema": {"type": "string"},
        "streamid": {"type": "string", "format": "uuid"},
        "streamversion": {"type": "integer", "minimum": 1},
        "correlationid": {"type": "string", "format": "uuid"},
        "causationid": {"type": "string", "format": "uuid"},
        "actor": {"type": "string", "pattern": "^(user|service):.+"},
    },
}


def golden(contracts: Path) -> Iterator[tuple[Path, str]]:
    """Every golden file and what it should hold. An example that exists is never written again."""
    for name, fact in sorted(KNOWN.items()):
        yield contracts / "schemas" / f"{name}.json", _pretty(schema_of(fact))
        example = contracts / "examples" / f"{name}.json"
        yield example, example.read_text() if example.exists() else example_of(EXAMPLES[name]).decode()
    services = {name: service_of(name) for name in PUBLISHED}
    heard = {name: _heard(service) for name, service in services.items()}
    for name, service in services.items():
        yield contracts / "asyncapi" / f"{name}.json", _pretty(async_api(name, heard[name]))
        yield contracts / "openapi" / f"{name}.json", _pretty(open_api(service))
    yield contracts / "catalogue.md", catalogue(heard)


def service_of(name: str) -> Service[Any]:
    """A service as its `main` puts it together, not started."""
    module = importlib.import_module(f"{name.replace('-', '_')}.main")
    made: Callable[[], Service[Any]] = module.service
    return made()


def _heard(service: Service[Any]) -> tuple[type[Fact], ...]:
    if service.house.name == "evidence":
        return tuple(KNOWN[name] for name in sorted(KNOWN))
    return Hearing(service.house, service.duties.consumes).facts


def _pretty(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def open_api(service: Service[Any]) -> dict[str, Any]:
    """The OpenAPI document of a service. A request needs a bearer token; where a route does not ask every caller who
    it is, as for the files of a ledger that may be public, a token may be left out."""
    document = service.app().openapi()
    routes = (route for router in service.routers for route in router.routes if isinstance(route, APIRoute))
    for route in routes:
        if route.include_in_schema and not any(needed.call is caller for needed in route.dependant.dependencies):
            for method in route.methods:
                document["paths"][route.path_format][method.lower()]["security"] = [{"bearer": []}, {}]
    components = {**document.get("components", {}), "securitySchemes": {"bearer": BEARER}}
    return {**document, "components": components, "security": [{"bearer": []}]}


def async_api(service: str, heard: Sequence[type[Fact]]) -> dict[str, Any]:
    """The AsyncAPI 3 document of a service: the topics it writes and hears, with keys, headers and its group."""
    publishers = sorted({fact.TYPE.split(".", 1)[0] for fact in heard})
    channels = {_channel(service): _events(service, list(PUBLISHED[service].values()))}
    for publisher in publishers:
        facts = [fact for fact in heard if fact.TYPE.startswith(f"{publisher}.")]
        channels.setdefault(_channel(publisher), _events(publisher, facts))
    channels[f"{service}-dead-letters"] = _dead_letters(service)
    operations: dict[str, Any] = {
        "tell": {"action": "send", "channel": _to(service), "bindings": {"kafka": {"bindingVersion": "0.5.0"}}},
        "park": {"action": "send", "channel": {"$ref": f"#/channels/{service}-dead-letters"}},
    }
    for publisher in publishers:
        group = {"groupId": {"type": "string", "enum": [service]}, "bindingVersion": "0.5.0"}
        operations[f"hear-{publisher}"] = {
            "action": "receive",
            "channel": _to(publisher),
            "bindings": {"kafka": group},
            "messages": [
                {"$ref": f"#/channels/{_channel(publisher)}/messages/{fact.TYPE}"}
                for fact in heard
                if fact.TYPE.startswith(f"{publisher}.")
            ],
        }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": f"Qizheng {service}", "version": "1.0.0"},
        "defaultContentType": "application/cloudevents+json",
        "channels": channels,
        "operations": operations,
        "components": {"schemas": {"CloudEvent": ENVELOPE}},
    }


def _channel(publisher: str) -> str:
    return f"{publisher}-events"


def _to(publisher: str) -> dict[str, str]:
    return {"$ref": f"#/channels/{_channel(publisher)}"}


def _kafka(topic: str) -> dict[str, Any]:
    kept = {"retention.ms": -1} if ".events." in topic else {}
    binding = {"topic": topic, "partitions": PARTITIONS, "bindingVersion": "0.5.0"}
    return {"kafka": {**binding, **({"topicConfiguration": kept} if kept else {})}}


def _events(publisher: str, facts: Sequence[type[Fact]]) -> dict[str, Any]:
    topic = events_topic(publisher)
    return {
        "address": topic,
        "bindings": _kafka(topic),
        "messages": {fact.TYPE: _message(fact) for fact in facts},
    }


def _message(fact: type[Fact]) -> dict[str, Any]:
    schema = {key: value for key, value in schema_of(fact).items() if key not in {"$schema", "$id"}}
    definitions = schema.pop("$defs", {})
    return {
        "name": fact.TYPE,
        "title": fact.__name__,
        "summary": (fact.__doc__ or "").strip().split("\n")[0] or fact.__name__,
        "contentType": "application/cloudevents+json",
        "headers": {
            "type": "object",
            "required": list(HEADERS),
            "properties": {h: {"type": "string"} for h in HEADERS},
        },
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/CloudEvent"},
                {"type": "object", "properties": {"type": {"const": fact.TYPE}, "data": _inlined(schema, definitions)}},
            ]
        },
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": "0.5.0"}},
    }


def _inlined(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """The schema without references: a message of AsyncAPI stands alone."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _inlined(definitions[schema["$ref"].rsplit("/", 1)[1]], definitions)
        return {key: _inlined(value, definitions) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_inlined(part, definitions) for part in schema]
    return schema


def _dead_letters(service: str) -> dict[str, Any]:
    topic = dead_letters_topic(service)
    names = ("original-topic", "original-partition", "original-offset", "exception-fqcn", "exception-message")
    headers = {f"kafka_dlt-{name}": {"type": "string"} for name in names}
    letter = {
        "name": "DeadLetter",
        "summary": "A message that could not be heard, byte for byte, with where it came from and why it was parked.",
        "headers": {"type": "object", "properties": headers},
        "payload": {"description": "The message as it was."},
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": "0.5.0"}},
    }
    return {"address": topic, "bindings": _kafka(topic), "messages": {"DeadLetter": letter}}


def catalogue(heard: Mapping[str, Sequence[type[Fact]]]) -> str:
    """The table of events: what each means, whether others may lean on it, and who listens."""
    lines = [
        "# Catalogue of events",
        "",
        "Generated by `make golden`. Only evidence hears a `record`; what is `public` others may lean on.",
    ]
    for publisher, facts in PUBLISHED.items():
        lines += [
            "",
            f"## {publisher} · `{events_topic(publisher)}`",
            "",
            "| event | what it says | for | heard by |",
            "|---|---|---|---|",
        ]
        for name, fact in sorted(facts.items()):
            ears = [ear for ear, known in heard.items() if fact in known and ear != publisher and ear != "evidence"]
            said = " ".join((fact.__doc__ or fact.__name__).split()).replace("|", "\\|")
            lines.append(f"| `{name}` | {said} | {fact.VISIBILITY} | {', '.join(ears) or 'evidence alone'} |")
    return "\n".join(lines) + "\n"
