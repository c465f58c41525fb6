"""The rulebook: versions that follow each other, and for whom their rates are."""

from datetime import date
from decimal import Decimal

import pytest

from points.domain import rulebook
from points.domain.roles import role_of
from points.domain.rulebook import AdoptRules, Rulebook, RulesNotLater
from points.domain.rules import Kind, rate_on

new_year, midsummer = date(2031, 1, 1), date(2031, 7, 1)


def rules(first_day: date, target: int = 100, **rates: int) -> AdoptRules:
    named = {kind: Decimal(points) for kind, points in rates.items()}
    return AdoptRules(first_day, named, {"RD_MIDDLE": {"TECH_PROJECT": Decimal(30)}}, "TOTAL_ONLY", Decimal(target))


def after(*commands: AdoptRules) -> Rulebook:
    held = rulebook.initial
    for command in commands:
        for event in rulebook.decide(command, held):
            held = rulebook.evolve(held, event)
    return held


def test_versions_are_numbered_as_they_are_adopted():
    held = after(rules(new_year, WORKSHOP=5), rules(midsummer, WORKSHOP=8))
    assert [(version.rules, version.first_day) for version in held.versions] == [(1, new_year), (2, midsummer)]


@pytest.mark.parametrize("first_day", [new_year, date(2030, 12, 31)])
def test_a_later_version_starts_later(first_day: date):
    with pytest.raises(RulesNotLater) as refused:
        rulebook.decide(rules(first_day, WORKSHOP=8), after(rules(new_year, WORKSHOP=5)))
    assert (refused.value.first_day, refused.value.adopted) == (first_day, new_year)


def test_the_same_rules_again_change_nothing():
    assert rulebook.decide(rules(new_year, WORKSHOP=5), after(rules(new_year, WORKSHOP=5))) == ()


def test_rates_hold_from_their_first_day_for_whom_they_are():
    book = after(rules(new_year, WORKSHOP=5), rules(midsummer, WORKSHOP=8)).rates()
    assert rate_on(book, Kind.WORKSHOP, "基层", date(2031, 6, 30)).points == 5
    assert rate_on(book, Kind.WORKSHOP, "基层", midsummer).points == 8
    assert rate_on(book, Kind.TECH_PROJECT, "RD_MIDDLE", new_year).points == 30
    assert rate_on(book, Kind.TECH_PROJECT, "MIDDLE", new_year) is None
    assert rate_on(book, Kind.WORKSHOP, "基层", date(2030, 12, 31)) is None


def test_the_version_of_a_day_is_the_newest_by_then():
    held = after(rules(new_year, target=80), rules(midsummer, target=100))
    assert [version and version.target for version in map(held.on, (date(2030, 1, 1), new_year, midsummer))] == [
        None,
        80,
        100,
    ]


@pytest.mark.parametrize(
    ("level", "post", "role"),
    [
        ("中层", "研发经理", "RD_MIDDLE"),
        ("中层", "销售经理", "SALES_MIDDLE"),
        ("中层", "车间主任", "MIDDLE"),
        ("基层", "研发工程师", "基层"),
        ("高层", "销售总监", "高层"),
    ],
)
def test_middle_managers_of_research_and_sales_are_roles_of_their_own(level: str, post: str, role: str):
    assert role_of(level, post) == role
