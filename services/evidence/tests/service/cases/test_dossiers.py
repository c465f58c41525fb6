"""A dossier as it leaves the house: what is in it, that it is the same again, and that its hand-over is noted."""

import hashlib
import json
from io import BytesIO
from zipfile import ZipFile

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from contracts.envelope import read
from contracts.evidence import DossierHandedOver, LegalHoldPlaced
from contracts.topics import PUBLISHED

pytestmark = pytest.mark.postgres
ADA, GRACE = "E1001", "E1002"


def files_in(answer) -> dict[str, bytes]:
    assert answer.status_code == 200, answer.text
    with ZipFile(BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def events_in(files) -> dict[str, dict]:
    leaves = [data for name, data in files.items() if name.endswith(".leaf")]
    return {event["id"]: event for event in (json.loads(leaf.split(b"\n", 1)[1]) for leaf in leaves)}


def handed(room) -> list[tuple[str, DossierHandedOver]]:
    rows = room.office.store.recorder.select_notifications(1, 10_000)
    events = [read(bytes(row.state), PUBLISHED["evidence"]) for row in rows]
    return [(event.actor, event.fact) for event in events if isinstance(event.fact, DossierHandedOver)]


def test_it_is_away_until_its_checkpoint_is_stamped_and_nobody_is_said_to_have_it(room, requested):
    answer = room.ask("GET", requested)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:qizheng:problem:not-stamped-yet")
    assert answer.headers["retry-after"] == "1"
    assert handed(room) == []
    assert room.ask("GET", requested[:-4] + "0000").status_code == 404


def test_each_time_that_it_leaves_is_noted_with_its_hashes_and_who_took_it(room, stamped):
    one = room.ask("GET", stamped)
    other = room.ask("GET", stamped, role="auditor")
    assert "filename*=utf-8''%E8%AF%81" in one.headers["content-disposition"]
    assert [(actor, fact.sha256) for actor, fact in handed(room)] == [
        ("user:hr", hashlib.sha256(one.content).hexdigest()),
        ("user:auditor", hashlib.sha256(other.content).hexdigest()),
    ]
    fact = handed(room)[0][1]
    assert (fact.recipient, fact.request) == ("仲裁委", stamped.rsplit("/", 1)[1])
    assert fact.sm3 == hashlib.new("sm3", one.content).hexdigest()
    later = room.ask("POST", f"/cases/{fact.case}/dossiers", {"recipient": "法院", "purpose": "一审"}).json()["request"]
    room.stamp(later)
    custody = json.loads(files_in(room.ask("GET", f"/cases/{fact.case}/dossiers/{later}"))["custody.json"])
    assert [(entry["by"], entry["sha256"]) for entry in custody["hand_overs"]] == [
        (actor, fact.sha256) for actor, fact in handed(room)[:2]
    ]


def test_exported_again_it_differs_only_in_the_signed_part_and_in_when_it_was_made(room, stamped, life):
    one = files_in(room.ask("GET", stamped))
    room.tell(life["left"].fact)  # what happens meanwhile, and that it was handed over, does not show
    room.settle()
    assert room.ask("POST", f"{stamped.rsplit('/', 2)[0]}/close", {"outcome": "调解结案"}).status_code == 200
    other = files_in(room.ask("GET", stamped))
    assert list(one) == list(other)
    assert {name for name in one if one[name] != other[name]} == {"报告.pdf", "exhibits.sm2", "manifest.json"}
    reports = [files["报告.pdf"] for files in (one, other)]
    unsigned = [report[: report.index(b"%%EOF") + 5] for report in reports]
    assert unsigned[0] == unsigned[1]
    assert reports[0] != reports[1]
    manifests = [json.loads(files["manifest.json"]) for files in (one, other)]
    assert manifests[0].pop("made") != manifests[1].pop("made")
    for manifest in manifests:
        manifest["files"] = [file for file in manifest["files"] if file["name"] not in ("报告.pdf", "exhibits.sm2")]
    assert manifests[0] == manifests[1]


def test_it_holds_whole_streams_of_its_subject_and_what_they_lean_on_and_nothing_of_others(room, stamped, life):
    files = files_in(room.ask("GET", stamped))
    shown = events_in(files)
    missing = [name for name, event in life.items() if str(event.id) not in shown]
    assert missing == ["other template", f"{GRACE} hired"]
    assert {event["subject"] for event in shown.values()} & {GRACE} == set()
    streams = json.loads(files["exhibits.json"])["streams"]
    agreement = streams[str(life["signed"].stream)]
    assert (agreement["first"], agreement["last"], agreement["whole"]) == (1, 6, True)
    assert any(event["type"] == LegalHoldPlaced.TYPE for event in shown.values())


def test_a_period_leaves_out_the_streams_in_which_nothing_happened_then(room, life, about):
    room.ask("POST", "/cases", about(ADA, since="2025-02-01", until="2025-02-28"))
    case = about()["case"]
    request = room.ask("POST", f"/cases/{case}/dossiers", {"recipient": "仲裁委", "purpose": "举证"}).json()["request"]
    room.stamp(request)
    shown = events_in(files_in(room.ask("GET", f"/cases/{case}/dossiers/{request}")))
    assert str(life["drafted"].id) in shown, "its stream was signed in then, and is whole"
    assert str(life["trained"].id) not in shown
    assert str(life["check"].id) not in shown


def test_opened_fields_and_documents_are_shown_and_all_else_stays_sealed(room, stamped):
    files = files_in(room.ask("GET", stamped))
    (opening,) = json.loads(files["openings.json"])["openings"]
    assert (opening["field"], opening["value"]) == ("name", "欧阳思雨")
    digest = hashlib.sha256(bytes.fromhex(opening["salt"]) + opening["value"].encode()).hexdigest()
    assert digest == opening["commitment"]
    assert files["documents/01-辞职信.txt"] == b"letter"
    everything = b"".join(data for name, data in files.items() if name != "报告.pdf")
    assert b"110101199003070011" not in everything
    assert b"12000.00" not in everything


def test_what_can_no_longer_be_unsealed_is_said_to_be_missing(room, stamped):
    room.keyring.gone.add(ADA)
    files = files_in(room.ask("GET", stamped))
    assert json.loads(files["openings.json"])["openings"][0]["value"] is None
    (filing,) = json.loads(files["custody.json"])["filings"]
    assert (filing["file"], "key" in filing["why"]) == (None, True)
    assert not [name for name in files if name.startswith("documents/")]


def test_a_document_whose_hash_a_record_names_says_so(room, opened, life):
    voucher = b"invoice"
    fact = life["cost"].fact.model_copy(update={"voucher": hashlib.sha256(voucher).hexdigest(), "invoice_number": "78"})
    room.tell(fact, "A1")
    room.ask("POST", f"/cases/{opened}/documents", params={"name": "发票.pdf", "person": ADA}, content=voucher)
    request = room.ask("POST", f"/cases/{opened}/dossiers", {"recipient": "仲裁委", "purpose": "举证"}).json()[
        "request"
    ]
    room.stamp(request)
    files = files_in(room.ask("GET", f"/cases/{opened}/dossiers/{request}"))
    (filing,) = json.loads(files["custody.json"])["filings"]
    (seq,) = filing["named_by"]
    assert json.loads(files[f"records/{seq:09}.leaf"].split(b"\n")[1])["data"]["invoice_number"] == "78"


def test_nothing_is_handed_over_that_does_not_hold(room, stamped):
    room.office.store.rows(
        "update records set leaf = convert_to(replace(convert_from(leaf, 'UTF8'), '50000.00', '90000.00'), 'UTF8')"
        " where type = 'agreements.DamagesAssessed.v1' returning seq"
    )
    answer = room.ask("GET", stamped)
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:qizheng:problem:does-not-hold")
    assert handed(room) == []


def test_the_report_is_set_in_fonts_that_it_brings_along(room, stamped):
    pdf = PdfFileReader(BytesIO(files_in(room.ask("GET", stamped))["报告.pdf"]))
    fonts = pdf.root["/Pages"]["/Kids"][0]["/Resources"]["/Font"]
    found = {
        str(font["/BaseFont"]): font["/DescendantFonts"][0]["/FontDescriptor"] for font in (fonts[n] for n in fonts)
    }
    chinese = [descriptor for name, descriptor in found.items() if "CJK" in name]
    assert chinese
    assert all("/FontFile3" in descriptor for descriptor in chinese)


def test_employees_take_their_own_story_away_and_nobody_elses(room, life):
    answer = room.ask("GET", f"/subjects/{ADA}/dossier", role=f"employee:{ADA}")
    files = files_in(answer)
    shown = events_in(files)
    assert str(life["damages"].id) in shown
    assert {event["subject"] for event in shown.values()} & {GRACE} == set()
    assert json.loads(files["manifest.json"])["case"] is None
    assert handed(room) == []
    assert room.ask("GET", f"/subjects/{ADA}/dossier", role=f"employee:{GRACE}").status_code == 403
    assert room.ask("GET", f"/subjects/{ADA}/dossier", role="hr").status_code == 403
