"""A dispute, from the case to the dossier: through the gateway, and in the hands of whoever judges it without us."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from company.client import Client, StepFailed
from house import House
from journeys.telling import PARTICULARS, dispute

from chassis.testing.fixtures import passing_folder

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(240)]
CASE, ABOUT, ANOTHER = "0d8c1a52-5d1f-4a4e-9c1e-2f6f4e1b7a10", "E000110", "E000111"
MUST_HOLD = {"checkpoint", "tree", "streams", "signatures", "manifest", "openings", "custody"}


@pytest.fixture(scope="module")
def request_of(lived: Client) -> str:
    return dispute(lived, ABOUT, CASE)


@pytest.fixture(scope="module")
def dossier(lived: Client, request_of: str) -> Iterator[Path]:
    with passing_folder("qizheng-dossier-") as folder:
        file = folder / "dossier.zip"
        file.write_bytes(lived.download("evidence", f"/cases/{CASE}/dossiers/{request_of}"))
        yield file


def judged(dossier: Path, house: House) -> dict[str, Any]:
    """What the verifier out of the ZIP says, run by a Python that has nothing of ours."""
    with zipfile.ZipFile(dossier) as archive:
        (dossier.parent / "verifier.py").write_bytes(archive.read("verifier.py"))
    vkey = (house.ledger / "vkey").read_text().strip()
    command = [sys.executable, "-I", "-S", str(dossier.parent / "verifier.py"), str(dossier), "--vkey", vkey, "--json"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, cwd=dossier.parent).stdout)


def test_a_case_holds_the_record_of_whom_it_is_about(lived: Client, request_of: str):
    assert lived.get("evidence", f"/holds/{ABOUT}")["held"]
    assert not lived.get("evidence", f"/holds/{ANOTHER}")["held"]


def test_a_dossier_opens_without_the_platform_and_what_it_shows_holds(dossier: Path, house: House):
    said = judged(dossier, house)
    assert {layer: said[layer] for layer in MUST_HOLD if not said[layer].startswith("holds")} == {}
    assert not [sentence for sentence in said.values() if sentence.startswith("broken")]


def test_a_dossier_with_a_name_altered_does_not_hold(dossier: Path, house: House):
    forged = dossier.with_name("forged.zip")
    with zipfile.ZipFile(dossier) as archive, zipfile.ZipFile(forged, "w") as other:
        for item in archive.infolist():
            content = archive.read(item)
            if item.filename == "openings.json":
                assert PARTICULARS["name"].encode() in content
                content = content.replace(PARTICULARS["name"].encode(), "欧阳艾迪".encode())
            other.writestr(item, content)
    said = judged(forged, house)
    assert said["openings"].startswith("broken")
    assert said["manifest"].startswith("broken")


def test_every_hand_over_is_on_record(lived: Client, dossier: Path):
    (handed,) = lived.get("evidence", f"/cases/{CASE}")["hand_overs"]
    assert handed["recipient"] == "劳动人事争议仲裁委员会"


def test_an_employee_may_have_their_own_story_and_nobody_else_may(lived: Client, dossier: Path):
    own = lived.download("evidence", f"/subjects/{ABOUT}/dossier", role=f"employee:{ABOUT}")
    assert zipfile.is_zipfile(BytesIO(own))
    with pytest.raises(StepFailed, match="was answered 403"):
        lived.download("evidence", f"/subjects/{ABOUT}/dossier", role=f"employee:{ANOTHER}")
