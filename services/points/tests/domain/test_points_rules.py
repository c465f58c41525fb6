"""The rates of the points scheme: what holds for whom, on which day."""

from datetime import date
from decimal import Decimal

import pytest

from points.domain.rules import (
    STARTING_RULES,
    Kind,
    Rate,
    RateFound,
    RuleBook,
    RuleVersion,
    TwoVersionsOnOneDay,
    plain,
    rate_on,
)

new_year, midsummer, christmas = date(2031, 1, 1), date(2031, 7, 1), date(2031, 12, 25)
starting = RuleBook((STARTING_RULES,))


def adopted(*later: RuleVersion) -> RuleBook:
    return RuleBook((*later, STARTING_RULES))


def rate(book: RuleBook, kind: Kind, day: date, role: str = "MIDDLE") -> Decimal | None:
    found = rate_on(book, kind, role, day)
    return found and found.points


@pytest.mark.parametrize(
    ("kind", "points"),
    [
        (Kind.ONLINE_HOURS, 2),
        (Kind.WORKSHOP, 5),
        (Kind.EXAM_PASSED, 10),
        (Kind.SHARING, 15),
        (Kind.MENTORING_DONE, 20),
    ],
)
def test_the_starting_rates_hold_for_everyone(kind: Kind, points: int):
    assert rate(starting, kind, new_year) == rate(starting, kind, new_year, "RD_MIDDLE") == points


def test_a_tech_project_is_worth_thirty_to_middle_managers_of_research_only():
    assert rate(starting, Kind.TECH_PROJECT, new_year, "RD_MIDDLE") == 30
    assert rate(starting, Kind.TECH_PROJECT, new_year, "SALES_MIDDLE") is None
    assert rate(starting, Kind.TECH_PROJECT, new_year) is None


def test_a_new_rate_holds_from_its_first_day_and_not_the_day_before():
    book = adopted(RuleVersion(1, midsummer, (Rate(Kind.WORKSHOP, Decimal(8)),)))
    assert rate_on(book, Kind.WORKSHOP, "MIDDLE", date(2031, 6, 30)) == RateFound(Decimal(5), rules=0)
    assert rate_on(book, Kind.WORKSHOP, "MIDDLE", midsummer) == RateFound(Decimal(8), rules=1)


def test_a_kind_that_a_version_does_not_name_keeps_its_rate():
    book = adopted(
        RuleVersion(2, midsummer, (Rate(Kind.EXAM_PASSED, Decimal(12)),)),
        RuleVersion(1, new_year, (Rate(Kind.WORKSHOP, Decimal(8)),)),
    )
    assert rate(book, Kind.WORKSHOP, christmas) == 8
    assert rate(book, Kind.EXAM_PASSED, christmas) == 12
    assert rate(book, Kind.SHARING, christmas) == 15


def test_a_roles_own_rate_wins_over_everyones_even_a_later_one():
    book = adopted(
        RuleVersion(1, new_year, (Rate(Kind.SHARING, Decimal(10), role="SALES_MIDDLE"),)),
        RuleVersion(2, midsummer, (Rate(Kind.SHARING, Decimal(18)),)),
    )
    assert rate(book, Kind.SHARING, christmas, "SALES_MIDDLE") == 10
    assert rate(book, Kind.SHARING, christmas) == 18


def test_two_versions_cannot_begin_on_one_day():
    with pytest.raises(TwoVersionsOnOneDay, match="two rule versions begin on 2031-01-01"):
        RuleBook((RuleVersion(1, new_year, ()), RuleVersion(2, new_year, ())))


@pytest.mark.parametrize(("points", "written"), [("100", "100"), ("7.50", "7.5"), ("0.00", "0"), ("7", "7")])
def test_points_are_written_without_trailing_zeros(points: str, written: str):
    assert plain(Decimal(points)) == written
