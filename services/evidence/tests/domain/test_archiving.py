"""Where a segment is archived, told as given, when, then; and how long it must be kept."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from chassis.testing.spec import given
from contracts.evidence import SegmentArchived
from evidence.domain import archiving
from evidence.domain.archiving import NotCovered, RecordSegment, over, retained_until

HASH = "0" * 64
told = {"segment": 1, "first": 65_536, "length": 65_536, "sha256": HASH, "sm3": HASH, "checkpoint": 131_072}
here, there = (
    RecordSegment(**told, location=f"s3://{name}", retained_until=date(2036, 3, 2)) for name in ("here", "there")
)
archived_here, archived_there = (SegmentArchived(**vars(command)) for command in (here, there))
monday = date(2026, 3, 2)


def test_a_segment_is_archived():
    given(archiving).when(here).then(archived_here)


def test_archiving_it_there_again_changes_nothing():
    given(archiving, archived_here).when(here).then_nothing()


def test_a_second_place_is_another_fact():
    given(archiving, archived_here).when(there).then(archived_there)
    given(archiving, archived_here, archived_there).when(here).then_nothing()


def test_a_checkpoint_that_ends_before_the_segment_does_not_cover_it():
    short = RecordSegment(**told | {"checkpoint": 131_071}, location="s3://here", retained_until=None)
    given(archiving).when(short).then_refused(NotCovered(1, 131_071))


@pytest.mark.parametrize(
    ("retention", "until"),
    [("1d", date(2026, 3, 3)), ("3650d", date(2036, 2, 28)), ("10y", date(2036, 3, 2)), ("", None)],
)
def test_a_retention_is_days_or_years_from_today(retention, until):
    assert retained_until(monday, retention) == until


def test_years_from_a_leap_day_end_on_the_day_after_where_there_is_none():
    assert retained_until(date(2028, 2, 29), "1y") == date(2029, 3, 1)
    assert retained_until(date(2028, 2, 29), "4y") == date(2032, 2, 29)


@pytest.mark.parametrize("retention", ["10", "0d", "y", "-1d", "1y6m", "1000y"])
def test_what_is_no_retention_is_refused(retention):
    with pytest.raises(ValueError, match="such as 3650d or 10y"):
        retained_until(monday, retention)


def test_a_day_is_over_when_it_is_over_for_the_company():
    assert over(monday, ZoneInfo("Asia/Shanghai")) == datetime(2026, 3, 2, 16, tzinfo=UTC)
