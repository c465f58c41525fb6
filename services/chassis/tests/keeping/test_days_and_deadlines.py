"""Days and what is due on them: heard as facts, fired once all that was said before was heard, each by itself."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from chassis.keeping.deadlines import Deadlines
from chassis.keeping.errands import Errands
from chassis.keeping.inbox import Delivery, positions_in
from chassis.keeping.work import NoDayOpened, Work
from chassis.testing.counter.domain import Counted, DayCame, Emptied, Knocked, NothingToEmpty, TooMuch
from chassis.testing.counter.service import DUTIES, HOUSE, count, empty
from chassis.testing.service import ServiceUnderTest
from contracts.envelope import Event, Fact

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(60)]

monday = date(2031, 3, 3)
tuesday, wednesday, thursday = (monday + timedelta(days=n) for n in (1, 2, 3))


def counted(service: ServiceUnderTest) -> list[str]:
    return [fact.employee for fact in service.said(Counted) if isinstance(fact, Counted)]


def remind(work: Work, due: date, key: str, *, last_useful: date | None = None) -> None:
    work.remind(due, "remind", key, last_useful=last_useful)


def test_today_is_the_last_day_heard_and_never_the_clock(counters: ServiceUnderTest):
    with pytest.raises(NoDayOpened):
        counters.ask(lambda work: work.today)
    counters.hears(DayCame(day=monday))
    assert counters.ask(lambda work: work.today) == monday
    counters.hears(DayCame(day=tuesday))
    assert counters.ask(lambda work: work.today) == tuesday


def test_a_deadline_fires_once_on_its_day(counters: ServiceUnderTest):
    counters.opens(monday)
    counters.ask(remind, tuesday, "ada")
    counters.deadlines.fire()
    assert counted(counters) == []
    counters.opens(tuesday)
    counters.opens(wednesday)
    assert counted(counters) == ["ada"]


def test_a_deadline_is_judged_by_its_day_although_later_ones_were_heard(counters: ServiceUnderTest):
    days: list[date] = []
    deadlines = due(counters, lambda work, key: days.append(work.today))
    counters.ask(remind, monday, "ada")
    counters.ask(remind, wednesday, "grace")
    counters.hears(*(DayCame(day=day) for day in (monday, tuesday, wednesday, thursday)))
    deadlines.fire()
    assert days == [monday, wednesday]


def due(service: ServiceUnderTest, handler) -> Deadlines:
    return Deadlines(
        HOUSE.name, {"remind": handler}, service.committer, service.store, lambda: positions_in(service.store)
    )


def test_no_deadline_fires_before_the_inbox_has_passed_what_was_said_before_the_day(counters: ServiceUnderTest):
    counters.ask(remind, monday, "ada")
    before = counters.news(Knocked(employee="grace", times=1))
    day = counters.news(DayCame(day=monday))
    ends = counters.ends()
    counters.committer.submit(Delivery(counters.hearing, (day,), ends)).result()
    counters.deadlines.fire()
    assert counted(counters) == [], "the day is recorded, and grace's knock not yet heard"
    counters.delivers(before)
    counters.deadlines.fire()
    assert counted(counters) == ["grace", "ada"]


def test_days_fire_in_their_order_and_none_overtakes(counters: ServiceUnderTest):
    counters.ask(remind, tuesday, "ada")
    late = counters.news(Knocked(employee="grace", times=1))
    first, second = counters.news(DayCame(day=monday)), counters.news(DayCame(day=tuesday))
    counters.committer.submit(Delivery(counters.hearing, (first,), counters.ends())).result()
    counters.committer.submit(Delivery(counters.hearing, (second,), {})).result()
    counters.deadlines.fire()
    assert counted(counters) == []
    counters.delivers(late)
    counters.deadlines.fire()
    assert counted(counters) == ["grace", "ada"]


def test_what_is_set_for_a_day_that_has_fired_already_fires_at_once(counters: ServiceUnderTest):
    """Else a reminder that is useful today only would never be given."""
    counters.opens(monday)
    counters.ask(remind, monday, "ada", last_useful=monday)
    counters.deadlines.fire()
    assert counted(counters) == ["ada"]


def test_a_reminder_past_its_use_is_struck_and_not_given(counters: ServiceUnderTest):
    counters.ask(remind, monday, "late", last_useful=monday)
    counters.ask(remind, monday, "in time", last_useful=tuesday)
    counters.opens(tuesday)
    assert counted(counters) == ["in time"]
    assert counters.store.rows("select * from deadlines") == []


def test_a_deadline_that_was_taken_back_does_not_fire(counters: ServiceUnderTest):
    counters.ask(remind, monday, "ada")
    counters.ask(lambda work: work.forget("remind", "ada"))
    counters.opens(monday)
    assert counted(counters) == []


@pytest.mark.parametrize(
    "fault", [ZeroDivisionError("a bug\0"), TooMuch(1), "write"], ids=["a bug", "a refusal", "a bad view"]
)
def test_a_failing_deadline_is_parked_alone(counters: ServiceUnderTest, fault: Exception | str):
    def fire(work: Work, key: str) -> None:
        count(work, key)
        if key == "bad" and isinstance(fault, Exception):
            raise fault
        if key == "bad":
            work.write("insert into tallies select * from tallies")

    for key in ("ada", "bad", "grace"):
        counters.ask(remind, monday, key)
    counters.hears(DayCame(day=monday))
    deadlines = due(counters, fire)
    deadlines.fire()
    deadlines.fire()
    assert counted(counters) == ["ada", "grace"]
    (left,) = counters.store.rows("select key, parked is not null as parked from deadlines")
    assert left == {"key": "bad", "parked": True}
    assert counters.store.rows("select fired from days") == [{"fired": True}]


def test_many_deadlines_fire_in_small_chunks(counters: ServiceUnderTest):
    counters.ask(lambda work: [remind(work, monday, f"e{n:04}") for n in range(450)])
    counters.opens(monday)
    assert counted(counters) == [f"e{n:04}" for n in range(450)]


def test_two_processes_that_fire_at_once_fire_each_deadline_once(counters: ServiceUnderTest):
    for n in range(20):
        counters.ask(remind, monday, f"e{n}")
    counters.hears(DayCame(day=monday))
    rows = counters.store.rows("select name, key, due, last_useful from deadlines")
    with counters.together():
        asked = [counters.asks(counters.deadlines._fire, row=row) for row in (*rows, *rows)]
    assert [one.exception() for one in asked] == [None] * 40
    assert sorted(counted(counters)) == sorted(f"e{n}" for n in range(20))


def test_news_is_answered_on_the_day_it_is_heard(counters: ServiceUnderTest):
    counters.opens(monday)
    assert counters.hears(Knocked(employee="ada", times=1, note="remind")) == ["heard"]
    counters.deadlines.fire()
    assert counted(counters) == ["ada", "ada"]


# Errands: what is done outside once an event is committed


def errands(service: ServiceUnderTest, errand) -> Errands:
    return Errands(HOUSE.name, {Emptied: errand}, service.committer, service.store)


def try_now(service: ServiceUnderTest) -> None:
    service.store.rows("update errands set next_try = now() returning event")


def test_an_errand_follows_its_event_and_its_outcome_is_an_event(counters: ServiceUnderTest):
    counters.ask(count, "ada")
    counters.errands.run()
    assert counted(counters) == ["ada"]
    counters.ask(empty, "ada")
    counters.errands.run()
    counters.errands.run()
    assert counted(counters) == ["ada", "bell-ada"]
    emptied, rang = counters.events()[1:]
    assert (rang.causation, rang.correlation) == (emptied.id, emptied.correlation)


def test_an_errand_of_a_refused_work_is_never_run(counters: ServiceUnderTest):
    def empty_and_fail(work: Work) -> None:
        count(work, "ada")
        empty(work, "ada")
        assert work.rows("select 1 as there from errands") == [{"there": 1}]
        empty(work, "ada")

    with pytest.raises(NothingToEmpty):
        counters.ask(empty_and_fail)
    assert counters.store.rows("select * from errands") == []


@pytest.mark.parametrize("where", ["outside", "outcome", "bad outcome"])
def test_an_errand_that_fails_is_tried_again_later_and_holds_up_no_other(counters: ServiceUnderTest, where: str):
    tries: list[str] = []

    def post(event: Event[Fact]):
        tries.append(event.subject)
        failing = event.subject == "ada" and tries.count("ada") < 3
        if where == "outside" and failing:
            raise ConnectionError("the post office is closed\0")

        def outcome(work: Work) -> None:
            count(work, f"post-{event.subject}", 10_001 if failing and where == "outcome" else 1)
            if failing and where == "bad outcome":
                work.write("insert into tallies select * from tallies")

        return outcome

    for name in ("ada", "grace"):
        counters.ask(count, name)
        counters.ask(empty, name)
    posting = errands(counters, post)
    posting.run()
    assert (tries, counted(counters)[-1]) == (["ada", "grace"], "post-grace")
    posting.run()
    assert tries == ["ada", "grace"], "it is not tried again at once"
    (row,) = counters.store.rows("select attempts, failure, next_try > now() as later from errands")
    assert (row["attempts"], bool(row["failure"]), row["later"]) == (1, True, True)
    for _ in range(2):
        try_now(counters)
        posting.run()
    assert counted(counters)[-1] == "post-ada"
    assert counters.store.rows("select * from errands") == []


def test_what_an_unfinished_errand_did_is_kept_and_the_rest_is_tried_again(counters: ServiceUnderTest):
    tries: list[str] = []

    def post(event: Event[Fact]):
        def outcome(work: Work) -> str | None:
            tries.append("")
            count(work, f"letter-{len(tries)}")
            return "the second letter" if len(tries) == 1 else None

        return outcome

    counters.ask(count, "ada")
    counters.ask(empty, "ada")
    posting = errands(counters, post)
    posting.run()
    posting.run()
    assert counted(counters) == ["ada", "letter-1"], "it is not tried again at once"
    (row,) = counters.store.rows("select attempts, failure from errands")
    assert (row["attempts"], row["failure"]) == (1, "the second letter")
    try_now(counters)
    posting.run()
    assert counted(counters) == ["ada", "letter-1", "letter-2"]
    assert counters.store.rows("select * from errands") == []


def test_an_errand_that_never_succeeds_is_tried_for_years(counters: ServiceUnderTest):
    def post(event: Event[Fact]):
        raise ConnectionError

    counters.ask(count, "ada")
    counters.ask(empty, "ada")
    counters.store.rows("update errands set attempts = 5000 returning event")
    errands(counters, post).run()
    (row,) = counters.store.rows("select next_try - now() < interval '301 seconds' as soon from errands")
    assert row["soon"]


def test_two_processes_that_run_an_errand_keep_one_outcome(counters: ServiceUnderTest):
    other = errands(counters, lambda event: DUTIES.errands[Emptied](event))

    def post(event: Event[Fact]):
        other.run()
        return DUTIES.errands[Emptied](event)

    counters.ask(count, "ada")
    counters.ask(empty, "ada")
    errands(counters, post).run()
    assert counted(counters) == ["ada", "bell-ada"]


def test_an_errand_that_nobody_runs_any_more_stays_and_says_so(counters: ServiceUnderTest):
    counters.ask(count, "ada")
    counters.ask(empty, "ada")
    Errands(HOUSE.name, {}, counters.committer, counters.store).run()
    (row,) = counters.store.rows("select failure from errands")
    assert row["failure"].startswith("KeyError")


def test_a_knock_that_is_repeated_reminds_once(counters: ServiceUnderTest):
    counters.opens(monday)
    knock = counters.news(Knocked(employee="ada", times=1, note="remind"))
    counters.delivers(knock, replace(knock, offset=knock.offset + 1))
    counters.deadlines.fire()
    assert counted(counters) == ["ada", "ada"]
