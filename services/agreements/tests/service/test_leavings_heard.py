"""What agreements does on news and on days: service periods, damages by ground, corrections, warnings."""

from datetime import date
from uuid import UUID

import pytest

from contracts.agreements import (
    ClaimExpiring,
    DamagesAssessed,
    DamagesReversed,
    ServicePeriodEnding,
    ServicePeriodFulfilled,
    ServicePeriodStarted,
)

pytestmark = pytest.mark.postgres
OTHER = UUID("22222222-2222-4222-8222-222222222222")


def test_the_end_of_the_training_starts_the_period_and_extends_the_contract(agreements):
    agreements.begin()
    agreements.seal()
    agreements.hear(agreements.completed(course="MBA"), agreements.completed())
    assert agreements.said(ServicePeriodStarted) == [
        ServicePeriodStarted(
            employee="E1",
            training_end=date(2024, 1, 10),
            first_day=date(2024, 1, 11),
            last_day=date(2026, 1, 10),
            months=24,
            contract_extended_to=date(2026, 1, 10),
        )
    ]
    agreements.open(date(2026, 1, 1))
    assert agreements.get(f"/agreements/{agreements.id}")["days_remaining"] == 9


def test_a_training_that_ended_before_the_seal_was_heard_starts_it_all_the_same(agreements):
    agreements.begin()
    agreements.sign()
    agreements.hear(agreements.completed(on=date(2024, 1, 1)), agreements.completed())
    assert agreements.said(ServicePeriodStarted) == []
    agreements.post(f"/agreements/{agreements.id}/seal")
    (started,) = agreements.said(ServicePeriodStarted)
    assert started.training_end == date(2024, 1, 10)


def test_hr_is_reminded_a_month_before_and_the_period_is_fulfilled_the_day_after(agreements):
    agreements.begin()
    agreements.seal()
    agreements.hear(agreements.completed())
    agreements.open_until(date(2025, 12, 9), date(2025, 12, 12))
    (reminded,) = agreements.said(ServicePeriodEnding)
    assert (reminded.on, reminded.last_day) == (date(2025, 12, 10), date(2026, 1, 10))
    agreements.open(date(2026, 1, 10))
    assert agreements.said(ServicePeriodFulfilled) == []
    agreements.open_until(date(2026, 1, 11), date(2026, 1, 13))
    assert len(agreements.said(ServicePeriodFulfilled)) == 1
    agreements.hear(agreements.left(last_day=date(2026, 2, 1)))
    assert agreements.said(DamagesAssessed) == []


def test_one_hundred_thousand_over_24_months_left_after_12_is_fifty_thousand(agreements):
    agreements.begin()
    agreements.seal()
    agreements.hear(agreements.completed(), agreements.left())
    standing = agreements.damages()["standing"]
    assert (standing["amount"], standing["ceiling"], standing["agreements"]) == (
        "50000.00",
        "50000.00",
        [str(agreements.id)],
    )
    assert standing["claim_deadline"] == "2026-01-10"
    assert any("已履行12个月,未履行12个月" in step for step in standing["steps"])


GROUNDS = {
    "ART36_MUTUAL_EMPLOYEE_INITIATED": "0.00",
    "ART36_MUTUAL_EMPLOYER_INITIATED": "0.00",
    "ART37_RESIGN_WITHOUT_NOTICE": "50000.00",
    "ART37_RESIGN_IN_PROBATION": "0.00",
    "ART38_EMPLOYER_FAULT": "0.00",
    "ART39_1": "0.00",
    "ART39_2": "50000.00",
    "ART40_1": "0.00",
    "ART41": "0.00",
    "ART44_EMPLOYER_ENDS": "0.00",
    "ART48_UNLAWFUL_TERMINATION": "0.00",
    "EXPIRY_EMPLOYEE_REFUSES_EXTENSION": "50000.00",
    "EXPIRY_EMPLOYER_ENDS": "0.00",
    "EMPLOYER_ARRANGED_TRANSFER": "0.00",
}


def test_each_ground_has_its_own_damages_and_a_correction_reverses_those_before(agreements):
    agreements.begin()
    agreements.seal()
    agreements.hear(agreements.completed(), agreements.left())
    for ground in GROUNDS:
        agreements.hear(agreements.corrected(ground, f"now {ground}"))
    told = agreements.damages()
    every = [*told["reversed"], told["standing"]]
    assert {row["ground"]: row["amount"] for row in every} == {"ART37_RESIGN_WITH_NOTICE": "50000.00", **GROUNDS}
    assert [row["reversed_because"] for row in every] == [*(f"now {ground}" for ground in GROUNDS), None]
    assert len(agreements.said(DamagesReversed)) == len(GROUNDS)


def test_agreements_add_up_and_one_whose_training_still_ran_counts_whole(agreements):
    agreements.begin()
    agreements.seal()
    agreements.seal(OTHER, course="MBA", agreed_cost="60000")
    agreements.hear(agreements.completed(), agreements.left())
    assert agreements.damages()["standing"]["amount"] == "110000.00"


def test_who_promised_nothing_owes_nothing_and_nothing_is_said(agreements):
    agreements.begin()
    agreements.sign()
    agreements.hear(agreements.completed(), agreements.left())
    assert agreements.damages() == {"employee": "E1", "standing": None, "reversed": []}
    assert agreements.said(DamagesAssessed) == []


def test_what_is_sealed_after_the_leaving_was_known_is_assessed_then(agreements):
    agreements.begin()
    agreements.sign()
    agreements.hear(agreements.completed(), agreements.left())
    agreements.post(f"/agreements/{agreements.id}/seal")
    assert agreements.damages()["standing"]["amount"] == "50000.00"


def test_a_cost_that_is_proven_later_is_claimed_too(agreements):
    agreements.begin()
    agreements.seal(agreed_cost="120000")
    agreements.hear(agreements.completed(), agreements.left())
    agreements.post(f"/agreements/{agreements.id}/costs", agreements.cost("9999", "20000", kind="TRAVEL"))
    told = agreements.damages()
    assert [row["amount"] for row in told["reversed"]] == ["50000.00"]
    assert told["standing"]["amount"] == "60000.00"


def test_a_later_last_day_can_fulfil_the_period_after_all(agreements):
    agreements.begin()
    agreements.seal()
    agreements.hear(agreements.completed(), agreements.left())
    agreements.open(date(2026, 1, 11))
    assert agreements.said(ServicePeriodFulfilled) == []
    agreements.hear(agreements.corrected("ART37_RESIGN_WITH_NOTICE", "stayed on", last_day=date(2026, 1, 10)))
    assert agreements.damages()["standing"] is None
    agreements.open(date(2026, 1, 12))
    assert len(agreements.said(ServicePeriodFulfilled)) == 1


def test_a_claim_is_warned_of_three_months_one_month_and_seven_days_before(agreements):
    agreements.begin()
    agreements.seal()
    agreements.hear(agreements.completed(), agreements.left())
    agreements.open_until(date(2025, 10, 9), date(2026, 1, 12))
    warned = agreements.said(ClaimExpiring)
    assert [warning.on for warning in warned] == [date(2025, 10, 10), date(2025, 12, 10), date(2026, 1, 3)]
    assert {warning.deadline for warning in warned} == {date(2026, 1, 10)}


def test_a_leaving_recorded_late_is_warned_of_once(agreements):
    agreements.begin()
    agreements.seal()
    agreements.open(date(2025, 12, 20))
    agreements.hear(agreements.completed(), agreements.left())
    agreements.open(date(2025, 12, 21))
    assert [warning.on for warning in agreements.said(ClaimExpiring)] in ([date(2025, 12, 20)], [date(2025, 12, 21)])


def test_a_training_that_is_heard_of_after_the_leaving_counts_by_its_own_day(agreements):
    agreements.begin()
    agreements.seal()
    agreements.hear(agreements.left())
    assert agreements.damages()["standing"]["amount"] == "100000.00"
    agreements.hear(agreements.completed())
    assert agreements.damages()["standing"]["amount"] == "50000.00"


def test_news_heard_twice_changes_nothing(agreements):
    agreements.begin()
    agreements.seal()
    agreements.hear(agreements.completed(), agreements.left(), agreements.corrected("ART38_EMPLOYER_FAULT", "ruling"))
    facts, tables = agreements.said(), agreements.tables()
    assert agreements.hear_again() == {"duplicate"}
    assert (agreements.said(), agreements.tables()) == (facts, tables)
