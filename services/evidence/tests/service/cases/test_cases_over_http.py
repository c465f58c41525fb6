"""A case as HR and auditors meet it over HTTP: opened, filled, read, closed; and what it holds meanwhile."""

from hashlib import sha256
from uuid import uuid4

import pytest

from chassis.keeping.sealing import CannotUnseal
from contracts.envelope import read
from contracts.evidence import CaseOpened, DocumentFiled, FieldOpened, LegalHoldLifted, LegalHoldPlaced
from contracts.topics import PUBLISHED

pytestmark = pytest.mark.postgres
ADA, GRACE = "E1001", "E1002"


def said(room, kind):
    """What evidence has said, of one kind."""
    rows = room.office.store.recorder.select_notifications(1, 10_000)
    facts = [read(bytes(row.state), PUBLISHED["evidence"]).fact for row in rows]
    return [fact for fact in facts if isinstance(fact, kind)]


def filed(room, case, **given):
    asked = {"name": "辞职信.pdf", "person": ADA, "handed_in_by": "王芳", **given.pop("params", {})}
    content = given.pop("content", b"%PDF-1.7 letter")
    return room.ask(
        "POST", f"/cases/{case}/documents", params=asked, content=content,
        headers={"content-type": "application/pdf"}, **given,
    )  # fmt: skip


def test_a_case_that_is_opened_holds_the_records_of_those_whom_it_is_about(room, life, about):
    answer = room.ask("POST", "/cases", about(ADA, GRACE))
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    assert [hold.employee for hold in said(room, LegalHoldPlaced)] == [ADA, GRACE]
    held = room.ask("GET", f"/holds/{GRACE}", role="service").json()
    assert (held["held"], held["holds"][0]["case_id"]) == (True, about()["case"])
    assert room.ask("GET", "/holds/E9999", role="service").json() == {"employee": "E9999", "held": False, "holds": []}


def test_what_cannot_be_opened_is_refused_with_what_is_wrong(room, life, about):
    unknown = room.ask("POST", "/cases", about(ADA, "E9999"))
    assert (unknown.status_code, unknown.json()["type"]) == (422, "urn:qizheng:problem:subjects-unknown")
    assert "E9999" in unknown.json()["subjects"]
    backwards = room.ask("POST", "/cases", about(ADA, since="2027-01-01"))
    assert (backwards.status_code, backwards.json()["type"]) == (422, "urn:qizheng:problem:period-backwards")
    assert room.ask("POST", "/cases", about()).status_code == 422
    assert said(room, CaseOpened) == said(room, LegalHoldPlaced) == []


def test_opening_the_same_case_again_changes_nothing_and_another_under_its_id_is_refused(room, opened, about):
    assert room.ask("POST", "/cases", about(ADA)).status_code == 201
    assert len(said(room, CaseOpened)) == len(said(room, LegalHoldPlaced)) == 1
    other = room.ask("POST", "/cases", about(ADA, claim="别的"))
    assert (other.status_code, other.json()["type"]) == (409, "urn:qizheng:problem:case-exists")


def test_a_document_is_kept_sealed_and_known_by_its_hashes(room, opened):
    answer = filed(room, opened)
    assert answer.status_code == 201, answer.text
    assert answer.json()["sha256"] == sha256(b"%PDF-1.7 letter").hexdigest()
    (fact,) = said(room, DocumentFiled)
    assert (fact.length, fact.media_type, fact.handed_in_by) == (15, "application/pdf", "王芳")
    kept = [path.read_bytes() for path in room.documents.root.rglob("*") if path.is_file()]
    assert len(kept) == 1
    assert b"letter" not in kept[0]
    assert b"\xe8\xbe\x9e" not in b"".join(
        bytes(r.state) for r in room.office.store.recorder.select_notifications(1, 99)
    )
    key = room.keyring.keys((ADA,))[ADA]
    assert room.documents.read(key, opened, ADA, fact.sha256) == b"%PDF-1.7 letter"
    assert filed(room, opened).status_code == 201, "again changes nothing"
    assert len(said(room, DocumentFiled)) == 1


def test_a_document_that_is_put_in_another_case_or_changed_does_not_open(room, opened):
    digest = filed(room, opened).json()["sha256"]
    key, path = room.keyring.keys((ADA,))[ADA], room.documents.root / opened / digest
    (room.documents.root / "other").mkdir()
    (room.documents.root / "other" / digest).write_bytes(path.read_bytes())
    with pytest.raises(CannotUnseal):
        room.documents.read(key, "other", ADA, digest)
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    with pytest.raises(CannotUnseal):
        room.documents.read(key, opened, ADA, digest)


@pytest.mark.parametrize(
    ("given", "problem", "status"),
    [
        ({"params": {"person": GRACE}}, "not-a-subject", 422),
        ({"content": b""}, "empty-document", 422),
        ({"content": b"x" * (10 * 1024 * 1024 + 1)}, "body-too-large", 413),
    ],
)
def test_what_is_no_document_of_this_case_is_refused_and_not_kept(room, opened, given, problem, status):
    answer = filed(room, opened, **given)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:qizheng:problem:{problem}")
    assert not list(room.documents.root.rglob("*"))


def test_a_person_without_a_key_has_no_documents(room, opened):
    room.keyring.gone.add(ADA)
    assert filed(room, opened).json()["type"] == "urn:qizheng:problem:no-data-key"


def test_a_field_is_opened_for_a_case_and_its_value_is_told_and_never_kept(room, opened, life):
    event = str(life[f"{ADA} hired"].id)
    asked = {"event": event, "field": "name", "purpose": "核对身份"}
    headers = {"idempotency-key": "once"}
    answers = [room.ask("POST", f"/cases/{opened}/openings", asked, headers=headers) for _ in range(2)]
    assert [(it.status_code, it.json()["value"]) for it in answers] == [(201, "欧阳思雨")] * 2
    (fact,) = said(room, FieldOpened)
    assert (fact.employee, fact.commitment) == (ADA, answers[0].json()["commitment"])
    kept = room.office.store.rows("select body from idempotency_keys")
    everything = [bytes(row["body"]) for row in kept]
    everything += [bytes(row.state) for row in room.office.store.recorder.select_notifications(1, 999)]
    assert not [it for it in everything if "欧阳思雨".encode() in it]


@pytest.mark.parametrize(
    ("event", "field", "problem"),
    [
        ("E1001 hired", "department", "not-a-sealed-field"),
        ("E1002 hired", "name", "not-held"),
        (None, "name", "not-recorded"),
    ],
)
def test_only_sealed_fields_of_those_whom_the_case_is_about_are_opened(room, opened, life, event, field, problem):
    asked = {"event": str(life[event].id if event else uuid4()), "field": field, "purpose": "x"}
    assert room.ask("POST", f"/cases/{opened}/openings", asked).json()["type"] == f"urn:qizheng:problem:{problem}"
    assert said(room, FieldOpened) == []


def test_a_closed_case_lifts_its_holds_and_takes_nothing_more(room, opened):
    assert room.ask("POST", f"/cases/{opened}/close", {"outcome": "调解结案"}).status_code == 200
    assert [lifted.reason for lifted in said(room, LegalHoldLifted)] == ["调解结案"]
    assert room.ask("GET", f"/holds/{ADA}").json()["held"] is False
    assert filed(room, opened).json()["type"] == "urn:qizheng:problem:case-has-ended"
    wanted = {"recipient": "仲裁委", "purpose": "举证"}
    assert room.ask("POST", f"/cases/{opened}/dossiers", wanted).json()["type"] == "urn:qizheng:problem:case-has-ended"


def test_a_case_is_read_with_all_that_was_done_in_it(room, opened, life):
    filed(room, opened)
    event = str(life[f"{ADA} hired"].id)
    room.ask("POST", f"/cases/{opened}/openings", {"event": event, "field": "name", "purpose": "核对身份"})
    request = room.ask("POST", f"/cases/{opened}/dossiers", {"recipient": "仲裁委", "purpose": "举证"}).json()[
        "request"
    ]
    read = room.ask("GET", f"/cases/{opened}", role="auditor").json()
    assert read["documents"][0]["name"] == "辞职信.pdf"
    assert (read["openings"][0]["field"], read["requests"][0]["request"]) == ("name", request)
    assert (read["subjects"], read["amount"], read["closed"]) == ([ADA], "50000.00", None)
    room.keyring.gone.add(ADA)
    assert room.ask("GET", f"/cases/{opened}").json()["documents"][0]["name"] is None
    (listed,) = room.ask("GET", f"/cases?subject={ADA}").json()["cases"]
    assert listed["case"] == opened
    assert room.ask("GET", f"/cases?subject={GRACE}").json()["cases"] == []
    assert room.ask("GET", f"/cases/{uuid4()}").status_code == 404


def test_who_may_not_is_refused(room, opened, about):
    for role in ("auditor", "manager", "employee:E1001", "payroll", "operator"):
        assert room.ask("POST", "/cases", about(ADA), role=role).status_code == 403
        assert filed(room, opened, role=role).status_code == 403
    assert room.ask("GET", f"/cases/{opened}", role="employee:E1001").status_code == 403
    assert room.ask("GET", f"/holds/{ADA}", role="employee:E1001").status_code == 403
