"""The year as it is lived: what a company's people and systems ask for, when, and in which order."""

import re
from collections import Counter
from datetime import date
from decimal import Decimal

from company.year import FIRST, LAST, MONTHS, PREPARED


def test_the_days_are_opened_in_order_and_the_last_is_the_years(lived):
    days = [asked.day for asked in lived.to("people", "/days")]
    assert days == sorted(set(days))
    assert (days[0], days[-1]) == (PREPARED, LAST)


def test_rules_and_courses_stand_before_anybody_learns(lived):
    found = {(asked.service, asked.path) for asked in lived.asked if asked.day == PREPARED}
    assert {("agreements", "/policies"), ("agreements", "/templates"), ("points", "/rules")} <= found
    assert ("payroll-bridge", "/bonus-rules") in found
    courses = {asked.body["course"] for asked in lived.to("learning", "/courses")}
    used = {match[1] for asked in lived.asked if (match := re.match(r"/courses/(.+)/", asked.path))}
    assert used == courses
    assert len(courses) == 5 + 1 + 4 + 12


def test_everybody_has_a_wage_from_the_month_in_which_they_are_there(lived):
    (wages,) = lived.to("payroll-bridge", "/wages")
    assert len({entry["employee"] for entry in wages.body["entries"]}) == 500
    assert all(Decimal(entry["monthly_wage"]) > 0 for entry in wages.body["entries"])
    assert {entry["first_period"] for entry in wages.body["entries"]} <= set(MONTHS)


def test_twelve_agreements_are_drafted_priced_offered_signed_and_sealed_in_this_order(lived):
    drafted = [asked.body["agreement"] for asked in lived.to("agreements", "/agreements")]
    assert len(set(drafted)) == len(drafted) == 12
    for agreement in drafted:
        about = [asked.path for asked in lived.asked if asked.path.startswith(f"/agreements/{agreement}/")]
        assert [path.rsplit("/", 1)[1] for path in about] == ["costs", "offer", "sign", "seal"]


def test_only_the_employee_signs_and_what_they_sign_is_the_document(lived):
    owner = {asked.body["agreement"]: asked.body["employee"] for asked in lived.to("agreements", "/agreements")}
    for signing in lived.to("agreements", "/sign"):
        agreement = signing.path.split("/")[2]
        assert signing.role == f"employee:{owner[agreement]}"
        assert signing.body["document"] == f"the document of /agreements/{agreement}"


def test_every_paid_training_is_costed_with_an_invoice_of_its_own_and_completed(lived):
    costs = [asked.body for asked in lived.to("agreements", "/costs")]
    assert sum(Decimal(cost["amount"]) for cost in costs) == 505_000
    assert len({cost["invoice_number"] for cost in costs}) == 12
    assert len(list(lived.to("learning", "/completions"))) == 12


def test_twelve_months_are_closed_by_payroll_once_each_after_it_has_heard_of_all_that_was_learned(lived):
    closed = list(lived.to("payroll-bridge", "/close"))
    assert [asked.path for asked in closed] == [f"/periods/{month}/close" for month in MONTHS]
    for asked in closed:
        assert (asked.role, asked.body) == ("payroll", {"cutoff": asked.day.isoformat()})
        assert lived.waited[asked.day, "learning", "payroll-bridge"]


def test_seven_tell_that_they_leave_on_the_day_that_was_planned(lived, year):
    told = {asked.path.split("/")[2]: asked for asked in lived.to("people", "/leaving")}
    assert len(told) == 7
    for leaving in year.leavings:
        asked = told[leaving.person.employee]
        assert asked.day == leaving.told_on
        assert (asked.body["ground"], asked.body["last_day"]) == (leaving.ground, leaving.last_day.isoformat())


def test_only_the_first_leaver_agrees_to_a_deduction(lived, year):
    (consent,) = lived.to("payroll-bridge", "/consents")
    assert consent.body["employee"] == year.leavings[0].person.employee
    assert consent.body["amount"] == "50000.00"


def test_what_is_planned_for_a_day_is_asked_for_on_that_day_and_names_it(lived, year):
    learned = Counter(asked.day for asked in lived.asked if asked.path.endswith(("/studies", "/exams", "/attendances")))
    planned = Counter({day: sum(each.path != "/contributions" for each in year.days[day]) for day in year.days})
    assert learned == +planned
    assert all(date.fromisoformat(asked.body["on"]) == asked.day for asked in lived.to("learning", "/exams"))


def test_a_service_is_killed_in_the_middle_of_the_year_and_started_again(lived, house_of_the_year):
    assert house_of_the_year.noted == ["learning killed", "learning launched"]
    assert FIRST.replace(month=6, day=3) in {asked.day for asked in lived.to("people", "/days")}
