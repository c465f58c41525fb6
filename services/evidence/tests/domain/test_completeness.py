"""When the ledger is complete, what is wanting where it is not, and how long that is borne."""

from datetime import UTC, datetime

import pytest

from evidence.domain.completeness import Inside, Look, Outside, Said, TopicStanding, reconciled
from evidence.domain.patience import Patience, patient

TOPIC = "people.events.v1"
noon = datetime(2031, 3, 3, 12, tzinfo=UTC)
PLACES = {(TOPIC, 0): 4, (TOPIC, 1): 3}


def standing(
    *,
    before: tuple[dict[tuple[str, int], int], Said | None] = (PLACES, None),
    sealed: dict[tuple[str, int], int] = PLACES,
    events: int = 7,
    after: tuple[dict[tuple[str, int], int], Said | None] | None = None,
) -> TopicStanding:
    """The topic, looked at in this order; after is as before unless it is said."""
    outsides = [Outside(ends, {"people": said} if said else {}) for ends, said in (before, after or before)]
    inside = Inside(7, sealed, {TOPIC: {"records": sum(sealed.values()), "events": events}})
    (found,) = reconciled({"people": TOPIC}, outsides[0], inside, outsides[1])
    return found


def test_a_topic_is_complete_when_it_is_sealed_to_its_end_and_the_counts_agree():
    found = standing(before=(PLACES, Said(7, 7)))
    assert (found.complete, found.said, list(found.wanting())) == (True, 7, [])


def test_of_a_service_that_is_away_nothing_is_known_and_nothing_is_wanting():
    found = standing(events=5)
    assert (found.complete, found.said) == (True, None)
    once = standing(before=(PLACES, Said(9, 9)), after=(PLACES, None))
    assert (once.complete, once.said) == (True, None), "it went away while we looked"


def test_records_that_wait_are_behind_and_are_not_called_lost():
    found = standing(before=({**PLACES, (TOPIC, 2): 5}, Said(12, 12)))
    assert (found.behind, found.omitted) == (5, 0)
    assert list(found.wanting()) == ["5 records of people.events.v1 wait to be sealed"]


def test_a_topic_that_lost_its_end_is_beyond_and_the_services_are_not_blamed():
    found = standing(before=({(TOPIC, 0): 4}, Said(7, 7)))
    assert (found.beyond, found.shortfall) == (3, 3)
    assert list(found.wanting()) == ["3 records are sealed that people.events.v1 has no more"]


def test_an_event_that_was_told_and_is_nowhere_was_omitted():
    found = standing(before=(PLACES, Said(8, 8)))
    assert (found.omitted, found.shortfall) == (1, 1)
    assert list(found.wanting()) == ["people has told 1 events that are nowhere"]


def test_an_event_that_was_not_told_while_we_looked_is_wanting():
    found = standing(before=(PLACES, Said(9, 7)), after=(PLACES, Said(9, 7)))
    assert (found.untold, found.shortfall) == (2, 2)


def test_events_that_their_service_does_not_know_are_wanting():
    found = standing(before=(PLACES, Said(5, 5)))
    assert (found.unsaid, found.shortfall) == (2, 2)
    assert list(found.wanting()) == ["2 events are sealed that people does not know"]


def test_what_is_said_told_and_sealed_while_we_look_is_no_loss():
    ends = {(TOPIC, 0): 40, (TOPIC, 1): 30}
    busy = standing(
        before=(PLACES, Said(9, 7)),
        sealed={(TOPIC, 0): 20, (TOPIC, 1): 15},
        events=35,
        after=(ends, Said(80, 70)),
    )
    assert busy.complete


def test_work_in_progress_does_not_hide_a_loss():
    ends = {(TOPIC, 0): 40, (TOPIC, 1): 30}
    busy = standing(
        before=(PLACES, Said(8, 8)),
        sealed={(TOPIC, 0): 20, (TOPIC, 1): 15},
        events=35,
        after=(ends, Said(80, 71)),
    )
    assert busy.omitted == 1


# How long it is borne


def look(shortfall: int, events: int = 7) -> Look:
    found = standing(before=({(TOPIC, 0): 4 + shortfall, (TOPIC, 1): 3}, None), events=events)
    return Look(noon, 7, (found,))


def looks(shortfalls: list[int], every: float = 10.0) -> Patience:
    patience = patient(60.0, now=0.0)
    for n, shortfall in enumerate(shortfalls, 1):
        patience = patience.after(look(shortfall), n * every - 1, n * every)
    return patience


@pytest.mark.parametrize(
    ("shortfalls", "ended"),
    [
        ([0] * 20, False),
        ([], False),
        ([1] * 6, False),
        ([1] * 8, True),
        ([1, 3, 1, 2, 1, 9, 1, 2], True),  # Load around a loss hides nothing.
        ([5, 0, 5, 0, 5, 0, 5, 0, 5], False),
        ([1] * 8 + [0], False),
        (list(range(900, 0, -50)), False),  # It catches up.
        ([900, 950, 900, 990, 900, 900, 910, 905], True),
    ],
)
def test_patience_ends_when_something_is_wanting_and_nothing_became_better_for_too_long(
    shortfalls: list[int], ended: bool
):
    assert looks(shortfalls).ended(len(shortfalls) * 10.0) is ended


def test_it_is_complete_since_the_begin_of_the_last_look_that_said_so():
    assert looks([3, 0, 2]).complete == 19.0
