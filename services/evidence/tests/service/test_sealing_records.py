"""The sequencer: whatever reached a topic is sealed once, in one order, with the flags that are true of it."""

from hashlib import sha256

import psycopg
import pytest

from evidence.adapters import records
from evidence.adapters.records import Fenced
from evidence.adapters.sequencer import Gap, NotOurTurn
from evidence.views import ledger

pytestmark = pytest.mark.postgres
STRANGE_STREAM = "0190a1b2" + "-" * 3_000 + "0000-4000-8000-00000000ada0"


def flags_of(office) -> list[list[str]]:
    return [row["flags"] for row in office.store.rows("select flags from records order by seq")]


def test_events_are_sealed_with_all_that_they_are_looked_up_by(office, desk):
    office.seal(*desk.opening(), desk.hears(desk.event(data={"employee": "E1001", "on": "2026-02-28"})))
    (row,) = office.store.rows("select * from records where subject = 'E1001'")
    assert (row["seq"], str(row["day"]), row["flags"]) == (2, "2026-02-28", [])
    assert ledger.counts(office.store)["people.events.v1"] == {"events": 1, "records": 1}
    assert len(ledger.keys(office.store)) == 2


def test_what_is_heard_again_is_not_sealed_again(office, desk):
    first, second = desk.hears(desk.event()), desk.hears(desk.event(version=2))
    opening = desk.opening()
    office.seal(*opening, first)
    assert len(office.seal(*opening, first, second)) == 1
    assert ledger.sealed_positions(office.store, {}) == {("evidence.events.v1", 3): 2, ("people.events.v1", 3): 2}


def test_an_event_that_was_sent_twice_is_sealed_twice_and_flagged_once(office, desk):
    office.seal(*desk.opening(), desk.hears(desk.event()))
    office.seal(desk.hears(desk.event()))
    assert flags_of(office) == [[], [], [], ["duplicate"]]
    assert ledger.counts(office.store)["people.events.v1"] == {"events": 1, "records": 2, "duplicate": 1}


def test_poison_forged_and_unknown_signatures_are_sealed_and_flagged(office, desk):
    event = desk.event()
    office.seal(
        *desk.opening(),
        desk.hears(b"\xff no event", key=b"\xff\0", headers=(("odd", b"\xfe"), ("nothing", None))),
        desk.hears(event, headers=desk.signed(b"another", "people")),
        desk.hears(desk.event(version=2), headers=()),
        desk.hears(desk.event(service="learning", stream="0190a1b2-0000-4000-8000-000000000001"), "learning"),
        desk.hears(desk.event(version=4)),
    )
    assert flags_of(office)[2:] == [
        ["not-an-event", "unsigned"],
        ["bad-signature"],
        ["unsigned"],
        ["unknown-key"],
        ["out-of-order"],
    ]


def test_a_key_speaks_from_its_registration_on_even_within_one_batch(office, desk):
    evidence, people = desk.opening()
    office.seal(desk.hears(desk.event()), evidence, people, desk.hears(desk.event(version=2)))
    assert flags_of(office) == [["unknown-key"], [], [], []]


def test_a_message_too_large_for_a_record_is_kept_as_a_document(office, desk):
    event = desk.event(data="x" * 60_000)
    office.seal(*desk.opening(), desk.hears(event))
    assert flags_of(office)[2] == ["oversize"]
    assert office.documents.read(sha256(event).hexdigest()) == event


@pytest.mark.parametrize(
    "said",
    [
        {"subject": "E\u0000" + "x" * 5_000},
        {"type": "people." + "X" * 5_000 + ".v1"},
        {"time": "2026-99-99T99:99:99.000000Z"},
        {"stream": STRANGE_STREAM},
    ],
    ids=lambda said: next(iter(said)),
)
def test_an_event_that_no_index_could_hold_is_sealed_all_the_same(office, desk, said):
    office.seal(*desk.opening(), desk.hears(desk.event(**said)), desk.hears(desk.event(**said)))
    assert flags_of(office)[2:] == [[], ["duplicate"]]


def test_a_second_sequencer_waits_for_its_turn(office, desk):
    first, second = office.sequencer(), office.sequencer()
    first.seal(desk.opening())
    with pytest.raises(NotOurTurn):
        second.seal([desk.hears(desk.event())])
    assert ledger.end(office.store)["size"] == 2


def test_a_sequencer_whose_epoch_has_ended_writes_nothing_more(office, desk):
    stale = office.sequencer()
    stale.seal(desk.opening())
    with office.store.connect() as other:
        records.raise_epoch(other)
    late = desk.hears(desk.event())
    with pytest.raises(Fenced):
        stale.seal([late])
    assert ledger.end(office.store)["size"] == 2
    office.seal(late)
    assert [row["epoch"] for row in (ledger.end(office.store),)] == [3]


def test_a_lost_connection_is_a_lost_turn_that_is_taken_again(office, desk):
    sequencer = office.sequencer()
    sequencer.seal(desk.opening())
    office.store.rows(
        "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()"
    )
    event = desk.hears(desk.event())
    with pytest.raises(psycopg.OperationalError):
        sequencer.seal([event])
    assert len(sequencer.seal([event])) == 1
    assert ledger.end(office.store)["epoch"] == 2


def test_a_gap_is_read_again_once_and_sealed_when_the_topic_itself_has_it(office, desk):
    desk.hears(desk.event())  # Nobody hears this one.
    later = desk.hears(desk.event(version=2))
    sequencer = office.sequencer()
    sequencer.seal(desk.opening())
    with pytest.raises(Gap):
        sequencer.seal([later])
    assert [record.flags for record in sequencer.seal([later])] == [("out-of-order",)]
