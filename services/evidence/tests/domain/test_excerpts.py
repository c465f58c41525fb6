"""What an excerpt shows and leans on, and what can be said of it: streams, custody, figures."""

import json
from datetime import date
from typing import Any

import pytest

from evidence.domain.excerpt import Excerpt, custody_in, shown, streams_in
from evidence.domain.leaning import facts_named, is_wanted, wanted
from evidence.domain.report import About, figures, operation, parties, signed_with, story

ADA = "E1001"
CASE = "0190a1b2-0000-4000-8000-00000000ca5e"
FACT = "0190a1b2-0000-4000-8000-00000000fac7"


def excerpt(desk: Any, *bodies: bytes, by: str = "people") -> Excerpt:
    sealed = desk.seal(*(desk.message(body, by) for body in bodies))
    return Excerpt(tuple(shown(record.seq, record.leaf) for record in sealed))


def test_a_stream_is_whole_if_its_first_record_is_here(desk):
    desk.open()
    all_of_it = excerpt(desk, desk.event(version=1), desk.event(version=2), desk.event(version=3))
    (said,) = streams_in(all_of_it).values()
    assert (said["first"], said["last"], said["records"], said["whole"]) == (1, 3, 3, True)
    (said,) = streams_in(Excerpt(all_of_it.records[1:])).values()
    assert (said["first"], said["whole"]) == (2, False)


def test_what_was_recorded_twice_is_shown_twice_and_counted_once(desk):
    desk.open()
    twice = excerpt(desk, desk.event(), desk.event())
    assert len(twice.records) == 2
    assert len(twice.of("people.EmployeeHired.v1")) == 1
    assert len(story(twice, [ADA])) == 1


def test_what_is_no_event_has_no_stream_and_no_story(desk):
    desk.open()
    none = excerpt(desk, b"poison")
    assert streams_in(none) == {}
    assert story(none, [ADA]) == []
    assert ["异常标记", "记录 2"] in operation(none)


@pytest.mark.parametrize(
    ("kind", "data", "on", "match"),
    [
        ("agreements.AgreementDrafted.v1", {"policy": 2, "template": "专项", "template_version": 1, "course": "C1"}, "agreements.PolicyAdopted.v1", {"policy": 2}),
        ("agreements.AgreementDrafted.v1", {"policy": 2, "template": "专项", "template_version": 1, "course": "C1"}, "agreements.TemplatePublished.v1", {"template": "专项", "template_version": 1}),
        ("points.PointsAwarded.v1", {"rules": 3}, "points.RulesAdopted.v1", {"rules": 3}),
        ("payroll-bridge.AdjustmentProposed.v1", {}, "payroll-bridge.BonusRuleAdopted.v1", {}),
    ],
)  # fmt: skip
def test_an_event_leans_on_the_version_of_the_rule_that_it_names(kind, data, on, match):
    matches = wanted([{"type": kind, "data": data}])[on]
    assert matches == [match]
    assert is_wanted({**match, "more": 1}, matches)
    assert not any(is_wanted({**match, name: "another"}, matches) for name in match)


def test_an_event_leans_on_the_facts_that_it_names_and_on_nothing_that_is_no_id():
    events = [{"data": {"fact": FACT}}, {"data": {"completion": "none"}}, {"data": None}, {}]
    assert {str(fact) for fact in facts_named(events)} == {FACT}


def test_the_custody_log_has_what_was_done_in_this_case_alone(desk):
    desk.open()

    def filed(version: int, case: str, digest: str) -> bytes:
        data = {"case": case, "person": ADA, "name": {"key": "k", "text": "", "commitment": "c" * 64}, "sha256": digest}
        return desk.event(version=version, service="evidence", type="evidence.DocumentFiled.v1", subject="x", data=data)

    bodies = filed(1, CASE, "a" * 64), filed(2, "another", "b" * 64), filed(3, CASE, "a" * 64)
    log = custody_in(excerpt(desk, *bodies, by="evidence"), CASE)
    assert [entry["sha256"] for entry in log["filings"]] == ["a" * 64] * 2
    assert log["filings"][0]["named_by"] == [log["filings"][1]["seq"]]
    assert "name" not in log["filings"][0], "it is sealed"
    assert log["hand_overs"] == []


def test_a_figure_says_which_record_it_comes_from(desk):
    desk.open()
    source = desk.event(version=1)
    data = {
        "fact": json.loads(source)["id"],
        "points": "10",
        "kind": "EXAM_PASSED",
        "quantity": "1",
        "rate": "10",
        "rules": 1,
    }
    award = desk.event(FACT, service="points", type="points.PointsAwarded.v1", data=data)
    both = [*excerpt(desk, source).records, *excerpt(desk, award, by="points").records]
    (figure,) = figures(Excerpt(tuple(both)), [ADA])
    assert (figure["kind"], figure["from"], figure["basis"]) == ("积分", both[0].seq, "积分规则版本:1、分值:10")
    assert figures(Excerpt(tuple(both)), ["E1002"]) == []


def test_a_record_without_a_signature_says_so(desk):
    desk.open()
    (signed,) = excerpt(desk, desk.event()).records
    assert signed_with(signed).startswith("people/")
    (sealed,) = desk.seal(desk.message(desk.event(version=2), headers=()))
    assert signed_with(shown(sealed.seq, sealed.leaf)) == "无签名"


def test_a_name_is_told_only_where_it_was_opened():
    about = About((ADA, "E1002"), date(2026, 1, 1), date(2026, 2, 1))
    rows = dict(parties(about, {ADA: "欧阳思雨"}))
    assert rows["劳动者"] == "E1001(欧阳思雨)、E1002(姓名〔密封〕)"
