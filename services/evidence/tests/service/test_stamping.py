"""Time stamps in the ledger: when they are taken, what they cover, and that none is lost or kept twice."""

from datetime import date, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.keeping.work import begun_by
from contracts.envelope import Fact
from contracts.evidence import CaseOpened, DossierRequested, SelfChecked
from evidence import errands
from evidence.adapters.signatures import holds
from evidence.adapters.timestamps import judge_under
from evidence.domain.examining import examine
from evidence.domain.notes import parse_vkey
from evidence.domain.proofs import Proof
from evidence.domain.tiles import nodes_in
from evidence.domain.tree import inclusion_proof
from evidence.views import ledger, stamps

pytestmark = pytest.mark.postgres
CASE = UUID("0190a1b2-0000-4000-8000-00000000ca5e")
SHA = "0" * 64
TEN_MINUTES = timedelta(minutes=10)


def opened() -> CaseOpened:
    day = date(2026, 3, 2)
    return CaseOpened(
        case=str(CASE), number="京劳人仲字〔2026〕第1号", dispute="TRAINING_AGREEMENT", subjects=["E1001"], since=day, until=day,
        claim="违约金",
    )  # fmt: skip


def requested() -> DossierRequested:
    return DossierRequested(case=str(CASE), recipient="仲裁委员会", purpose="举证")


# A case, an export


@pytest.mark.parametrize(("fact", "occasion"), [(opened(), "CASE_OPENED"), (requested(), "EXPORT")])
def test_what_is_stamped_for_an_event_covers_it(registry, fact: Fact, occasion: str):
    event = registry.say(fact)
    registry.run_errands()
    assert registry.stamped() == [], "its record is not sealed yet"
    (row,) = registry.store.rows("select attempts, failure from errands")
    assert (row["attempts"], row["failure"]) == (1, f"NotCovered: {event.id}")

    size = registry.seal()
    registry.run_errands()

    (stamp,) = stamps.of_request(registry.store, event.id)
    assert (stamp["size"], stamp["occasion"], stamp["case_id"]) == (size, occasion, str(CASE))
    assert stamp["note"].encode() == registry.office.ledger.checkpoint()
    assert (stamp["evidential"], stamp["cause"]) == (False, event.id)
    assert stamps.of_case(registry.store, str(CASE)) == [stamp]
    assert stamps.newest(registry.store) == stamp
    assert registry.store.rows("select * from errands") == []


def test_a_checkpoint_that_does_not_cover_the_event_is_not_stamped_for_it(registry):
    event = registry.say(opened())
    older = registry.office.ledger.checkpoint().decode()
    size = registry.seal()
    registry.office.ledger.publish_checkpoint(older)  # The event is sealed, and not published yet.
    registry.run_errands()
    assert stamps.of_request(registry.store, event.id) == []
    registry.office.publisher().publish()
    registry.run_errands()
    assert [row["size"] for row in stamps.of_request(registry.store, event.id)] == [size]


def test_what_stood_before_a_stamp_is_proved_to_have_been_before_it_and_the_rest_comes_after(registry, tmp_path):
    event = registry.say(opened())
    registry.seal()
    registry.run_errands()
    registry.seal()

    (stamp,) = stamps.of_request(registry.store, event.id)
    before, after = (ledger.record_of(registry.store, each) for each in (event.id, stamp["event"]))
    assert before is not None
    assert after is not None
    assert before["seq"] < stamp["size"] <= after["seq"]
    leaf = examine(bytes(after["leaf"]))
    assert (leaf.envelope["flags"], leaf.envelope["event"]) == ([], str(stamp["event"]))

    # What an arbitrator needs: the record, its proof in the stamped tree, the note, and the token over it.
    published = registry.office.ledger
    hashes = inclusion_proof(before["seq"], stamp["size"], nodes_in(published.tile, stamp["size"]))
    proof = Proof(before["seq"], hashes, stamp["note"].encode())
    assert proof.holds(bytes(before["leaf_hash"]), parse_vkey(published.vkey()), holds)
    judged = judge_under(tmp_path / "authority/root.pem")(stamp["token"])
    assert (judged.held, judged.imprint) == (True, sha256(proof.note).digest())


def test_two_authorities_each_give_a_stamp(registry, two):
    event = registry.say(requested())
    registry.seal()
    registry.run_errands()
    rows = stamps.of_request(registry.store, event.id)
    assert sorted((row["authority"], row["cause"]) for row in rows) == [("first", event.id), ("second", event.id)]


def test_what_one_authority_gave_is_kept_while_the_other_is_away(registry, two):
    first, second = two
    second.away = True
    event = registry.say(requested())
    registry.seal()
    registry.run_errands()
    assert [row["authority"] for row in stamps.of_request(registry.store, event.id)] == ["first"]
    (row,) = registry.store.rows("select attempts, failure from errands")
    assert (row["attempts"], row["failure"]) == (1, "second: nobody is at the counter")

    registry.seal()
    registry.run_errands()
    second.away = False
    registry.run_errands()
    assert [row["authority"] for row in stamps.of_request(registry.store, event.id)] == ["first", "second"]
    assert (first.asked, second.asked) == (1, 3)
    assert registry.store.rows("select * from errands") == []


def test_the_ledger_seals_on_while_every_authority_is_away(registry, two):
    for each in two:
        each.away = True
    registry.say(opened())
    size = registry.seal()
    registry.run_errands()
    assert registry.stamped() == []
    registry.say(requested())
    assert registry.seal() == size + 1


def test_a_token_that_was_lost_in_a_crash_is_asked_for_again_and_kept_once(registry):
    event: Any = registry.say(opened())
    registry.seal()
    registry.stamping.for_opened_case(event)  # It came, and the process died before it was committed.
    assert registry.stamped() == []
    registry.run_errands()
    assert len(registry.stamped()) == 1
    assert registry.authorities[0].asked == 2


def test_two_processes_that_ask_for_one_event_keep_one_stamp(registry):
    event: Any = registry.say(opened())
    registry.seal()
    first = registry.stamping.for_opened_case(event)
    registry.say(requested(), uuid4())
    registry.seal()  # The second covers more, and still adds nothing for this event.
    second = registry.stamping.for_opened_case(event)
    for outcome in (first, second):
        registry.committer.commit(begun_by("service:evidence"), outcome)
    assert len(registry.stamped()) == 1


# While time goes by


def test_no_record_waits_longer_than_it_may(registry):
    patient, now = registry.rounds(TEN_MINUTES), registry.rounds()
    registry.go_round(patient)
    assert registry.stamped() == [], "the oldest record has waited for a second"
    registry.go_round(now)
    (stamp,) = registry.stamped()
    assert (stamp.size, stamp.occasion, stamp.case) == (2, "PERIODIC", None)


def test_an_idle_ledger_does_not_grow(registry):
    rounds = registry.rounds()
    registry.go_round(rounds)
    size = registry.seal()
    checked = SelfChecked(since=0, size=size, root=SHA, findings=0, builds={}, health={})
    registry.say(checked, uuid4())
    size = registry.seal()
    for _ in range(3):
        registry.go_round(rounds)
        assert registry.seal() == size, "it stamped what it says of itself"
    registry.say(requested())
    registry.seal()
    registry.go_round(rounds)
    assert [stamp.size for stamp in registry.stamped()] == [2, size + 1]


def test_what_an_export_had_stamped_need_not_be_stamped_again(registry):
    registry.say(requested())
    registry.seal()
    registry.run_errands()
    registry.go_round(registry.rounds())
    assert [stamp.occasion for stamp in registry.stamped()] == ["EXPORT"]


def test_an_authority_that_is_away_is_left_alone_for_growing_pauses(registry, two, monkeypatch):
    first, second = two
    second.away = True
    at = [0.0]
    monkeypatch.setattr(errands.time, "monotonic", lambda: at[0])
    rounds = registry.rounds()
    asked_at: list[float] = []
    for at[0] in range(1, 40):
        before = second.asked
        registry.go_round(rounds)
        asked_at += [at[0]] * (second.asked - before)
    assert asked_at == [1, 3, 7, 15, 31]
    assert first.asked == 1
    second.away = False
    at[0] = 63
    registry.go_round(rounds)
    assert sorted(stamp.authority for stamp in registry.stamped()) == ["first", "second"]


def test_an_authority_that_is_away_for_months_is_still_asked(registry, two):
    _, second = two
    second.away = True
    rounds = registry.rounds()
    rounds._tries["second"] = 5_000
    registry.go_round(rounds)
    assert second.asked == 1
    assert 299 < rounds._not_before["second"] - errands.time.monotonic() <= 300


def test_a_stamp_that_cannot_be_committed_is_not_asked_for_every_second(registry):
    def full_disk(_: object) -> None:
        raise OSError("no room")

    rounds = registry.rounds()
    with pytest.raises(OSError, match="no room"):
        rounds.run(full_disk)
    registry.go_round(rounds)
    assert registry.authorities[0].asked == 1


def test_two_processes_that_go_round_at_once_keep_one_stamp_of_one_checkpoint(registry):
    for _ in range(2):
        note = registry.office.ledger.checkpoint().decode()
        came, away = errands.ask(registry.authorities, note, "PERIODIC")
        assert away == []
        registry.committer.commit(
            begun_by("service:evidence"), lambda work, came=came: errands.keep(work, errands.PERIODS, came)
        )
    assert len(registry.stamped()) == 1
