"""Payroll's lines recomputed from what was heard and said: planted differences are found, sealed wages are not guessed."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from casework.recomputing import as_it_was_known
from contracts.payroll_bridge import AdjustmentProposed, AdjustmentWithdrawn, DamagesDeducted, PayrollClosed
from payroll_bridge.domain.recomputing import GONE, SEALED, recomputed

pytestmark = pytest.mark.postgres
june = date(2031, 6, 10)


@pytest.fixture
def closed(desk, hired, passed, failed, assessed):
    """A June in which E1 passed, E2 failed and E3 owes; and a July that corrects it, since E2 had passed after all."""
    desk.adopt()
    desk.hear(*(hired(who) for who in ("E1", "E2", "E3")))
    desk.hear(*passed("E1", june), failed("E2", june), assessed("E3"))
    desk.pay("E1", "E2", "E3")
    desk.consent("E3")
    assert desk.close().status_code == 200
    desk.hear(*passed("E2", date(2031, 6, 20), attempt=2))
    assert desk.close("2031-07-25").status_code == 200
    return desk


def found(desk, *, events=None, opens=True):
    """What is recorded and what the rules decide, of each figure."""
    known = as_it_was_known(events or desk.told(), "payroll-bridge")
    return [(recorded, made) for _, recorded, made in recomputed(known, desk.opened if opens else None)]


def altered(events, kind, **changed):
    return [replace(it, fact=it.fact.model_copy(update=changed)) if isinstance(it.fact, kind) else it for it in events]


def test_every_line_of_both_months_is_decided_again_as_it_was(closed):
    kinds = {type(recorded) for recorded, _ in found(closed)}
    assert kinds == {AdjustmentProposed, AdjustmentWithdrawn, DamagesDeducted, PayrollClosed}
    assert all(recorded == made for recorded, made in found(closed))


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        (AdjustmentProposed, {"amount": Decimal("9999.00")}),
        (AdjustmentProposed, {"fact": "another"}),
        (AdjustmentWithdrawn, {"corrected_in": "2031-09"}),
        (DamagesDeducted, {"remaining": Decimal("0.00")}),
        (PayrollClosed, {"paid": Decimal("9999.00")}),
    ],
)
def test_an_altered_line_differs_from_what_the_rules_decide(closed, kind, changed):
    pairs = found(closed, events=altered(closed.told(), kind, **changed))
    assert any(recorded != made for recorded, made in pairs if isinstance(recorded, kind))


def test_a_line_that_was_left_out_is_missed(closed):
    """And missed again in the next month, which would have paid what this one had not."""
    without = [it for it in closed.told() if not (isinstance(it.fact, AdjustmentProposed) and it.subject == "E1")]
    missed = [made for recorded, made in found(closed, events=without) if recorded is None]
    assert [(fact.employee, fact.period) for fact in missed] == [("E1", "2031-06"), ("E1", "2031-07")]


def test_without_the_keys_only_what_rests_on_no_wage_is_told(closed):
    told = {(type(recorded), made == SEALED) for recorded, made in found(closed, opens=False)}
    sealed = {(kind, True) for kind in (AdjustmentProposed, DamagesDeducted, PayrollClosed)}
    assert told == {*sealed, (AdjustmentWithdrawn, False)}
    assert all(recorded == made for recorded, made in found(closed, opens=False) if made != SEALED)


def test_a_wage_whose_key_is_gone_cannot_be_told_any_more(closed):
    closed.keyring.gone = {"E1"}
    whys = {recorded.employee: made for recorded, made in found(closed) if isinstance(recorded, AdjustmentProposed)}
    assert (whys["E1"], isinstance(whys["E2"], AdjustmentProposed)) == (GONE, True)


def test_lines_whose_closing_is_not_there_cannot_be_told(closed):
    without = [it for it in closed.told() if not isinstance(it.fact, PayrollClosed)]
    assert {made for _, made in found(closed, events=without)} == {"the closing of its month is not among the events"}


def test_where_no_month_was_closed_nothing_is_recomputed(desk, hired):
    desk.hear(hired("E1"))
    desk.pay("E1")
    assert found(desk) == []
