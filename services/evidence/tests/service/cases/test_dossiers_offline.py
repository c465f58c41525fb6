"""A dossier in a stranger's hands: unpacked, checked by the verifier that lies in it, and tampered with."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from ssl import DER_cert_to_PEM_cert
from typing import Any
from zipfile import ZipFile

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from evidence.adapters import offline_verifier
from evidence.adapters.dossiers.signing import company_seal

pytestmark = pytest.mark.postgres
NOTHING = {"PATH": "/nowhere"}
made: dict[str, Any] = {}


@pytest.fixture
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A dossier, unpacked. It is made once: what each test does to its copy it does to that alone."""
    if not made:
        room, stamped = request.getfixturevalue("room"), request.getfixturevalue("stamped")
        made["zip"] = room.ask("GET", stamped).content
        made["certificate"] = room.seal.signer.signing_cert
        made["roots"] = room.authority.root.read_bytes()
    with ZipFile(BytesIO(made["zip"])) as archive:
        archive.extractall(tmp_path / "dossier")
    return tmp_path / "dossier"


def verified(where: Path, *words: str, **environment: str) -> tuple[int, dict[str, str]]:
    """What the verifier in a dossier says, run by a Python that has nothing of ours."""
    command = [sys.executable, "-I", "-S", "verifier.py", ".", "--jobs", "1", "--json", *words]
    ran = subprocess.run(command, cwd=where, capture_output=True, text=True, env={**os.environ, **environment})
    assert ran.stdout, ran.stderr
    return ran.returncode, json.loads(ran.stdout)


def broken(said: dict[str, str]) -> set[str]:
    return {layer for layer, text in said.items() if text.startswith("broken")}


def roots(folder: Path) -> tuple[str, ...]:
    """The roots of the authority and of the company, as somebody has them who trusts both."""
    company = DER_cert_to_PEM_cert(made["certificate"].dump())
    (folder.parent / "roots.pem").write_bytes(made["roots"] + company.encode())
    return "--root", str(folder.parent / "roots.pem")


def test_the_verifier_in_it_says_of_each_layer_what_it_has_seen(folder):
    status, said = verified(folder, *roots(folder))
    words = {layer: text.split(":")[0] for layer, text in said.items()}
    unseen = {"witnesses", "chain", "flags"}
    assert words == {layer: "not checked" if layer in unseen else "holds" for layer in words}
    assert tuple(words) == (*offline_verifier.LAYERS, *offline_verifier.IN_DOSSIER)
    assert said["streams"].startswith("holds: 15 streams, each complete")
    assert said["stamps"].startswith("holds: 28 records at 2") or said["stamps"].startswith("holds: 32 records at 2")
    assert status == 2, "not everything can be looked at in an excerpt"


def test_a_zip_is_looked_at_without_unpacking(folder, tmp_path):
    (tmp_path / "dossier.zip").write_bytes(made["zip"])
    shutil.copy(folder / "verifier.py", tmp_path / "verifier.py")
    command = [sys.executable, "-I", "-S", "verifier.py", "dossier.zip", "--json"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert json.loads(ran.stdout) == verified(folder)[1]


def test_without_a_root_no_signature_is_said_to_hold(folder):
    said = verified(folder)[1]
    for layer in ("stamps", "report"):
        assert said[layer].startswith("not checked: the signature holds, but no --root")


def test_without_openssl_signatures_are_not_checked_and_the_rest_is(folder):
    _, said = verified(folder, **NOTHING)
    assert said["stamps"] == said["report"] == "not checked: there is no openssl here to check the signature"
    assert said["manifest"].startswith("holds")


def test_under_the_root_of_somebody_else_nothing_is_signed(folder, tmp_path):
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "k", "-out", "other.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-subj", "/CN=other", *key], cwd=tmp_path, check=True, capture_output=True
    )
    assert broken(verified(folder, "--root", str(tmp_path / "other.pem"))[1]) == {"stamps", "report"}


# What an attacker does. `mended` means that he also writes the lists anew, which he can: they are signed by nobody but
# in the report.


def replace(name: str, old: bytes, new: bytes) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (path,) = folder.glob(name)
        assert old in path.read_bytes()
        path.write_bytes(path.read_bytes().replace(old, new))

    return change


def mend(folder: Path) -> None:
    """Writes the manifest and the exhibits anew, so that they list what is there now, and the streams as they are."""
    manifest, exhibits = (json.loads((folder / name).read_text()) for name in ("manifest.json", "exhibits.json"))

    def listed(files: list[dict[str, Any]]) -> list[dict[str, Any]]:
        there = [file for file in files if (folder / file["name"]).exists()]
        for file in there:
            data = (folder / file["name"]).read_bytes()
            hashes = {kind: hashlib.new(kind, data).hexdigest() for kind in ("sha256", "sm3")}
            file.update(length=len(data), **hashes)
        return there

    def write(name: str, what: object) -> None:
        (folder / name).write_text(json.dumps(what, sort_keys=True, separators=(",", ":"), ensure_ascii=False))

    exhibits["files"] = listed(exhibits["files"])
    streams: dict[str, Any] = {}
    for leaf in sorted(folder.glob("records/*.leaf")):
        record = offline_verifier.record_of(leaf.read_bytes())
        event = record.event
        whole = record.envelope["prev_stream"] is None
        at = streams.setdefault(event["streamid"], {"first": event["streamversion"], "records": 0, "whole": whole})
        at.update(records=at["records"] + 1, last=event["streamversion"], head=record.hash.hex())
    exhibits["streams"] = streams
    write("exhibits.json", exhibits)
    manifest["files"] = listed(manifest["files"])
    write("manifest.json", manifest)


def drop(kind: str) -> Callable[[Path], None]:
    """Takes out the record of an event of this kind with its proof."""

    def change(folder: Path) -> None:
        (leaf,) = [path for path in folder.glob("records/*.leaf") if f'"type":"{kind}"'.encode() in path.read_bytes()]
        leaf.unlink()
        leaf.with_suffix(".tlog-proof").unlink()

    return change


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


def append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n% more\n%%EOF\n")


SIGNED, LAST = "agreements.AgreementOffered.v1", "agreements.DamagesAssessed.v1"
ATTACKS: dict[str, tuple[Callable[[Path], None], set[str], set[str]]] = {
    # What is done; which layers say so; and which still do once the lists are mended.
    "a record dropped": (drop(SIGNED), {"manifest", "streams"}, {"streams", "report"}),
    "the last record of a stream dropped": (drop(LAST), {"manifest", "streams"}, {"report"}),
    "a record edited": (replace("records/000000025.leaf", b"50000.00", b"90000.00"), {"manifest", "tree", "streams"}, {"tree", "streams", "report"}),
    "a document replaced": (replace("documents/*", b"letter", b"better"), {"manifest", "custody"}, {"custody", "report"}),
    "an opening changed": (replace("openings.json", "欧阳思雨".encode(), "欧阳思雪".encode()), {"manifest", "openings"}, {"openings", "report"}),
    "the custody log changed": (replace("custody.json", "仲裁委".encode(), "法院院".encode()), {"manifest", "custody"}, {"custody", "report"}),
    "the report edited": (lambda folder: flip(folder / "报告.pdf", 2000), {"manifest", "report"}, {"report"}),
    "the report replaced by one that says nothing": (lambda folder: (folder / "报告.pdf").write_bytes(b"%PDF-1.7\n%%EOF\n"), {"manifest", "report"}, {"report"}),
    "something added behind the signature": (lambda folder: append(folder / "报告.pdf"), {"manifest", "report"}, {"report"}),
    "a stamp over something else": (replace("stamps/01*.note", b"\n32\n", b"\n33\n"), {"manifest", "stamps"}, {"stamps", "report"}),
    "a file added": (lambda folder: (folder / "documents" / "99.txt").write_bytes(b"x"), {"manifest"}, {"manifest"}),
    "a stale checkpoint put in": (replace("checkpoint", b"\n32\n", b"\n31\n"), {"manifest", "checkpoint", "tree"}, {"checkpoint", "tree", "report"}),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_whatever_is_done_to_a_dossier_some_layer_says_so(folder, attack):
    change, layers, _ = ATTACKS[attack]
    change(folder)
    status, said = verified(folder)
    assert (status, broken(said)) == (1, layers)


@pytest.mark.parametrize("attack", ATTACKS)
def test_who_also_mends_the_lists_is_told_by_the_records_and_by_the_signed_report(folder, attack):
    change, _, layers = ATTACKS[attack]
    change(folder)
    mend(folder)
    status, said = verified(folder)
    assert (status, broken(said)) == (1, layers)


def test_a_replaced_verifier_says_what_it_likes_and_any_other_copy_says_that_it_was_replaced(folder, tmp_path):
    genuine = shutil.copy(folder / "verifier.py", tmp_path / "elsewhere.py")
    (folder / "verifier.py").write_text('print(\'{"everything": "holds"}\')\n')
    assert verified(folder) == (0, {"everything": "holds"}), "this it does not detect: nobody can ask a liar"
    ran = subprocess.run([sys.executable, "-I", genuine, folder, "--json"], capture_output=True, text=True)
    said = json.loads(ran.stdout)
    assert said["manifest"] == "broken: verifier.py is not the file that is listed"
    listed = {file["name"]: file["sha256"] for file in json.loads((folder / "exhibits.json").read_text())["files"]}
    printed = attached(folder)
    assert listed["verifier.py"] in printed, "the signed report names the hash to compare with"
    assert hashlib.sha256((folder / "verifier.py").read_bytes()).hexdigest() not in printed


def attached(folder: Path) -> str:
    """What the report attaches, read by pyHanko."""
    pdf = PdfFileReader(BytesIO((folder / "报告.pdf").read_bytes()))
    _, spec = pdf.root["/Names"]["/EmbeddedFiles"]["/Names"]
    return spec.get_object()["/EF"]["/F"].data.decode()


# Others' judgement of the report


def validated(pdf: bytes) -> Any:
    signature = PdfFileReader(BytesIO(pdf)).embedded_signatures[0]
    return validate_pdf_signature(signature, ValidationContext(trust_roots=[made["certificate"]]))


def test_pyhanko_accepts_the_report_and_refuses_a_damaged_one(folder):
    pdf = (folder / "报告.pdf").read_bytes()
    found = validated(pdf)
    assert found.bottom_line
    assert found.coverage.name == "ENTIRE_FILE"
    assert "不具证据效力 (not evidential)" in found.signing_cert.subject.human_friendly
    flip(folder / "报告.pdf", 2000)
    assert not validated((folder / "报告.pdf").read_bytes()).bottom_line


def test_a_report_signed_by_somebody_else_is_not_the_companys(folder, tmp_path):
    pdf = (folder / "报告.pdf").read_bytes()
    forged = company_seal(None, "", tmp_path / "other").sign(pdf[: pdf.index(b"%%EOF") + 6])
    (folder / "报告.pdf").write_bytes(forged)
    mend(folder)
    assert broken(verified(folder)[1]) == set(), "without a root nobody can tell"
    assert broken(verified(folder, *roots(folder))[1]) == {"report"}
    assert not validated(forged).trusted
