"""The life of the ledger's own facts: whose key speaks, and topics that were made anew."""

from chassis.testing.spec import given
from contracts.evidence import IncarnationRaised, ServiceKeyRegistered
from evidence.domain import incarnations, keys
from evidence.domain.incarnations import NotATopicOfEvents, RaiseIncarnation
from evidence.domain.keys import NotAKey, OwnKeyComesFirst, RegisterKey

own, people = RegisterKey("evidence", b"\1" * 32), RegisterKey("people", b"\2" * 32)
TOPIC = "people.events.v1"


def registered(command: RegisterKey) -> ServiceKeyRegistered:
    (event,) = keys.decide(command, keys.Registry(frozenset({"evidence/00000000"})))
    return event


def test_the_ledgers_own_key_comes_first():
    given(keys).when(own).then(registered(own))
    given(keys).when(people).then_refused(OwnKeyComesFirst("people"))
    given(keys, registered(own)).when(people).then(registered(people))


def test_registering_a_key_again_changes_nothing():
    given(keys, registered(own), registered(people)).when(people).then_nothing()


def test_a_service_may_have_a_second_key():
    fresh = RegisterKey("people", b"\3" * 32)
    given(keys, registered(own), registered(people)).when(fresh).then(registered(fresh))


def test_what_is_no_key_is_not_registered():
    given(keys).when(RegisterKey("evidence", b"short")).then_refused(NotAKey("evidence"))
    given(keys).when(RegisterKey("", b"\1" * 32)).then_refused(NotAKey(""))


def test_a_topic_made_anew_has_its_next_incarnation():
    raised = IncarnationRaised(topic=TOPIC, incarnation=2, reason="disk lost")
    given(incarnations).when(RaiseIncarnation(TOPIC, "disk lost")).then(raised)
    again = IncarnationRaised(topic=TOPIC, incarnation=3, reason="and again")
    given(incarnations, raised).when(RaiseIncarnation(TOPIC, "and again")).then(again)
    given(incarnations).when(RaiseIncarnation("people.dead-letters.v1", "")).then_refused(
        NotATopicOfEvents("people.dead-letters.v1")
    )
