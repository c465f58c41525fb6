"""The days that a company opens, and the departments that it names."""

from datetime import date, timedelta

from chassis.testing.spec import given
from contracts.people import DayOpened, DepartmentOpened, SheetImported
from people.domain import company
from people.domain.company import NameDepartments, NoteSheet, OpenDays, TooManyDays

monday, tuesday, wednesday = date(2024, 3, 4), date(2024, 3, 5), date(2024, 3, 6)


def test_the_first_day_opens_alone():
    given(company).when(OpenDays(monday)).then(DayOpened(day=monday))


def test_the_first_days_open_since_a_day_that_is_named():
    given(company).when(OpenDays(tuesday, monday)).then(DayOpened(day=monday), DayOpened(day=tuesday))


def test_each_missed_day_is_opened_in_turn():
    given(company, DayOpened(day=monday)).when(OpenDays(wednesday)).then(
        DayOpened(day=tuesday), DayOpened(day=wednesday)
    )


def test_a_day_that_is_open_is_not_opened_again():
    given(company, DayOpened(day=tuesday)).when(OpenDays(monday)).then_nothing()
    given(company, DayOpened(day=tuesday)).when(OpenDays(tuesday)).then_nothing()


def test_the_clock_opens_a_month_of_missed_days_unasked_and_no_more():
    opens = company.opens_unasked
    assert opens(None, monday), "the first day ever"
    assert opens(monday, tuesday)
    assert opens(monday, monday + timedelta(days=31))
    assert not opens(monday, monday + timedelta(days=32)), "somebody should look before deadlines fire"
    assert not opens(monday, monday)
    assert not opens(tuesday, monday)


def test_more_than_ten_years_at_once_are_a_slip_of_the_finger():
    given(company, DayOpened(day=monday)).when(OpenDays(date(2424, 1, 1))).then_refused(
        TooManyDays(tuesday, date(2424, 1, 1))
    )


def test_a_department_opens_with_its_parents_before_it():
    given(company).when(NameDepartments(("集团/制造中心",))).then(
        DepartmentOpened(path="集团"), DepartmentOpened(path="集团/制造中心")
    )


def test_a_department_that_is_known_opens_once():
    given(company, DepartmentOpened(path="集团")).when(NameDepartments(("集团",))).then_nothing()


def test_a_sheet_that_was_taken_in_is_noted():
    sheet = SheetImported(kind="ROSTER", file="0" * 64, taken=1, changed=0, refused=0)
    given(company).when(NoteSheet(sheet)).then(sheet)
