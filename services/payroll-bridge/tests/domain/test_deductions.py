"""Deductions from wages: what permits them, how much a month bears, and what remains."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payroll_bridge.domain.deductions import (
    DAMAGES_CAP,
    BlockedBy,
    Deductions,
    Penalty,
    Permission,
    damages,
    penalties,
)
from payroll_bridge.domain.pay import MonthsPay
from payroll_bridge.domain.regions import NATIONAL, TABLE, RegionRule, RegionUnknown, rule_of

today = date(2031, 6, 2)
beijing, guangdong, shenzhen = (rule_of(place, today) for place in ("BEIJING", "GUANGDONG", "SHENZHEN"))
consent = Permission(consent=True)


def months(*wages: str, minimum: str = "2740", set_apart: str = "0") -> tuple[MonthsPay, ...]:
    return tuple(MonthsPay(Decimal(wage), Decimal(minimum), set_apart=Decimal(set_apart)) for wage in wages)


def deduct(
    owed: str,
    of: Sequence[MonthsPay],
    permission: Permission = consent,
    rule: RegionRule = beijing,
    cap: str | None = None,
) -> Deductions:
    return damages(Decimal(owed), of, permission, rule, DAMAGES_CAP if cap is None else Decimal(cap))


def amounts(made: Deductions) -> list[str]:
    return [str(amount) for amount in made.amounts]


# What permits damages


def test_without_consent_or_award_nothing_is_taken_and_the_claim_remains():
    made = deduct("5000", months("10000", "10000"), Permission())
    assert (amounts(made), made.remaining, made.blocked_by) == (["0.00", "0.00"], 5000, BlockedBy.NO_CONSENT)


def test_an_award_in_force_permits_as_consent_does():
    assert amounts(deduct("5000", months("10000"), Permission(award=True))) == ["2000.00"]


@pytest.mark.parametrize("permission", [Permission(consent=True), Permission(award=True)])
def test_guangdong_asks_for_written_notice_first(permission: Permission):
    made = deduct("1000", months("10000"), permission, guangdong)
    assert (amounts(made), made.remaining, made.blocked_by) == (["0.00"], 1000, BlockedBy.NOTICE_REQUIRED)


def test_after_notice_guangdong_deducts():
    made = deduct("1000", months("10000"), Permission(consent=True, prior_written_notice=True), guangdong)
    assert (amounts(made), made.blocked_by) == (["1000.00"], None)


def test_notice_does_not_replace_consent():
    made = deduct("1000", months("10000"), Permission(prior_written_notice=True), guangdong)
    assert made.blocked_by is BlockedBy.NO_CONSENT


@pytest.mark.parametrize("rule", [beijing, shenzhen])
def test_elsewhere_no_notice_is_asked(rule: RegionRule):
    assert deduct("1000", months("10000"), rule=rule).blocked_by is None


# How much


def test_a_fifth_of_the_wage_is_taken_each_month_until_nothing_is_owed():
    made = deduct("5000", months("10000", "10000", "10000", "10000"))
    assert (amounts(made), made.remaining) == (["2000.00", "2000.00", "1000.00", "0.00"], 0)


def test_what_the_last_payroll_leaves_may_still_be_collected():
    made = deduct("5000", months("10000"))
    assert (amounts(made), made.remaining) == (["2000.00"], 3000)


def test_without_a_payroll_everything_remains():
    made = deduct("5000", ())
    assert (made.amounts, made.remaining, made.blocked_by) == ((), 5000, None)


def test_the_rest_reaches_the_minimum_wage():
    assert amounts(deduct("5000", months("3000", "2740", "2700", "10000"))) == ["260.00", "0.00", "0.00", "2000.00"]


def test_overtime_does_not_help_to_reach_the_minimum_wage_of_a_debtor():
    assert amounts(deduct("5000", months("3000", set_apart="200"))) == ["60.00"]


def test_deductions_are_rounded_down_to_the_fen():
    made = deduct("5000", months("3333.33", minimum="0"))
    assert (amounts(made), str(made.remaining)) == (["666.66"], "4333.34")


def test_an_agreed_cap_may_be_lower_than_the_laws_but_not_higher():
    assert amounts(deduct("5000", months("10000"), cap="0.10")) == ["1000.00"]
    assert amounts(deduct("5000", months("10000"), cap="0.50")) == ["2000.00"]


money = st.integers(0, 5_000_000).map(lambda fen: Decimal(fen) / 100)


@given(money, st.lists(money, max_size=5), money, st.decimals(0, 1, places=3))
def test_deductions_never_exceed_what_is_owed_the_cap_or_the_floor(
    owed: Decimal, wages: list[Decimal], minimum: Decimal, cap: Decimal
):
    made = damages(owed, [MonthsPay(wage, minimum) for wage in wages], consent, beijing, cap)
    assert sum(made.amounts) + made.remaining == owed
    assert made.remaining >= 0
    for wage, amount in zip(wages, made.amounts, strict=True):
        assert 0 <= amount <= min(cap, DAMAGES_CAP) * wage
        assert amount == 0 or wage - amount >= minimum


# Money penalties

ten_thousand = months("10000")[0]


def fine(amount: str, act: str = "迟到") -> Penalty:
    return Penalty(act, Decimal(amount))


@pytest.mark.parametrize("rule", [beijing, guangdong])
def test_where_no_law_allows_it_a_penalty_is_refused_and_nothing_remains(rule: RegionRule):
    made = penalties(ten_thousand, [fine("500")], rule)
    assert (amounts(made), made.remaining, made.blocked_by) == (["0.00"], 0, BlockedBy.NO_LEGAL_BASIS)


def test_shenzhen_allows_a_penalty_of_thirty_percent_and_the_excess_is_void():
    made = penalties(ten_thousand, [fine("5000")], shenzhen)
    assert (amounts(made), made.remaining, made.blocked_by) == (["3000.00"], 0, None)
    assert amounts(penalties(ten_thousand, [fine("3000")], shenzhen)) == ["3000.00"]
    assert amounts(penalties(ten_thousand, [fine("500")], shenzhen)) == ["500.00"]


def test_penalties_of_a_month_together_stay_within_thirty_percent():
    made = penalties(ten_thousand, [fine("2000", "迟到"), fine("2000", "早退"), fine("100", "旷工")], shenzhen)
    assert amounts(made) == ["2000.00", "1000.00", "0.00"]


def test_one_act_is_never_penalised_twice():
    assert amounts(penalties(ten_thousand, [fine("200"), fine("200")], shenzhen)) == ["200.00", "0.00"]
    made = penalties(ten_thousand, [fine("200")], shenzhen, penalised=frozenset({"迟到"}))
    assert amounts(made) == ["0.00"]


def test_a_penalty_leaves_the_minimum_wage():
    assert amounts(penalties(months("3000")[0], [fine("900")], shenzhen)) == ["260.00"]


def test_rules_of_the_company_may_allow_less_than_the_region_but_not_more():
    assert amounts(penalties(ten_thousand, [fine("5000")], shenzhen, cap=Decimal("0.10"))) == ["1000.00"]
    assert amounts(penalties(ten_thousand, [fine("5000")], shenzhen, cap=Decimal("0.50"))) == ["3000.00"]


@given(money, money, st.lists(money, max_size=5))
def test_penalties_stay_within_thirty_percent_each_and_together(wage: Decimal, minimum: Decimal, fines: list[Decimal]):
    made = penalties(MonthsPay(wage, minimum), [Penalty(str(n), fine) for n, fine in enumerate(fines)], shenzhen)
    together = sum(made.amounts)
    assert together <= wage * Decimal("0.30")
    assert together == 0 or wage - together >= minimum
    assert all(0 <= amount <= fine for amount, fine in zip(made.amounts, fines, strict=True))
    assert made.remaining == 0


# Regions


def test_a_city_lies_under_the_rule_of_its_province_and_shenzhen_under_its_own():
    assert rule_of("DONGGUAN", today) == guangdong
    assert rule_of("SHENZHEN", today) != guangdong
    assert rule_of("HANGZHOU", today).region == NATIONAL


def test_a_regions_rule_holds_from_its_first_day():
    assert rule_of("SHENZHEN", date(2008, 10, 31)).penalty_share is None
    assert rule_of("SHENZHEN", date(2008, 11, 1)).penalty_share == Decimal("0.30")
    assert not rule_of("GUANGDONG", date(2005, 4, 30)).notice_before_damages
    assert rule_of("GUANGDONG", date(2005, 5, 1)).notice_before_damages


def test_a_newer_national_rule_does_not_replace_a_regions_own():
    newer = RegionRule(NATIONAL, date(2030, 1, 1), "新规定")
    assert rule_of("SHENZHEN", today, (*TABLE, newer)) == shenzhen
    assert rule_of("BEIJING", today, (*TABLE, newer)) == newer


def test_an_unknown_place_is_refused():
    with pytest.raises(RegionUnknown, match="region 'ATLANTIS' is not in the table"):
        rule_of("ATLANTIS", today)
