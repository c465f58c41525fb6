"""The year as it is planned: who learns, shares, signs and leaves, and how many of each."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

from company.year import CULTURE, FIRST, LAST, MONTHS, ONLINE, PREPARED, WORKSHOPS, is_payday, plan

DAYS = [PREPARED + timedelta(days=n) for n in range((LAST - PREPARED).days + 1)]


def requests(year, end):
    """The planned requests whose path ends so, each with its day."""
    return [(day, asked) for day in sorted(year.days) for asked in year.days[day] if asked.path.endswith(end)]


def results(year):
    """Every exam: who, on which course and day, with which score."""
    return [
        (entry["employee"], asked.path, day, Decimal(entry["score"]))
        for day, asked in requests(year, "/exams")
        for entry in asked.body["entries"]
    ]


def managers(year):
    return {person.employee for person in year.people if person.level == "中层"}


def test_the_same_people_have_the_same_year_every_time(year):
    assert plan(year.people) == year


def test_five_hundred_people_are_planned_for_eighty_of_them_middle_managers(year):
    assert len(year.people) == 500
    assert len(managers(year)) == 80


def test_everything_is_planned_for_a_day_that_the_house_opens(year):
    planned = {*year.days, *(leaving.told_on for leaving in year.leavings)}
    planned |= {day for training in year.trainings for day in (training.signed_on, training.ended_on)}
    assert planned <= set(DAYS)
    assert not any(year.is_quiet(day) for day in planned)


def test_a_day_on_which_nobody_does_anything_is_quiet(year):
    assert year.is_quiet(date(2024, 1, 7))


def test_twelve_trainings_are_paid_for_twelve_people(year):
    assert len(year.trainings) == 12
    assert len({training.person for training in year.trainings}) == 12
    assert len({training.course for training in year.trainings}) == 12
    assert sum(Decimal(training.cost) for training in year.trainings) == 505_000


def test_the_first_training_cost_a_hundred_thousand_over_24_months_and_ended_with_2023(year):
    first = year.trainings[0]
    assert (first.cost, first.months, first.ended_on) == ("100000.00", 24, date(2023, 12, 31))


def test_every_training_is_signed_before_it_ends_by_somebody_employed(year):
    for training in year.trainings:
        assert training.person.hired_on < training.signed_on < training.ended_on


def test_seven_leave_on_seven_grounds_and_six_of_them_have_promised_to_stay(year):
    assert len({leaving.person for leaving in year.leavings}) == 7
    assert len({leaving.ground for leaving in year.leavings}) == 7
    promised = {training.person for training in year.trainings}
    assert sum(leaving.person in promised for leaving in year.leavings) == 6


def test_nobody_leaves_before_telling_so_or_before_their_training_ended(year):
    ended = {training.person: training.ended_on for training in year.trainings}
    for leaving in year.leavings:
        assert ended.get(leaving.person, FIRST) <= leaving.told_on <= leaving.last_day


def test_whoever_resigns_in_probation_is_in_probation(year):
    (leaving,) = (leaving for leaving in year.leavings if leaving.ground == "ART37_RESIGN_IN_PROBATION")
    assert leaving.last_day < leaving.person.probation_end


def test_nobody_learns_before_they_are_hired_or_after_they_have_left(year):
    hired = {person.employee: person.hired_on for person in year.people}
    gone = {leaving.person.employee: leaving.last_day for leaving in year.leavings}
    for day, asked in requests(year, "/studies"):
        for entry in asked.body["entries"]:
            assert hired[entry["employee"]] <= day <= gone.get(entry["employee"], LAST)


def test_twelve_closings_of_payroll_are_planned_each_on_the_last_day_of_its_month(year):
    closings = [day for day in DAYS if is_payday(day)]
    assert tuple(f"{day:%Y-%m}" for day in closings) == MONTHS
    assert len(closings) == 12
    assert all((day + timedelta(days=1)).day == 1 for day in closings)


def test_every_online_course_is_studied_once_by_everybody_who_stays_and_an_exam_follows(year):
    gone = {leaving.person.employee for leaving in year.leavings if leaving.last_day < LAST}
    stayed = {person.employee for person in year.people} - gone
    sat = {(employee, path) for employee, path, _, _ in results(year)}
    for course in ONLINE:
        path = f"/courses/{course.course}"
        studied = {e["employee"] for _, asked in requests(year, f"{path}/studies") for e in asked.body["entries"]}
        assert studied == stayed
        examined = {employee for employee, exam in sat if exam == f"{path}/exams"}
        assert examined == (stayed if course.pass_mark else set())


def test_whoever_is_hired_in_the_year_learns_the_culture(year):
    fresh = {person.employee for person in year.people if person.hired_on >= FIRST}
    path = f"/courses/{CULTURE.course}/exams"
    assert fresh == {employee for employee, exam, _, _ in results(year) if exam == path}


def test_one_in_ten_fails_and_each_of_them_passes_two_weeks_later(year):
    failed = [result for result in results(year) if result[3] < 80]
    passed = {(employee, path, day) for employee, path, day, score in results(year) if score >= 80}
    assert len(failed) == 190
    for employee, path, day, _ in failed:
        assert (employee, path, day + timedelta(days=14)) in passed


def test_four_workshops_are_attended_by_all_managers(year):
    attended = requests(year, "/attendances")
    assert len(attended) == len(WORKSHOPS) == 4
    for _, asked in attended:
        assert set(asked.body["employees"]) == managers(year)


def test_only_managers_share_and_mentor_and_only_those_of_research_solve_technical_problems(year):
    made = [asked.body for _, asked in requests(year, "/contributions")]
    posts = {person.employee: person.post for person in year.people}
    assert Counter(each["kind"] for each in made) == {"SHARING": 71, "MENTORING": 81, "TECH_PROJECT": 11}
    assert {each["employee"] for each in made} <= managers(year)
    assert {posts[each["employee"]] for each in made if each["kind"] == "TECH_PROJECT"} == {"研发经理"}
