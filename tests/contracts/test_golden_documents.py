"""What is generated for others: AsyncAPI that its own parser takes, and OpenAPI that says who must show a token."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from contract_documents import service_of
from fastapi import FastAPI
from fastapi.testclient import TestClient

from contracts.topics import PUBLISHED

ROOT = Path(__file__).resolve().parents[2]
Document = dict[str, Any]


def golden(kind: str, service: str) -> Document:
    return json.loads((ROOT / f"contracts/{kind}/{service}.json").read_text())


# AsyncAPI


def check(*files: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["deploy/asyncapi/check", *map(str, files)], cwd=ROOT, capture_output=True, text=True)


def to_nowhere(document: Document) -> None:
    document["operations"]["tell"]["channel"]["$ref"] = "#/channels/nowhere"


def by_shouting(document: Document) -> None:
    document["operations"]["tell"]["action"] = "shout"


def without_title(document: Document) -> None:
    del document["info"]["title"]


def of_another_age(document: Document) -> None:
    version_2 = {"asyncapi": "2.6.0", "info": document["info"], "channels": {}}
    document.clear()
    document.update(version_2)


@pytest.mark.kafka
def test_the_asyncapi_documents_are_valid():
    documents = sorted((ROOT / "contracts/asyncapi").glob("*.json"))
    ran = check(*documents)

    assert documents
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.kafka
@pytest.mark.parametrize(
    ("breaks", "why"),
    [
        (to_nowhere, "nowhere"),
        (by_shouting, "operations.tell.action"),
        (without_title, "title"),
        (of_another_age, "AsyncAPI 2.6.0, not 3"),
    ],
)
def test_a_broken_asyncapi_document_is_refused_among_sound_ones(
    tmp_path: Path, breaks: Callable[[Document], None], why: str
):
    document = golden("asyncapi", "learning")
    breaks(document)
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(document))

    ran = check(ROOT / "contracts/asyncapi/learning.json", broken)

    assert ran.returncode == 1
    assert ran.stdout == "1 of 2 AsyncAPI documents are sound.\n"
    assert "broken.json" in ran.stderr
    assert why in ran.stderr
    assert "learning.json" not in ran.stderr


# OpenAPI


def liars(app: FastAPI, document: Document) -> list[str]:
    """Each operation that answers a request without a token otherwise than the document says."""
    http = TestClient(app, raise_server_exceptions=False)
    operations = [(path, *one) for path, methods in document["paths"].items() for one in methods.items()]
    assert operations
    return [
        f"{method} {path}"
        for path, method, said in operations
        if (http.request(method, re.sub(r"{\w+}", "1", path)).status_code == 401)
        is ({} in said.get("security", document["security"]))
    ]


@pytest.mark.parametrize("service", PUBLISHED)
def test_the_openapi_document_asks_for_a_bearer_token(service: str):
    document = golden("openapi", service)
    assert document["security"] == [{"bearer": []}]
    scheme = document["components"]["securitySchemes"]["bearer"]
    assert (scheme["type"], scheme["scheme"], scheme["bearerFormat"]) == ("http", "bearer", "JWT")


@pytest.mark.postgres  # Not for its database: it takes seconds.
@pytest.mark.parametrize("service", PUBLISHED)
def test_a_request_without_a_token_is_refused_where_the_document_asks_for_one(
    service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("QIZHENG_KEYS", str(tmp_path))
    monkeypatch.setenv("QIZHENG_KEY_ENCRYPTION_KEY", str(tmp_path / "people.kek"))
    monkeypatch.setenv("QIZHENG_SETTINGS", "")
    assert liars(service_of(service).app(), golden("openapi", service)) == []


def test_a_document_that_asks_for_a_token_where_none_is_needed_is_caught():
    app = FastAPI()
    app.get("/open")(lambda: "come in")
    document = {"security": [{"bearer": []}], "paths": {"/open": {"get": {}}}}
    assert liars(app, document) == ["get /open"]
    document["paths"]["/open"]["get"]["security"] = [{"bearer": []}, {}]
    assert liars(app, document) == []
