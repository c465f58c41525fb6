"""Months as the law counts them, at month ends and in leap years."""

from datetime import date
from fractions import Fraction

import pytest

from agreements.domain.calendar import add_months, elapsed, months_between


@pytest.mark.parametrize(
    ("anchor", "months", "day"),
    [
        (date(2024, 8, 31), 6, date(2025, 2, 28)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2025, 2, 28), 6, date(2025, 8, 28)),
        (date(2022, 12, 31), 24, date(2024, 12, 31)),
        (date(2024, 12, 31), -1, date(2024, 11, 30)),
        (date(2024, 1, 15), -1, date(2023, 12, 15)),
        (date(2024, 1, 31), 0, date(2024, 1, 31)),
    ],
)
def test_a_month_ends_on_its_corresponding_day_or_on_the_months_last(anchor, months, day):
    assert add_months(anchor, months) == day


def test_months_are_counted_from_the_anchor_and_not_from_a_shortened_one():
    assert [add_months(date(2025, 1, 31), n) for n in (1, 2, 3)] == [
        date(2025, 2, 28),
        date(2025, 3, 31),
        date(2025, 4, 30),
    ]


def test_a_shortened_corresponding_day_completes_its_month():
    assert months_between(date(2025, 1, 31), date(2025, 2, 27)) == 0
    assert months_between(date(2025, 1, 31), date(2025, 2, 28)) == 1
    assert months_between(date(2025, 1, 31), date(2025, 3, 30)) == 1
    assert months_between(date(2025, 1, 31), date(2025, 3, 31)) == 2


def test_a_running_month_lasts_to_the_next_corresponding_day():
    assert elapsed(date(2024, 3, 31), date(2025, 7, 15)).exactly == 15 + Fraction(15, 31)
    assert elapsed(date(2025, 1, 30), date(2025, 3, 14)).exactly == 1 + Fraction(14, 30)
    assert elapsed(date(2024, 1, 15), date(2024, 2, 29)).exactly == 1 + Fraction(14, 29)


def test_nothing_has_passed_before_the_anchor():
    assert elapsed(date(2025, 3, 31), date(2025, 2, 28)).exactly == 0
    assert elapsed(date(2025, 3, 31), date(2025, 3, 31)).exactly == 0
