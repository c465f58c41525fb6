"""Who read what, and what evidence finds when it checks itself."""

from datetime import UTC, datetime, timedelta

from chassis.testing.spec import given
from contracts.evidence import RecordsRead, SelfChecked
from evidence.domain import readings, self_checks
from evidence.domain.completeness import Said
from evidence.domain.readiness import Readiness, counts
from evidence.domain.readings import NoteReading
from evidence.domain.self_checks import Clock, RecordSelfCheck, Verified, clock_by

noon = datetime(2031, 3, 3, 12, tzinfo=UTC)
ROOT = "ab" * 32


def test_who_reads_about_another_leaves_a_trace_each_time():
    grace_reads = NoteReading("ada", "grace", "records?subject=ada", 42)
    read = RecordsRead(employee="ada", what="records?subject=ada", found=42)
    given(readings).when(grace_reads).then(read)
    given(readings, read).when(grace_reads).then(read)


def test_who_reads_ones_own_file_leaves_none():
    given(readings).when(NoteReading("ada", "ada", "records?subject=ada", 42)).then_nothing()


def test_a_search_that_names_nobody_leaves_a_trace_of_whoever_asked():
    for reader in (None, "grace"):
        asked = NoteReading(None, reader, "records?day=2031-03-03", 0)
        given(readings).when(asked).then(RecordsRead(what="records?day=2031-03-03", found=0))


def test_a_self_check_says_what_was_verified_and_who_was_at_work():
    answers = {"people": Readiness("ready", "p" * 64, Said(7, 7)), "points": Readiness("away: ConnectionRefusedError")}
    command = RecordSelfCheck(Verified(3, 7, ROOT, 1), answers, Clock("https://tsa.example", -12))
    checked = SelfChecked(
        since=3,
        size=7,
        root=ROOT,
        findings=1,
        builds={"people": "p" * 64},
        health={"people": "ready", "points": "away: ConnectionRefusedError"},
        clock="https://tsa.example",
        clock_offset=-12,
    )
    given(self_checks).when(command).then(checked)


def test_without_a_time_stamp_nothing_is_said_of_the_clock():
    given(self_checks).when(RecordSelfCheck(Verified(0, 7, ROOT, 0), {}, None)).then(
        SelfChecked(since=0, size=7, root=ROOT, findings=0, builds={}, health={})
    )


def test_our_clock_is_ahead_by_what_lies_between_the_stamp_and_its_record():
    assert clock_by("tsa", noon, noon + timedelta(seconds=1.5)) == Clock("tsa", 1_500)
    assert clock_by("tsa", noon, noon - timedelta(hours=1)) == Clock("tsa", -3_600_000)


def test_only_who_says_a_count_has_one():
    assert counts({"people": Readiness("ready", None, Said(1, 1)), "points": Readiness("away")}) == {
        "people": Said(1, 1)
    }
