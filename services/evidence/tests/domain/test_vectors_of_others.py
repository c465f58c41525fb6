"""The vectors of Wycheproof and of transparency-dev: our trees and the offline verifier answer as they say."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from evidence.adapters.offline_verifier import is_included, signature_holds
from evidence.adapters.signatures import holds
from evidence.domain.tree import extends, includes

VECTORS = Path(__file__).parents[1] / "vectors"


def vectors(name: str) -> list[Any]:
    found = json.loads((VECTORS / f"{name}.json").read_text())
    return [pytest.param(each, id=f"{each.get('id', '')}{each['about']}") for each in found]


@pytest.mark.parametrize("asked", vectors("ed25519"))
def test_a_signature_holds_where_wycheproof_says_so(asked: dict[str, Any]):
    public, message, signature = (bytes.fromhex(asked[name]) for name in ("public", "message", "signature"))
    assert signature_holds(public, message, signature) == asked["holds"], "the offline verifier"
    assert holds(public, message, signature) == asked["holds"], "the service"


@pytest.mark.parametrize("asked", vectors("inclusion"))
def test_an_inclusion_proof_holds_where_transparency_dev_says_so(asked: dict[str, Any]):
    leaf, root, *proof = (b64decode(text or "") for text in (asked["leafHash"], asked["root"], *asked["proof"]))
    index, size = asked["leafIdx"], asked["treeSize"]
    assert includes(leaf, index, size, proof, root) == asked["holds"], "the service"
    assert is_included(leaf, index, size, proof, root) == asked["holds"], "the offline verifier"


@pytest.mark.parametrize("asked", vectors("consistency"))
def test_a_consistency_proof_holds_where_transparency_dev_says_so(asked: dict[str, Any]):
    before, after, *proof = (b64decode(text or "") for text in (asked["root1"], asked["root2"], *asked["proof"]))
    assert extends(asked["size1"], asked["size2"], before, after, proof) == asked["holds"]
