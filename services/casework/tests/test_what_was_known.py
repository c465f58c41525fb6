"""Events in the order in which a service came to know them, and figures beside what was recorded of them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest
import typer
from typer.testing import CliRunner

from casework.recomputing import add_recompute, as_it_was_known, figure
from contracts.envelope import Event, Fact, record
from contracts.learning import TrainingOverdue
from contracts.people import DayOpened, EmployeeLeft, LeavingCorrected
from contracts.points import PointsReversed
from contracts.topics import KNOWN

noon = datetime(2031, 3, 3, 12, tzinfo=UTC)
monday = date(2031, 3, 3)
left = EmployeeLeft(employee="ada", last_day=monday, ground="ART37_RESIGN_WITH_NOTICE", proof="letter")
corrected = LeavingCorrected(**left.model_dump(), reason="a slip")
FIGURES = {PointsReversed: "points"}
versions = count(1)


def reversal(employee: str = "ada", points: str = "5", reason: str = "nobody came") -> PointsReversed:
    return PointsReversed(employee=employee, year=2031, points=Decimal(points), fact="f", reason=reason)


def told(fact: Fact, after: float = 0, cause: UUID | None = None) -> Event[Fact]:
    """An event of the fact, recorded so many seconds after noon."""
    stream, time = uuid5(NAMESPACE_URL, fact.TYPE), noon + timedelta(seconds=after)
    version = next(versions)
    return record(fact, stream=stream, version=version, time=time, actor="user:a", correlation=stream, causation=cause)


def known(*events: Event[Fact]) -> list[Event[Fact]]:
    return list(as_it_was_known(events, "points"))


def test_events_of_several_services_are_known_by_the_instants_of_recording():
    first, second, third = told(left), told(reversal(), 1), told(DayOpened(day=monday), 2)
    assert known(third, first, second) == [first, second, third]


def test_what_kafka_keeps_in_order_stays_so_though_a_clock_was_set_back():
    earlier, later = told(left, 9), told(corrected, 1)
    between = told(reversal(), 5)
    assert known(earlier, later, between) == [between, earlier, later]


def test_nothing_is_known_before_what_caused_it():
    cause = told(left, 9)
    effect = told(reversal(), 1, cause.id)
    assert known(effect, cause) == [cause, effect]


def test_what_a_service_said_on_news_was_decided_before_the_next_news_of_that_key():
    """Two news that came in one batch: what the first led to was recorded after both."""
    first, second = told(left, 1), told(corrected, 2)
    said = told(reversal(), 3, first.id)
    assert known(first, second, said) == [first, said, second]


def test_what_another_service_said_on_news_holds_nothing_up():
    first, second = told(left, 1), told(corrected, 2)
    said = told(TrainingOverdue(employee="ada", course="c", due=monday, on=monday), 3, first.id)
    assert known(first, second, said) == [first, second, said]


def test_an_event_that_comes_twice_is_known_once():
    once = told(left)
    assert known(once, once) == [once]


# Figures


def test_a_figure_that_the_rules_decide_too_is_equal():
    event = told(reversal())
    made = figure((event, event.fact, reversal()), FIGURES)
    assert (made.equal, made.recorded, made.recomputed, made.where, made.why) == (True, "5", "5", (), None)


def test_a_figure_that_the_rules_decide_otherwise_says_where():
    event = told(reversal())
    made = figure((event, event.fact, reversal(points="7")), FIGURES)
    assert (made.equal, made.recorded, made.recomputed, made.where) == (False, "5", "7", ("points: 5 → 7",))


def test_other_words_for_the_same_figure_are_no_difference_and_are_named():
    event = told(reversal())
    made = figure((event, event.fact, reversal(reason="told otherwise")), FIGURES)
    assert (made.equal, made.worded) == (True, ("reason",))


@pytest.mark.parametrize(
    ("recorded", "recomputed", "where", "why"),
    [
        (True, None, ("not decided by the rules",), None),
        (False, reversal(), ("not recorded",), None),
        (True, "its news is missing", (), "its news is missing"),
    ],
)
def test_what_cannot_be_compared_is_never_equal(recorded, recomputed, where, why):
    event = told(reversal())
    made = figure((event, event.fact if recorded else None, recomputed), FIGURES)
    assert (made.equal, made.where, made.why) == (False, where, why)


# The command


def recompute(stdin: bytes, points: str = "5", *words: str) -> tuple[int, str]:
    app = typer.Typer()
    app.callback()(lambda: None)
    add_recompute(
        app, "points", KNOWN, lambda events: [(it, it.fact, reversal(points=points)) for it in events], FIGURES
    )
    done = CliRunner().invoke(app, ["recompute", *words], input=stdin)
    return done.exit_code, done.output


def test_the_command_answers_each_event_and_fails_where_one_differs():
    line = told(reversal()).raw + b"\n"
    assert recompute(line) == (0, "ada  PointsReversed  recorded 5, recomputed the same\n")
    status, said = recompute(line, "7")
    assert (status, "recorded 5, recomputed 7: points: 5 → 7 (event " in said) == (1, True)
    assert '"equal": true' in recompute(line, "5", "--json")[1]


def test_the_command_says_which_line_is_no_event():
    assert recompute(told(reversal()).raw + b"\n{}\n") == (2, "line 2 holds no event: KeyError: 'type'.\n")


def test_where_there_are_no_events_there_are_no_figures():
    assert recompute(b"") == (0, "")
