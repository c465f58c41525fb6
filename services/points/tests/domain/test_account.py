"""An account of points: what is earned once, what is taken back, and that order does not matter."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from points.domain.account import (
    Account,
    CountsWhole,
    Fact,
    News,
    ToldInTwoWays,
    Voiding,
    VoidingsInACircle,
    account_of,
)
from points.domain.rules import STARTING_RULES, Kind, Rate, RuleBook, RuleVersion

march, september, next_march = date(2031, 3, 3), date(2031, 9, 1), date(2032, 3, 3)
book = RuleBook((STARTING_RULES, RuleVersion(1, date(2031, 7, 1), (Rate(Kind.EXAM_PASSED, Decimal(15)),))))


def fact(id: str, kind: Kind, on: date = march, quantity: str = "1", exam: str | None = None) -> Fact:
    return Fact(id, kind, on, "RD_MIDDLE", Decimal(quantity), exam)


def account(*told: News) -> Account:
    return account_of(told, book)


def entries(*told: News) -> list[tuple[str, Decimal]]:
    return [(entry.news, entry.points) for entry in account(*told).entries]


def test_online_hours_count_by_parts():
    assert account(fact("a", Kind.ONLINE_HOURS, quantity="3.25")).points == Decimal("6.5")


def test_half_a_workshop_is_refused():
    with pytest.raises(CountsWhole, match=r"WORKSHOP counts whole, not 0\.5"):
        account(fact("a", Kind.WORKSHOP, quantity="0.5"))


def test_three_workshops_told_at_once_count_three_times():
    assert account(fact("a", Kind.WORKSHOP, quantity="3")).points == 15


def test_a_failed_exam_earns_nothing():
    assert account(fact("a", Kind.EXAM_FAILED, exam="安全")).points == 0


def test_a_fact_that_no_rule_covers_earns_nothing_and_says_so():
    sold = Fact("a", Kind.TECH_PROJECT, march, "SALES_MIDDLE")
    (entry,) = account(sold).entries
    assert entry.points == 0
    assert entry.why == "TECH_PROJECT: no rule covers SALES_MIDDLE"


def test_a_fact_told_twice_counts_once():
    assert account(fact("a", Kind.SHARING), fact("a", Kind.SHARING)).points == 15


def test_a_fact_told_in_two_ways_is_refused():
    with pytest.raises(ToldInTwoWays, match="a is told in two different ways"):
        account(fact("a", Kind.SHARING), fact("a", Kind.WORKSHOP))


# Exams


def test_an_exam_counts_once_a_year_at_the_rate_of_its_first_pass():
    told = (fact("b", Kind.EXAM_PASSED, september, exam="安全"), fact("a", Kind.EXAM_PASSED, march, exam="安全"))
    assert entries(*told) == [("a", 10), ("b", 0)]


def test_an_exam_counts_again_in_another_year():
    told = (fact("a", Kind.EXAM_PASSED, march, exam="安全"), fact("b", Kind.EXAM_PASSED, next_march, exam="安全"))
    assert account(*told).points == 25


def test_two_exams_count_each():
    told = (fact("a", Kind.EXAM_PASSED, exam="安全"), fact("b", Kind.EXAM_PASSED, exam="质量"))
    assert account(*told).points == 20


def test_exams_without_a_name_count_each():
    assert account(fact("a", Kind.EXAM_PASSED), fact("b", Kind.EXAM_PASSED)).points == 20


def test_a_named_exam_counts_once_however_often_one_fact_says_it_was_passed():
    assert account(fact("a", Kind.EXAM_PASSED, quantity="3", exam="安全")).points == 10


def test_a_fail_does_not_use_up_the_year():
    told = (fact("a", Kind.EXAM_FAILED, exam="安全"), fact("b", Kind.EXAM_PASSED, september, exam="安全"))
    assert account(*told).points == 15


def test_when_the_pass_that_counted_is_voided_the_later_one_counts():
    told = (
        fact("a", Kind.EXAM_PASSED, march, exam="安全"),
        fact("b", Kind.EXAM_PASSED, september, exam="安全"),
        Voiding("c", "a", september),
    )
    assert account(*told).points == 15


# Voiding


def test_a_voided_fact_keeps_its_entry_beside_the_one_that_takes_it_back():
    assert entries(fact("a", Kind.WORKSHOP), Voiding("b", "a", september)) == [("a", 5), ("b", -5)]


def test_a_voiding_that_comes_first_takes_back_all_the_same():
    assert account(Voiding("b", "a", march), fact("a", Kind.WORKSHOP, september)).points == 0


def test_a_fact_is_taken_back_once_however_often_it_is_voided():
    told = (fact("a", Kind.WORKSHOP), Voiding("b", "a", march), Voiding("c", "a", march))
    assert entries(*told) == [("a", 5), ("b", -5), ("c", 0)]


def test_a_voided_voiding_gives_the_points_back():
    told = (fact("a", Kind.WORKSHOP), Voiding("b", "a", march), Voiding("c", "b", march))
    assert entries(*told) == [("a", 5), ("b", -5), ("c", 5)]


def test_an_exam_whose_voiding_was_voided_counts_and_the_later_pass_does_not():
    told = (
        fact("a", Kind.EXAM_PASSED, march, exam="安全"),
        Voiding("b", "a", march),
        Voiding("c", "b", march),
        fact("d", Kind.EXAM_PASSED, september, exam="安全"),
    )
    assert account(*told).points == 10


def test_of_two_voidings_the_one_that_stands_takes_back():
    told = (fact("a", Kind.WORKSHOP), Voiding("b", "a", march), Voiding("c", "a", march), Voiding("d", "b", march))
    assert entries(*told) == [("a", 5), ("b", 0), ("c", -5), ("d", 0)]


def test_an_entry_says_how_much_counted_at_which_rate_of_which_rules():
    (entry,) = account(fact("a", Kind.EXAM_PASSED, september, quantity="2", exam="安全")).entries
    assert (entry.quantity, entry.rate, entry.rules, entry.points) == (1, 15, 1, 15)


def test_voiding_what_nobody_knows_takes_back_nothing():
    assert account(fact("a", Kind.WORKSHOP), Voiding("b", "z", march)).points == 5


def test_voidings_in_a_circle_are_refused():
    with pytest.raises(VoidingsInACircle, match="takes back itself"):
        account(Voiding("a", "b", march), Voiding("b", "a", march))


# Whatever is told, in whatever order

days = st.integers(0, 800).map(lambda late: date(2031, 1, 1) + timedelta(late))


@st.composite
def stories(draw: st.DrawFn) -> list[News]:
    facts: list[News] = []
    for number in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(list(Kind)))
        exam = draw(st.sampled_from([None, "安全", "质量"])) if kind is Kind.EXAM_PASSED else None
        quantity = draw(st.decimals(0, 9, places=2)) if kind is Kind.ONLINE_HOURS else Decimal(draw(st.integers(0, 2)))
        facts.append(Fact(f"f{number}", kind, draw(days), "RD_MIDDLE", quantity, exam))
    for number in range(draw(st.integers(0, 4))):
        target = draw(st.sampled_from(facts)).id  # only earlier news, so never a circle
        facts.append(Voiding(f"v{number}", target, draw(days)))
    return facts


@given(stories(), st.randoms(use_true_random=False))
def test_points_are_the_sum_of_their_entries_in_any_order_and_however_often_told(story: list[News], random):
    told = [*story, *random.choices(story, k=3)]
    random.shuffle(told)
    assert account(*told) == account(*story)
    assert account(*told).points == sum(entry.points for entry in account(*story).entries)


@given(stories())
def test_the_sum_is_what_the_standing_facts_alone_would_earn(story: list[News]):
    fallen: set[str] = set()
    for news in reversed(story):  # a voiding was drawn after what it takes back
        if isinstance(news, Voiding) and news.id not in fallen:
            fallen.add(news.of)
    standing = [news for news in story if isinstance(news, Fact) and news.id not in fallen]
    assert account(*story).points == account(*standing).points >= 0


@given(stories())
def test_a_later_rule_never_changes_an_earlier_award(story: list[News]):
    doubled = RuleVersion(2, date(2040, 1, 1), tuple(Rate(kind, Decimal(99)) for kind in Kind))
    assert account_of(story, RuleBook((*book.versions, doubled))) == account_of(story, book)
