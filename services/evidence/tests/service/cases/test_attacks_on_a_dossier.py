"""Attacks on a dossier by somebody through whose hands it goes, who has no key: which layer detects them, and which does
not. Each is done twice: to the file alone, and with the lists of files mended, which are signed by nobody but in the
report. What the second finds is what the table of attacks says.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from ssl import DER_cert_to_PEM_cert
from typing import Any
from zipfile import ZipFile

import pytest

from evidence.adapters.dossiers.signing import company_seal
from evidence.adapters.offline_verifier import record_of

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(180)]
made: dict[str, Any] = {}


class Dossier:
    """A dossier, unpacked, with the verifier of another copy and the roots of the authority and of the company."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.elsewhere = folder / "dossier", folder / "verifier.py"
        with ZipFile(BytesIO(made["zip"])) as archive:
            archive.extractall(self.folder)
        shutil.copy(self.folder / "verifier.py", self.elsewhere)
        self.roots = folder / "roots.pem"
        self.roots.write_bytes(made["roots"])

    def layers(self, verifier: Path | None = None) -> dict[str, str]:
        """What the verifier of the other copy says of this one, run by a Python that has nothing of ours."""
        words = [str(self.folder), "--jobs", "1", "--json", "--root", str(self.roots)]
        command = [sys.executable, "-I", "-S", str(verifier or self.elsewhere), *words]
        ran = subprocess.run(command, capture_output=True, text=True, env={**os.environ})
        assert ran.stdout, ran.stderr
        return json.loads(ran.stdout)

    def listing(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text())

    def removes(self, files: Iterable[Path]) -> None:
        for file in files:
            file.unlink()

    def mends(self) -> None:
        """Both lists are made to name what is there now, and each stream as far as it is there."""
        exhibits, manifest = self.listing("exhibits.json"), self.listing("manifest.json")
        exhibits["files"] = self._listed(exhibits["files"])
        streams: dict[str, Any] = {}
        for leaf in sorted(self.folder.glob("records/*.leaf")):
            record = record_of(leaf.read_bytes())
            assert record.event
            version, whole = record.event["streamversion"], record.envelope["prev_stream"] is None
            at = streams.setdefault(record.event["streamid"], {"first": version, "records": 0, "whole": whole})
            at.update(records=at["records"] + 1, last=version, head=record.hash.hex())
        self._write("exhibits.json", exhibits | {"streams": streams})
        manifest["files"] = self._listed(manifest["files"])
        self._write("manifest.json", manifest)

    def _listed(self, files: list[dict[str, Any]]) -> list[dict[str, Any]]:
        there = [file for file in files if (self.folder / file["name"]).exists()]
        for file in there:
            data = (self.folder / file["name"]).read_bytes()
            file.update(length=len(data), **{kind: hashlib.new(kind, data).hexdigest() for kind in ("sha256", "sm3")})
        return there

    def _write(self, name: str, what: object) -> None:
        text = json.dumps(what, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        (self.folder / name).write_text(text)


@pytest.fixture
def dossier(request: pytest.FixtureRequest, tmp_path: Path) -> Dossier:
    """It is made once; each test has a copy of its own."""
    if not made:
        room, stamped = request.getfixturevalue("room"), request.getfixturevalue("stamped")
        made["zip"] = room.ask("GET", stamped).content
        company = DER_cert_to_PEM_cert(room.seal.signer.signing_cert.dump())
        made["roots"] = room.authority.root.read_bytes() + company.encode()
    return Dossier(tmp_path)


def test_a_dossier_that_nobody_touched(dossier, detected):
    """The control; and mending the lists of what was left as it is changes nothing."""
    detected(
        dossier.layers(),
        by=set(),
        not_by={
            "checkpoint",
            "witnesses",
            "tree",
            "chain",
            "streams",
            "flags",
            "signatures",
            "manifest",
            "stamps",
            "openings",
            "custody",
            "report",
        },
    )
    dossier.mends()
    detected(
        dossier.layers(),
        by=set(),
        not_by={
            "checkpoint",
            "witnesses",
            "tree",
            "chain",
            "streams",
            "flags",
            "signatures",
            "manifest",
            "stamps",
            "openings",
            "custody",
            "report",
        },
    )


def test_dropped_record_from_a_dossier(dossier, detected):
    """That ada was offered an agreement is gone, with its proof; every other record is proven as before."""
    records = dossier.folder.glob("records/*.leaf")
    (leaf,) = (path for path in records if b'"type":"agreements.AgreementOffered.v1"' in path.read_bytes())
    dossier.removes([leaf, leaf.with_suffix(".tlog-proof")])
    detected(
        dossier.layers(),
        by={"streams", "manifest"},
        not_by={
            "checkpoint",
            "witnesses",
            "tree",
            "chain",
            "flags",
            "signatures",
            "stamps",
            "openings",
            "custody",
            "report",
        },
    )
    dossier.mends()
    detected(
        dossier.layers(),
        by={"streams", "report"},
        not_by={
            "checkpoint",
            "witnesses",
            "tree",
            "chain",
            "flags",
            "signatures",
            "manifest",
            "stamps",
            "openings",
            "custody",
        },
    )


def test_replaced_pdf(dossier, detected, tmp_path):
    """Another report, well signed, attaches the same list: only not by the company."""
    report = dossier.folder / "报告.pdf"
    before = report.read_bytes()
    report.write_bytes(company_seal(None, "", tmp_path / "stranger").sign(before[: before.index(b"%%EOF") + 6]))
    detected(
        dossier.layers(),
        by={"manifest", "report"},
        not_by={
            "checkpoint",
            "witnesses",
            "tree",
            "chain",
            "streams",
            "flags",
            "signatures",
            "stamps",
            "openings",
            "custody",
        },
    )
    dossier.mends()
    detected(
        dossier.layers(),
        by={"report"},
        not_by={
            "checkpoint",
            "witnesses",
            "tree",
            "chain",
            "streams",
            "flags",
            "signatures",
            "manifest",
            "stamps",
            "openings",
            "custody",
        },
    )


def test_replaced_verifier(dossier, detected):
    """It says what it likes. Any other copy says that it was replaced; once the lists are mended, the report does."""
    liar = dossier.folder / "verifier.py"
    liar.write_text('print(\'{"everything": "holds"}\')\n')
    detected(dossier.layers(liar), by=set(), not_by={"everything"})
    detected(
        dossier.layers(),
        by={"manifest"},
        not_by={
            "checkpoint",
            "witnesses",
            "tree",
            "chain",
            "streams",
            "flags",
            "signatures",
            "stamps",
            "openings",
            "custody",
            "report",
        },
    )
    dossier.mends()
    detected(
        dossier.layers(),
        by={"report"},
        not_by={
            "checkpoint",
            "witnesses",
            "tree",
            "chain",
            "streams",
            "flags",
            "signatures",
            "manifest",
            "stamps",
            "openings",
            "custody",
        },
    )


def test_stale_time_stamp(dossier, detected):
    """In the place of the stamp that was taken for this dossier stands only that of the day when the case was opened: a
    true token over a true checkpoint, of fewer records than are shown.
    """
    size = dossier.listing("exhibits.json")["checkpoint"]["size"]
    notes = dossier.folder.glob("stamps/*.note")
    (newest,) = (note for note in notes if note.read_text().split("\n")[1] == str(size))
    dossier.removes([newest, newest.with_suffix(".tsr"), newest.with_suffix(".pem")])
    detected(
        dossier.layers(),
        by={"manifest"},
        not_by={
            "checkpoint",
            "witnesses",
            "tree",
            "chain",
            "streams",
            "flags",
            "signatures",
            "stamps",
            "openings",
            "custody",
            "report",
        },
    )
    dossier.mends()
    said = dossier.layers()
    assert f"{size} records at" not in said["stamps"], "of how many records it is the reader is told, and must compare"
    detected(
        said,
        by={"report"},
        not_by={
            "checkpoint",
            "witnesses",
            "tree",
            "chain",
            "streams",
            "flags",
            "signatures",
            "manifest",
            "stamps",
            "openings",
            "custody",
        },
    )
