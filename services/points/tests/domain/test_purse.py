"""A purse: what is awarded once, what is taken back once, and that it holds what the account comes to."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from contracts.points import PointsAwarded, PointsReversed, PointsYearAssessed
from points.domain import purse
from points.domain.account import Fact, account_of
from points.domain.purse import AssessYear, AwardPoints, Purse, ReversePoints
from points.domain.rules import STARTING_RULES, Kind, Rate, RuleBook, RuleVersion

march, september = date(2031, 3, 3), date(2031, 9, 1)
midsummer = RuleVersion(1, date(2031, 7, 1), (Rate(Kind.EXAM_PASSED, Decimal(15)),))
book = RuleBook((STARTING_RULES, midsummer))
assessed = PointsYearAssessed(
    employee="E1",
    year=2031,
    points=Decimal(10),
    counted=Decimal(10),
    rank=1,
    excellent=True,
    bonus=True,
    target_met=False,
    rating_flag="POINTS_NOT_MET",
    next_year_pay_review_eligible=False,
)


def fact(id: str, kind: Kind = Kind.WORKSHOP, on: date = march, **more) -> Fact:
    return Fact(id, kind, on, more.pop("role", "MIDDLE"), **more)


def exam(id: str, on: date = march, name: str = "safety") -> Fact:
    return fact(id, Kind.EXAM_PASSED, on, exam=name)


def award(told: Fact, rules: RuleBook = book) -> AwardPoints:
    return AwardPoints("E1", told, rules, "安全生产")


def void(id: str) -> ReversePoints:
    return ReversePoints("E1", id, "没有参加")


def after(*commands) -> Purse:
    held = purse.initial
    for command in commands:
        for event in purse.decide(command, held):
            held = purse.evolve(held, event)
    return held


def test_a_fact_is_awarded_at_the_rate_of_its_day():
    (awarded,) = purse.decide(award(exam("a", september)), purse.initial)
    assert awarded == PointsAwarded(
        employee="E1",
        year=2031,
        kind="EXAM_PASSED",
        quantity=Decimal(1),
        rate=Decimal(15),
        points=Decimal(15),
        rules=1,
        fact="a",
        on=september,
        note="安全生产: EXAM_PASSED: 1 × 15 = 15 (rule version 1)",
        exam="safety",
    )


def test_a_fact_told_again_changes_nothing():
    assert purse.decide(award(fact("a")), after(award(fact("a")))) == ()


def test_a_fact_that_was_taken_back_is_not_awarded_again():
    assert purse.decide(award(fact("a")), after(award(fact("a")), void("a"))) == ()


def test_a_fact_before_the_first_rule_earns_nothing():
    assert purse.decide(award(fact("a"), RuleBook(())), purse.initial) == ()
    assert purse.decide(award(exam("a"), RuleBook((midsummer,))), purse.initial) == ()


def test_a_fact_that_no_rule_covers_earns_nothing():
    assert purse.decide(award(fact("a", Kind.TECH_PROJECT, role="SALES_MIDDLE")), purse.initial) == ()


def test_an_exam_counts_once_a_year_by_the_pass_that_is_told_first():
    held = after(award(exam("b", september)))
    assert purse.decide(award(exam("a", march)), held) == ()
    assert len(purse.decide(award(exam("c", march, "culture")), held)) == 1


def test_when_the_pass_that_counted_is_taken_back_another_can_count():
    assert after(award(exam("a")), void("a"), award(exam("b", september))).points == 15


def test_an_award_is_taken_back_once():
    held = after(award(fact("a")))
    (taken,) = purse.decide(void("a"), held)
    assert taken == PointsReversed(employee="E1", year=2031, points=Decimal(5), fact="a", reason="没有参加")
    assert purse.decide(void("a"), after(award(fact("a")), void("a"))) == ()


def test_what_was_never_awarded_cannot_be_taken_back():
    assert purse.decide(void("a"), purse.initial) == ()


def test_a_year_is_assessed_once():
    assert purse.decide(AssessYear(assessed), purse.initial) == (assessed,)
    assert purse.decide(AssessYear(assessed), after(AssessYear(assessed))) == ()


def test_what_is_told_after_the_closing_is_awarded_and_says_so():
    (awarded,) = purse.decide(award(fact("a")), after(AssessYear(assessed)))
    assert isinstance(awarded, PointsAwarded)
    assert awarded.note.endswith("told after the year was closed 年度已关闭")


def test_a_purse_comes_back_from_its_snapshot_as_it_was():
    adapter = TypeAdapter(Purse)
    held = after(award(exam("a")), award(fact("b")), void("b"), AssessYear(assessed))
    assert adapter.validate_json(adapter.dump_json(held)) == held


@st.composite
def years(draw: st.DrawFn) -> list[Fact]:
    days = sorted(draw(st.lists(st.dates(date(2031, 1, 1), date(2031, 12, 31)), max_size=8, unique=True)))
    facts: list[Fact] = []
    for number, on in enumerate(days):
        kind = draw(st.sampled_from([kind for kind in Kind if kind is not Kind.EXAM_FAILED]))
        name = draw(st.sampled_from(["safety", "culture"])) if kind is Kind.EXAM_PASSED else None
        role = draw(st.sampled_from(["RD_MIDDLE", "基层"]))
        quantity = draw(st.decimals(0, 9, places=2)) if kind is Kind.ONLINE_HOURS else Decimal(1)
        facts.append(Fact(f"f{number}", kind, on, role, quantity, name))
    return facts


@given(years(), st.randoms(use_true_random=False))
def test_a_purse_told_of_a_year_day_by_day_holds_what_the_account_comes_to(year, random):
    told = sorted([*year, *random.choices(year, k=3)] if year else [], key=lambda fact: fact.on)
    assert after(*(award(fact) for fact in told)).points == account_of(year, book).points


@given(years(), st.data())
def test_points_are_the_sum_of_the_entries_whatever_is_told(year, data):
    told = [award(fact) for fact in year] + [void(fact.id) for fact in year]
    held, total, given_for = purse.initial, Decimal(0), []
    for command in data.draw(st.permutations(told)):
        for event in purse.decide(command, held):
            held = purse.evolve(held, event)
            total += event.points if isinstance(event, PointsAwarded) else -event.points
            given_for += [event.fact] if isinstance(event, PointsAwarded) else []
    assert held.points == total >= 0
    assert len(given_for) == len(set(given_for))
