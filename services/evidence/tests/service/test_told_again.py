"""`evidence replay` and `evidence rebuild` as they are typed, over files, a real broker and real databases."""

import asyncio
import json
from uuid import UUID, uuid4, uuid5

import psycopg
import pytest
from aiokafka import AIOKafkaConsumer
from typer.testing import CliRunner

from chassis.keeping.store import Store
from chassis.testing.topics import delete_topics, topics_at
from evidence.main import cli

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(120)]
ada, joan = UUID("0190a1b2-0000-4000-8000-00000000ada0"), UUID("0190a1b2-0000-4000-8000-00000000a0a7")
CASE = "0190a1b2-0000-4000-8000-0000000ca5e0"


def types(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(cli, [str(word) for word in words])
    return done.exit_code, done.output


# Stories


@pytest.fixture
def story(office, desk) -> str:
    """Ada is hired, her agreement is drafted under a policy, she leaves, and it is assessed; a case is opened about it."""
    draft = {"policy": 2, "template": "专项", "template_version": 3, "course": "PMP"}
    hired, left = desk.event(data={"on": "2024-01-02"}), desk.event(version=2, data={"last_day": "2024-12-31"})
    after = desk.event(version=3, data={"on": "2025-06-01"})
    drafted = desk.event(joan, 1, "agreements", type="agreements.AgreementDrafted.v1", data=draft)
    cause = json.loads(left)["id"]
    assessed = {"amount": "50000.00", "last_day": "2024-12-31", "agreements": [str(joan)], "steps": []}
    damages = desk.event(joan, 2, "agreements", type="agreements.DamagesAssessed.v1", data=assessed, causationid=cause)
    about = {"case": CASE, "subjects": ["E1001"], "since": "2024-06-01", "until": "2025-01-31"}
    opened = desk.event(CASE, 1, "evidence", type="evidence.CaseOpened.v1", subject=CASE, data=about)
    office.seal(
        *desk.opening(),
        desk.hears(desk.registration("agreements", 3), "evidence"),
        desk.hears(hired),
        desk.hears(drafted, "agreements"),
        desk.hears(left),
        desk.hears(damages, "agreements"),
        desk.hears(opened, "evidence"),
        desk.hears(after),
    )
    return str(office.ledger.root)


def seqs(said: str) -> list[int]:
    return [entry["seq"] for entry in json.loads(said)]


def test_the_story_of_a_stream_is_that_streams_alone(story):
    status, said = types("replay", "--stream", joan, "--ledger", story, "--json")
    assert (status, seqs(said)) == (0, [4, 6])


def test_the_story_of_a_case_is_that_of_its_subjects_in_its_period(story):
    status, said = types("replay", "--case", CASE, "--ledger", story, "--json")
    assert (status, seqs(said)) == (0, [5, 6])
    assert seqs(types("replay", "--case", CASE, "--until", "2024-07-01", "--ledger", story, "--json")[1]) == []


def test_a_figure_says_under_which_rules_and_from_what_it_follows(story):
    _, said = types("replay", "--subject", "E1001", "--ledger", story)
    (line,) = (line for line in said.splitlines() if "核算违约金" in line)
    assert line.endswith("←制度第2版,模板专项第3版、#5、#4")


@pytest.mark.parametrize(
    ("words", "status", "why"),
    [
        (("--case", str(ada)), 1, f"the ledger opens no case {ada}"),
        (("--stream", str(uuid4())), 1, "the ledger tells nothing about"),
        ((), 2, "say what to replay"),
        (("--stream", str(ada), "--case", CASE), 2, "each a replay of their own"),
        (("--as-of", "2024-12-31"), 1, "the ledger opens no day 2024-12-31"),
        (("--to-topic", "people.events.v1"), 1, "people.events.v1 is a service's own"),
        (("--to-topic", "people.dead-letters.v1"), 1, "people.dead-letters.v1 is a service's own"),
        (("--to-topic", "mine", "--kafka", "127.0.0.1:1"), 2, "Kafka at 127.0.0.1:1 does not answer"),
    ],
    ids=str,
)
def test_what_cannot_be_replayed_is_said_in_a_sentence(story, words, status, why):
    found, said = types("replay", *words, "--ledger", story)
    assert found == status
    assert why in said
    assert "Traceback" not in said


# Figures


def test_a_day_on_which_nothing_was_reckoned_has_no_figures_and_no_difference(office, desk):
    day = desk.event(joan, type="people.DayOpened.v1", subject=str(joan), data={"day": "2026-03-02"})
    office.seal(*desk.opening(), desk.hears(day))
    status, said = types("replay", "--as-of", "2026-03-02", "--ledger", office.ledger.root, "--json")
    found = json.loads(said)
    assert (status, found["position"], found["figures"]) == (0, 2, [])


def test_services_that_do_not_stand_where_they_are_looked_for_cannot_be_asked(office, desk, tmp_path):
    day = desk.event(joan, type="people.DayOpened.v1", subject=str(joan), data={"day": "2026-03-02"})
    office.seal(*desk.opening(), desk.hears(day))
    status, said = types("replay", "--as-of", "2026-03-02", "--ledger", office.ledger.root, "--services", tmp_path)
    assert status == 2
    assert "the figures cannot be recomputed" in said


# A topic of one's own


@pytest.mark.kafka
def test_the_records_go_to_a_topic_of_ones_own_in_the_order_of_each_key(office, desk, kafka_server):
    topic, bootstrap = f"mine.{uuid4().hex}", kafka_server.bootstrap_servers
    first = desk.event()
    told = [desk.hears(first), *(desk.hears(desk.event(version=n)) for n in range(2, 50)), desk.hears(first)]
    stranger = desk.hears(b"no event", key=None, headers=(("odd", b"\xfe"),))
    office.seal(*desk.opening(), *told, stranger)
    words = ("replay", "--to-topic", topic, "--kafka", bootstrap, "--ledger", office.ledger.root)
    try:
        assert types(*words) == (0, f"52 records on {topic}; left out: 1 duplicate\n")
        found = asyncio.run(records_of(bootstrap, topic, 52))
        mine = [record for record in found if record.key == b"E1001"]
        assert [(r.value, tuple(r.headers)) for r in mine if b":people" in r.value] == [
            (message.value, message.headers) for message in told[:-1]
        ]
        assert [(r.value, tuple(r.headers)) for r in found if r.key is None] == [(b"no event", (("odd", b"\xfe"),))]
        assert {record.partition for record in mine} != set(range(12))

        assert json.loads(types(*words, "--subject", "E9", "--json")[1])["published"] == 0
    finally:
        delete_topics(bootstrap, [topic])
    assert topic not in topics_at(bootstrap)


async def records_of(bootstrap: str, topic: str, count: int):
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(30):
            return [await anext(consumer) for _ in range(count)]
    finally:
        await consumer.stop()


# Stores


@pytest.fixture
def databases(postgres_server):
    """Two empty databases: one to be filled, and one that a service was to run on."""
    names = [f"test_{uuid4().hex}" for _ in range(2)]
    yield [postgres_server.create_database(name) for name in names]
    for name in names:
        postgres_server.drop_database(name)


def sealed_people(office, desk, count: int = 300) -> list[bytes]:
    """The key of people, and what people said of ada: each event for the one before it."""
    bodies = [desk.event(version=n) for n in range(1, count + 1)]
    office.seal(*desk.opening(), *map(desk.hears, bodies))
    return bodies


def test_a_store_is_rebuilt_byte_for_byte_and_its_relay_stands_at_the_end(office, desk, databases):
    bodies = sealed_people(office, desk)
    words = ("rebuild", "people", "--ledger", office.ledger.root, "--json")
    assert types(*words, "--database", databases[1])[0] == 0
    status, said = types(*words, "--database", databases[0], "--compare", databases[1])
    found = json.loads(said)
    assert (status, found["events"], found["streams"], found["compared"]["same"]) == (0, 300, 1, 300)
    with psycopg.connect(databases[0]) as database:
        stored = database.execute(
            "select state, notification_id from stored_events order by notification_id"
        ).fetchall()
        (position,) = database.execute("select notification from relay_position").fetchone() or ()
    assert [(bytes(state), number) for state, number in stored] == [*zip(bodies, range(1, 301), strict=True)]
    assert position == 300


def test_the_service_finds_its_log_and_its_migrations_go_on_from_there(office, desk, databases):
    sealed_people(office, desk, 3)
    types("rebuild", "people", "--ledger", office.ledger.root, "--database", databases[0])
    store = Store(databases[0])
    try:
        store.migrate("people")
        assert [one.originator_version for one in store.recorder.select_events(ada)] == [1, 2, 3]
        assert store.recorder.max_notification_id() == 3
    finally:
        store.close()


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("delete from stored_events where originator_version = 7", "extra"),
        ("update stored_events set state = convert_to('{}', 'utf8') where originator_version = 7", "different"),
        ("update stored_events set topic = 'people.Other.v1' where originator_version = 7", "different"),
        ("update stored_events set originator_version = 1007 where originator_version = 300", "missing"),
    ],
)
def test_where_the_running_store_differs_is_said(office, desk, databases, change, kind):
    sealed_people(office, desk)
    words = ("rebuild", "people", "--ledger", office.ledger.root)
    types(*words, "--database", databases[1])
    with psycopg.connect(databases[1]) as database:
        database.execute(change)
    status, said = types(*words, "--database", databases[0], "--compare", databases[1])
    assert status == 1
    assert f"{kind}: {ada} version" in said


def test_a_database_that_holds_events_is_left_as_it_is(office, desk, databases):
    sealed_people(office, desk, 3)
    words = ("rebuild", "people", "--ledger", office.ledger.root, "--database", databases[0])
    assert types(*words)[0] == 0
    assert types(*words) == (1, "evidence: that database holds events already; nothing was written\n")


def test_a_ledger_with_a_gap_builds_nothing_and_may_be_tried_again(office, desk, databases):
    office.seal(*desk.opening(), *(desk.hears(desk.event(version=n)) for n in (1, 2, 4)))
    words = ("rebuild", "people", "--ledger", office.ledger.root, "--database", databases[0])
    status, said = types(*words)
    assert (status, f"nothing was written: stream {ada} lacks its version 3" in said) == (1, True)
    office.seal(desk.hears(desk.event(version=3)))
    assert types(*words)[0] == 0


def test_the_inbox_stands_behind_what_caused_something_and_before_all_else(office, desk, databases):
    """Learning acted on the first that it heard of ada, and on nothing since."""
    effect = desk.event(joan, 1, "learning", causationid=str(uuid5(ada, "1")))
    office.seal(
        *desk.opening(),
        desk.hears(desk.registration("learning", 3), "evidence"),
        *(desk.hears(desk.event(version=n)) for n in (1, 2)),
        desk.hears(effect, "learning"),
    )
    assert types("rebuild", "learning", "--ledger", office.ledger.root, "--database", databases[0])[0] == 0
    with psycopg.connect(databases[0]) as database:
        positions = database.execute(
            "select topic, incarnation, partition, next_offset from inbox_positions"
        ).fetchall()
        heads = database.execute("select stream, version from inbox_heads").fetchall()
    assert (positions, heads) == ([("people.events.v1", 1, 3, 1)], [(ada, 1)])


@pytest.mark.parametrize(
    ("words", "status", "why"),
    [
        (("rebuild", "nobody", "--database", "postgresql://127.0.0.1:1/x"), 2, "nobody publishes nothing"),
        (("rebuild", "people", "--database", "postgresql://127.0.0.1:1/x"), 2, "the database does not answer"),
        (("rebuild", "people"), 2, "Missing option '--database'"),
    ],
)
def test_what_cannot_be_rebuilt_is_said_in_a_sentence(office, desk, words, status, why):
    sealed_people(office, desk, 1)
    found, said = types(*words, "--ledger", office.ledger.root)
    assert found == status
    assert why in " ".join(said.split())
    assert "Traceback" not in said
