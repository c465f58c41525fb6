"""What operators type at evidence, as processes of their own beside the service: yes, no, and not like this."""

import asyncio
import json
from collections import Counter
from typing import Any

import pytest
from typer.testing import CliRunner

from chassis.keeping.signing import signer
from contracts.evidence import IncarnationRaised, ServiceKeyRegistered
from contracts.topics import events_topic
from evidence.cli import registering
from evidence.main import cli, service
from evidence.views import ledger

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(120)]
STREAM = "0190a1b2-0000-4000-8000-0000000000c1"


def said_by_evidence() -> Counter[str]:
    """How often evidence has said what, by its own store."""
    store = service().store
    rows = store.rows("select topic from stored_events")
    store.close()
    return Counter(row["topic"] for row in rows)


async def test_keys_are_registered_when_the_command_returns_and_again_is_harmless(town: Any, types: Any):
    async with town.evidence() as running:
        for _ in range(2):
            status, out, _ = await asyncio.to_thread(types, "keys", "register", "people", "evidence", "--wait")
            names = [signer(name, town.folder / "keys").key_id for name in ("people", "evidence")]
            assert (status, out.split()) == (0, names)
            assert ledger.knows_keys(running.store, names)
    assert said_by_evidence()[ServiceKeyRegistered.TYPE] == 2


def test_keys_that_nobody_seals_are_not_called_registered(town: Any, monkeypatch: pytest.MonkeyPatch, types: Any):
    assert types("migrate")[0] == 0
    monkeypatch.setattr(registering, "SEALED_WITHIN", 0.1)
    done = CliRunner().invoke(cli, ["keys", "register", "people", "evidence", "--wait"])

    assert done.exit_code == 1
    assert "the keys were not sealed" in done.output
    assert types("keys", "register", "people", "evidence")[0] == 0, "without --wait nobody waits for the service"


def test_no_key_is_registered_before_the_ledgers_own(town: Any, types: Any):
    assert types("migrate")[0] == 0
    status, out, wrong = types("keys", "register", "people")

    assert (status, out) == (1, "")
    assert "OwnKeyComesFirst" in wrong
    assert said_by_evidence() == Counter()


async def test_the_ledger_is_reconciled_with_topics_and_with_what_services_say(town: Any, types: Any):
    async with town.evidence() as running:
        await town.register(running, "people", "evidence")
        await town.say(town.desk.event(STREAM), town.desk.event(STREAM))
        await town.sealed_to_the_end(running)
        size = ledger.end(running.store)["size"]

        status, out, _ = await asyncio.to_thread(types, "reconcile", "--counts", "people=1,evidence=2")
        assert status == 0
        assert f"complete up to record {size - 1}" in out
        assert "2 records, 1 events, of which its service says 1" in out

        status, out, _ = await asyncio.to_thread(types, "reconcile", "--counts", "people=2", "--json")
        assert status == 1
        told = {each["topic"]: each for each in json.loads(out)["topics"]}
        assert (told["people.events.v1"]["complete"], told["evidence.events.v1"]["complete"]) == (False, True)

    await town.say(town.desk.event(STREAM, 2))
    status, out, _ = await asyncio.to_thread(types, "reconcile")
    assert status == 1
    assert "1 records of people.events.v1 wait to be sealed" in out


def test_a_broker_that_is_away_is_said_to_be_away(town: Any, types: Any):
    assert types("migrate")[0] == 0
    status, _, wrong = types("reconcile", KAFKA="127.0.0.1:1")

    assert status == 2
    assert "evidence: Kafka at 127.0.0.1:1 does not answer" in wrong


def test_a_topic_that_was_made_anew_is_in_its_next_incarnation(town: Any, types: Any):
    assert types("migrate")[0] == 0
    for incarnation in (2, 3):
        status, out, _ = types("incarnations", "raise", events_topic("people"), "--reason", "made again by mistake")
        assert (status, out.strip()) == (0, f"people.events.v1 is in its incarnation {incarnation}")
    for none in ("people.dead-letters.v1", "nobody.events.v1"):
        status, _, said = types("incarnations", "raise", none, "--reason", "wrong")
        assert (status, f"{none} is no topic of events" in said) == (1, True)
    assert said_by_evidence()[IncarnationRaised.TYPE] == 2


@pytest.mark.parametrize(
    ("words", "status", "why"),
    [
        (("keys", "register"), 2, "Missing argument"),
        (("keys", "register", "people", "nobody"), 1, "evidence: nobody publishes nothing; services are people"),
        (("reconcile", "--counts", "people=many"), 1, "this is none: people"),
        (("reconcile", "--counts", "nobody=1"), 1, "this is none: nobody"),
        (("incarnations", "raise", "people.events.v1"), 2, "Missing option '--reason'"),
        (("verify", "--jobs", "-1"), 2, "Invalid value for '--jobs'"),
        (("verify", "--ledger", "http://127.0.0.1:1/ledger"), 2, "evidence: the ledger at http://127.0.0.1:1/ledger"),
        (("replay",), 2, "evidence: say what to replay: --subject, --stream"),
        (("replay", "--subject", "E1", "--until", "soon"), 2, "Invalid value for '--until'"),
        (("prove",), 2, "Missing"),
        (
            ("archive", "--to", "ftp://x"),
            1,
            "evidence: not archived: ftp://x: a store is a folder or s3://bucket/prefix",
        ),
        (("restore",), 2, "Missing option '--from'"),
        (("restore", "--from", "none-such", "--into", "x"), 1, "evidence: broken off after 0 segments: none-such: "),
        (("forget",), 2, "No such command 'forget'"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else "",
)
def test_a_command_that_was_mistyped_says_what_it_wants_and_asks_nobody(words, status, why, types):
    found, out, wrong = types(*words, DATABASE_URL="postgresql://127.0.0.1:1/none", KAFKA="127.0.0.1:1")

    assert (found, out) == (status, "")
    assert why in " ".join(wrong.split())
    assert "Traceback" not in wrong
