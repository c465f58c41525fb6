"""What operators type at any service: what failed is shown with why, tried again, and what is not there is said."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from typer.testing import CliRunner

from chassis.facing.commands import commands
from chassis.facing.policy import Policy
from chassis.facing.service import Service
from chassis.facing.settings import ServiceSettings
from chassis.keeping.deadlines import Deadlines
from chassis.keeping.errands import Errands
from chassis.keeping.inbox import positions_in
from chassis.testing.counter.domain import Counted, DayCame, Discarded, Emptied, Retried
from chassis.testing.counter.service import HOUSE, count, empty
from chassis.testing.counter.telling import counted, knock
from chassis.testing.service import ServiceUnderTest

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(90)]
Typed = Callable[..., Any]
monday = date(2031, 3, 3)


@pytest.fixture
def typed(counters: ServiceUnderTest) -> Typed:
    """Types a command of the counters. What it printed is returned; with `fails`, the one sentence why not."""

    def service() -> Service[ServiceSettings]:
        settings = ServiceSettings(database_url=counters.store.url)
        return Service("chassis.testing.counter", HOUSE, settings, Policy({}), (Retried, Discarded))

    def run(*words: str, fails: bool = False) -> str:
        ran = CliRunner().invoke(commands(service, name="counters"), words)
        assert ran.exit_code == (1 if fails else 0), ran.output
        return ran.stderr if fails else ran.stdout

    return run


def failing(what: str) -> Any:
    def fail(*_: object) -> Any:
        raise ConnectionError(what)

    return fail


def test_where_nothing_failed_the_list_says_so(typed: Typed):
    assert typed("duties", "list") == "nothing has failed\n"
    assert json.loads(typed("duties", "list", "--json")) == []


def test_a_parked_deadline_is_listed_with_why_and_fires_when_an_operator_has_it_tried_again(
    counters: ServiceUnderTest, typed: Typed
):
    for key in ("ada", "grace"):
        counters.ask(lambda work, key=key: work.remind(monday, "remind", key))
    counters.hears(DayCame(day=monday))
    at = lambda: positions_in(counters.store)  # noqa: E731
    broken = Deadlines("counters", {"remind": failing("a slip")}, counters.committer, counters.store, at)
    broken.fire()
    why = "ConnectionError: a slip"
    parked = [{"kind": "deadline", "name": "remind", "key": key, "reason": why} for key in ("ada", "grace")]
    assert json.loads(typed("duties", "list", "--json")) == parked
    assert "a slip" in typed("duties", "list")
    counters.deadlines.fire()
    assert counted(counters) == []

    typed("duties", "retry", "remind", "ada")
    counters.deadlines.fire()

    assert counted(counters) == [("ada", 1)]
    assert json.loads(typed("duties", "list", "--json")) == parked[1:]


def test_an_errand_that_failed_is_listed_and_need_not_wait_for_its_turn(counters: ServiceUnderTest, typed: Typed):
    counters.ask(count, "ada")
    counters.ask(empty, "ada")
    Errands("counters", {Emptied: failing("away")}, counters.committer, counters.store).run()
    ((errand,),) = (json.loads(typed("duties", "list", "--json")),)
    (emptied,) = (event for event in counters.events() if isinstance(event.fact, Emptied))
    assert errand == {
        "kind": "errand",
        "name": Emptied.TYPE,
        "key": str(emptied.id),
        "reason": "ConnectionError: away",
    }
    counters.errands.run()
    assert len(counters.said(Counted)) == 1, "its pause is not over"

    typed("duties", "retry", Emptied.TYPE, str(emptied.id))
    counters.errands.run()

    assert len(counters.said(Counted)) == 2
    assert typed("duties", "list") == "nothing has failed\n"


def test_what_is_not_there_is_said_in_one_sentence(counters: ServiceUnderTest, typed: Typed):
    counters.ask(lambda work: work.remind(monday, "remind", "ada"))
    for words, says in (
        (("duties", "retry", "remind", "ada"), "NothingThere: "),
        (("dead-letters", "show", "1"), "NoSuchLetter: "),
        (("dead-letters", "retry", "ada", "--reason", "x"), "NoSuchLetter: "),
        (("dead-letters", "discard", "1", "--reason", "x"), "NoSuchLetter: "),
        (("consumer", "new-incarnation", "nobodys.events.v1"), "NothingThere: "),
    ):
        said = typed(*words, fails=True)
        assert said.startswith(f"counters: {says}"), said
        assert said.count("\n") == 1, said


def test_letters_are_listed_and_one_is_shown_with_its_bytes(counters: ServiceUnderTest, typed: Typed):
    counters.hears(knock(times=10))
    counters.delivers(counters.message("doors.events.v1", b"\xff", b"grace"))
    listed = json.loads(typed("dead-letters", "list", "--json"))
    assert [(row["letter"], row["sequence_key"], row["kind"]) for row in listed] == [
        (1, "ada", "refused"),
        (2, "grace", "poison"),
    ]
    assert "raw" not in listed[0]
    assert json.loads(typed("dead-letters", "show", "2"))["raw"] == "\\xff"
    assert "grace" in typed("dead-letters", "list")
