"""A raise is recommended to the first fifth of the year, and never applied."""

from decimal import Decimal

import pytest

from payroll_bridge.domain.raises import RankOutside, recommendation


@pytest.mark.parametrize(
    ("rank", "population", "recommended"),
    [(1, 80, "10500.00"), (16, 80, "10500.00"), (17, 80, "10000.00"), (1, 4, "10000.00"), (1, 5, "10500.00")],
)
def test_the_first_fifth_is_recommended_five_percent(rank: int, population: int, recommended: str):
    made = recommendation(Decimal(10000), rank, population)
    assert str(made.wage) == recommended
    assert made.applied is False


def test_a_recommended_wage_is_rounded_half_up():
    assert recommendation(Decimal("10000.10"), 1, 80).wage == Decimal("10500.11")


@pytest.mark.parametrize(("rank", "population"), [(0, 80), (81, 80), (1, 0)])
def test_a_rank_outside_the_population_is_refused(rank: int, population: int):
    with pytest.raises(RankOutside, match=f"rank {rank} is not among {population} people"):
        recommendation(Decimal(10000), rank, population)
