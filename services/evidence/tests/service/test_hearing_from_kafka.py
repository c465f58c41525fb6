"""Evidence over a real broker: what the topics hold is what the ledger holds, whoever was down or had to wait."""

import pytest

from evidence.adapters.files import TileFolder
from evidence.views import ledger

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(120)]
STREAMS = [f"0190a1b2-0000-4000-8000-00000000000{n}" for n in range(5)]


async def test_what_the_topics_hold_is_what_the_ledger_holds(town):
    event = town.desk.event
    async with town.evidence() as running:
        await town.until(lambda: running.missing() is None)
        await town.register(running, "people", "evidence")
        await town.say(event(STREAMS[0]), event(STREAMS[0], 2), event(STREAMS[1]), event(STREAMS[0]))
        await town.say(b"poison", event(STREAMS[1], 2), signed=False)
        await town.say(event(STREAMS[2], service="learning"), by="learning")
        await town.sealed_to_the_end(running)
        counts = ledger.counts(running.store)
        assert counts["people.events.v1"].items() >= {"duplicate": 1, "not-an-event": 1, "unsigned": 2}.items()
        assert counts["learning.events.v1"]["unknown-key"] == 1
    assert await town.breaches() == []

    await town.say(event(STREAMS[0], 3), event(STREAMS[3]))  # While evidence is down.
    async with town.evidence() as running:
        await town.sealed_to_the_end(running)
    assert await town.breaches() == []


async def test_a_second_sequencer_waits_until_the_first_is_gone(town):
    async with town.evidence() as second_of_two:
        async with town.evidence() as first:
            await town.until(lambda: first.missing() is None or second_of_two.missing() is None)
            waiting = first if first.missing() else second_of_two
            await town.until(lambda: "NotOurTurn" in (waiting.missing() or ""))
        if waiting is second_of_two:
            await town.until(lambda: second_of_two.missing() is None)
        await town.say(town.desk.event(STREAMS[4]))
        await town.sealed_to_the_end(second_of_two)
    assert TileFolder(town.folder / "ledger").checkpoint() is not None
    assert await town.breaches() == []
