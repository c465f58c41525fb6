"""Writes the golden contracts anew: schemas, examples of new event versions, AsyncAPI, OpenAPI and the catalogue.

Without `--check` it writes, and the reviewer reads the difference; with it, it only says what would change.
"""

import argparse
import importlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from contract_documents import async_api, catalogue
from contract_examples import EXAMPLES, example_of

from chassis.facing.service import Service
from chassis.keeping.inbox import Hearing
from contracts.envelope import Fact
from contracts.schemas import schema_of
from contracts.topics import KNOWN, PUBLISHED

CONTRACTS = Path(__file__).resolve().parent.parent / "contracts"


def golden() -> Iterator[tuple[Path, str]]:
    """Every golden file and what it should hold. An example that exists is never written again."""
    for name, fact in sorted(KNOWN.items()):
        yield CONTRACTS / "schemas" / f"{name}.json", _pretty(schema_of(fact))
        example = CONTRACTS / "examples" / f"{name}.json"
        yield example, example.read_text() if example.exists() else example_of(EXAMPLES[name]).decode()
    services = {name: _service(name) for name in PUBLISHED}
    heard = {name: _heard(service) for name, service in services.items()}
    for name, service in services.items():
        yield CONTRACTS / "asyncapi" / f"{name}.json", _pretty(async_api(name, heard[name]))
        yield CONTRACTS / "openapi" / f"{name}.json", _pretty(service.app().openapi())
    yield CONTRACTS / "catalogue.md", catalogue(heard)


def _service(name: str) -> Service[Any]:
    module = importlib.import_module(f"{name.replace('-', '_')}.main")
    made: Callable[[], Service[Any]] = module.service
    return made()


def _heard(service: Service[Any]) -> tuple[type[Fact], ...]:
    if service.house.name == "evidence":
        return tuple(KNOWN[name] for name in sorted(KNOWN))
    return Hearing(service.house, service.duties.consumes).facts


def _pretty(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--check", action="store_true", help="write nothing; fail if something would change")
    check = options.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "QIZHENG_KEYS": folder,
            "QIZHENG_KEY_ENCRYPTION_KEY": f"{folder}/people.kek",
            "QIZHENG_SETTINGS": "",
        }
        changed = [(path, text) for path, text in golden() if not path.exists() or path.read_text() != text]
    for path, text in changed:
        print(f"{'would change' if check else 'writes'} {path.relative_to(CONTRACTS.parent)}")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
