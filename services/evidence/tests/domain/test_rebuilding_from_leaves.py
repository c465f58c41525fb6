"""A service's streams out of the leaves of a ledger: whole or refused; what it had heard; and how another store differs."""

import json
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from evidence.domain.as_of import AsOf, DayNeverOpened
from evidence.domain.hearing import Partition
from evidence.domain.rebuilding import SHOWN, Rebuilding, Stored, StreamHasAGap, compared
from evidence.domain.republishing import Republishing
from evidence.domain.retelling import LeftOut, retold

ada, joan = UUID("0190a1b2-0000-4000-8000-00000000ada0"), UUID("0190a1b2-0000-4000-8000-00000000a0a7")


def leaves(sealed):
    return [each.leaf for each in sealed]


def versions(events):
    return [(event.stream, event.version) for event in events]


def test_the_events_of_a_service_are_told_in_the_order_of_the_ledger(desk):
    told = [desk.event(), desk.event(joan), desk.event(version=2)]
    other = desk.message(desk.event(service="learning"), "learning")
    sealed = [*desk.open(), *desk.seal(*(desk.message(body) for body in told), other)]
    rebuilding = Rebuilding("people")
    found = list(rebuilding.events(leaves(sealed)))
    assert versions(found) == [(ada, 1), (joan, 1), (ada, 2)]
    assert [event.state for event in found] == told
    assert rebuilding.left_out == {}


def test_what_is_recorded_twice_or_is_not_proven_is_left_out_and_counted(desk):
    rebuilding = Rebuilding("people")
    sealed = [*desk.open()]
    first = desk.event()
    sealed += desk.seal(
        desk.message(first), desk.message(first), desk.message(b"?"), desk.message(desk.event(joan), headers=())
    )
    assert versions(rebuilding.events(leaves(sealed))) == [(ada, 1)]
    assert rebuilding.left_out == {"duplicate": 1, "not-an-event": 1, "unsigned": 1}


def test_what_was_unproven_at_first_and_then_proven_is_told(desk):
    body = desk.event()
    sealed = [*desk.open(), *desk.seal(desk.message(body, headers=()), desk.message(body))]
    assert versions(Rebuilding("people").events(leaves(sealed))) == [(ada, 1)]


def test_what_came_early_waits_for_the_version_before_it(desk):
    sealed = [*desk.open(), *desk.seal(*(desk.message(desk.event(version=n)) for n in (1, 3, 2)))]
    assert versions(Rebuilding("people").events(leaves(sealed))) == [(ada, 1), (ada, 2), (ada, 3)]


def test_a_gap_is_refused_and_says_where(desk):
    sealed = [*desk.open(), *desk.seal(desk.message(desk.event()), desk.message(desk.event(version=3)))]
    with pytest.raises(StreamHasAGap, match=f"stream {ada} lacks its version 2, though record 3 follows it$"):
        list(Rebuilding("people").events(leaves(sealed)))


def test_a_gap_that_an_unproven_record_leaves_names_that_record(desk):
    unsigned = desk.message(desk.event(version=2), headers=())
    sealed = [*desk.open(), *desk.seal(desk.message(desk.event()), unsigned, desk.message(desk.event(version=3)))]
    with pytest.raises(StreamHasAGap, match="record 3 says it, but is flagged unsigned"):
        list(Rebuilding("people").events(leaves(sealed)))


def test_nothing_is_rebuilt_of_a_service_that_said_nothing(desk):
    assert list(Rebuilding("points").events(leaves(desk.open()))) == []


# What it had heard


def test_what_caused_an_event_was_heard_and_all_before_it_in_that_partition(desk):
    kind = {"type": "people.DayOpened.v1", "data": {"day": "2026-03-02"}, "subject": str(joan)}
    heard = [desk.event(), desk.event(joan, **kind), desk.event(version=2), desk.event(version=3)]
    cause = json.loads(heard[2])["id"]
    effect = desk.event(joan, service="learning", causationid=cause)
    sealed = [*desk.open(), *desk.seal(*map(desk.message, heard), desk.message(effect, "learning"))]
    rebuilding = Rebuilding("learning")
    list(rebuilding.events([]))
    rebuilding.heard.caused(effect)
    rebuilding.heard.look(leaves(sealed), leaves(sealed))
    assert rebuilding.heard.positions == {Partition("people.events.v1", 1, 3): 3}
    assert rebuilding.heard.heads == {str(ada): 2, str(joan): 1}
    assert [str(day) for day in rebuilding.heard.days] == ["2026-03-02"]


def test_who_acted_on_nothing_is_not_said_to_have_heard_anything(desk):
    sealed = [*desk.open(), *desk.seal(desk.message(desk.event()))]
    rebuilding = Rebuilding("learning")
    rebuilding.heard.caused(desk.event(service="learning", data={"causationid": str(ada)}))
    rebuilding.heard.look(leaves(sealed), leaves(sealed))
    assert (rebuilding.heard.causes, rebuilding.heard.positions, rebuilding.heard.days) == (set(), {}, set())


# Comparing

one = Stored(ada, 1, "people.EmployeeHired.v1", b"one")
two, three = replace(one, version=2), replace(one, version=3)


def test_stores_with_the_same_bytes_are_equal():
    found = compared([one, two], [one, two])
    assert (found.equal, found.same) == (True, 2)


@pytest.mark.parametrize(
    ("rebuilt", "running", "kind", "place"),
    [
        ([one], [one, two], "missing", f"{ada} version 2 (people.EmployeeHired.v1)"),
        ([one, two, three], [one, three], "extra", f"{ada} version 2 (people.EmployeeHired.v1)"),
        ([one], [replace(one, state=b"1")], "different", f"{ada} version 1 (people.EmployeeHired.v1): state"),
        ([one], [replace(one, type="x")], "different", f"{ada} version 1 (people.EmployeeHired.v1): type"),
    ],
)
def test_a_difference_is_counted_and_its_place_named(rebuilt, running, kind, place):
    found = compared(rebuilt, running)
    assert (found.equal, found.counts[kind], found.first[kind]) == (False, 1, [place])


def test_of_many_differences_the_first_are_named_and_all_are_counted():
    found = compared([], [replace(one, version=n) for n in range(1, 100)])
    assert (found.counts["missing"], len(found.first["missing"])) == (99, SHOWN)


# As of a day


def days(desk):
    """Ada is hired on Monday, and something follows; Tuesday is opened, and something follows."""
    opening = {"type": "people.DayOpened.v1", "subject": str(joan)}
    bodies = [
        desk.event(),
        desk.event(joan, **opening, data={"day": "2026-03-02"}),
        desk.event(version=2),
        desk.event(joan, 2, **opening, data={"day": "2026-03-03"}),
        desk.event(version=3),
    ]
    return [*desk.open(), *desk.seal(*map(desk.message, bodies))], bodies


@pytest.mark.parametrize(("day", "position", "known"), [("2026-03-02", 4, 3), ("2026-03-03", 6, 5)])
def test_a_day_reaches_to_the_record_before_the_next_days_opening_or_to_the_end(desk, day, position, known):
    sealed, bodies = days(desk)
    as_of = AsOf(date.fromisoformat(day))
    assert list(as_of.known(leaves(sealed))) == bodies[:known]
    assert as_of.position == position


def test_a_day_that_was_never_opened_has_no_position(desk):
    sealed, _ = days(desk)
    as_of = AsOf(date.fromisoformat("2026-03-09"))
    with pytest.raises(DayNeverOpened, match="the ledger opens no day 2026-03-09"):
        list(as_of.known(leaves(sealed)))


def test_a_day_that_somebody_forged_opens_nothing(desk):
    forged = desk.event(joan, type="people.DayOpened.v1", subject=str(joan), data={"day": "2026-03-02"})
    as_of = AsOf(date.fromisoformat("2026-03-02"))
    with pytest.raises(DayNeverOpened):
        list(as_of.known(leaves([*desk.open(), *desk.seal(desk.message(forged, headers=()))])))
    assert (as_of.position, as_of.left_out.flags) == (None, {"unsigned": 1})


# Telling again


def test_what_a_ledger_proves_is_told_once_in_its_order(desk):
    left_out = LeftOut()
    told = list(retold(leaves(desk.sample()), left_out))
    assert [said.event.version for said in told if said.event.stream == str(ada)] == [1, 2, 4, 7, 8]
    assert left_out.flags == {
        "bad-signature": 1,
        "duplicate": 1,
        "not-an-event": 1,
        "oversize": 1,
        "unsigned": 1,
        "unknown-key": 1,
    }


def test_records_go_out_as_they_were_sealed_but_for_duplicates_and_what_is_not_at_hand(desk):
    sealed = desk.sample()
    again = Republishing()
    out = list(again.records(leaves(sealed)))
    kept = [each for each in sealed if "duplicate" not in each.flags and "oversize" not in each.flags]
    assert [(it.key, it.headers, it.body) for it in out] == [
        (it.received.key, it.received.headers, it.received.body) for it in kept
    ]
    assert again.left_out == {"duplicate": 1, "oversize": 1}


def test_a_large_document_goes_out_whole_where_it_is_at_hand(desk):
    sealed = desk.sample()
    (large,) = (each for each in sealed if "oversize" in each.flags)
    again = Republishing(documents=lambda _: large.received.body)
    assert large.received.body in [it.body for it in again.records(leaves(sealed))]


def test_the_records_of_one_subject_are_theirs_alone(desk):
    sealed = [*desk.open(), *desk.seal(desk.message(desk.event()), desk.message(desk.event(joan, subject="E2")))]
    assert [json.loads(it.body)["subject"] for it in Republishing("E2").records(leaves(sealed))] == ["E2"]
