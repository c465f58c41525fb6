"""Points as its users meet it: requests in; responses and events out, over a real PostgreSQL."""

from datetime import date

import pytest

from contracts.people import DayOpened, EmployeeLeft
from contracts.points import PointsAwarded, PointsYearAssessed, PointsYearClosed, RulesAdopted

pytestmark = pytest.mark.postgres

march = date(2024, 3, 4)


def left(employee: str, last_day: date) -> EmployeeLeft:
    return EmployeeLeft(employee=employee, last_day=last_day, ground="ART37_RESIGN_WITH_NOTICE", proof="辞职信")


def company(points, news):
    """Ten managers, of whom E0 earned most and E9 nothing, and two who are none."""
    points.adopt()
    points.hear(*(news.hired(f"E{number}") for number in range(10)))
    points.hear(news.hired("W1", level="基层"), news.hired("T1", level="高层"))
    for number in range(9):
        points.hear(*(news.gave(f"E{number}", march) for _ in range(9 - number)))
    points.hear(news.gave("W1", march), news.gave("T1", march))


def test_hr_adopts_rules_and_everyone_reads_them(points):
    assert points.adopt() == {"rules": 1}
    assert points.adopt(first_day="2024-07-01", rates={"WORKSHOP": 8}) == {"rules": 2}
    assert points.adopt(first_day="2024-07-01", rates={"WORKSHOP": 8}) == {"rules": 2}
    read = points.get("/rules", role="employee:E1")["rules"]
    assert [(version["rules"], version["rates"]["WORKSHOP"]) for version in read] == [(1, "5"), (2, "8")]
    assert len(points.said(RulesAdopted)) == 2


def test_a_later_version_may_not_start_on_or_before_the_day_of_an_earlier_one(points):
    points.adopt()
    for first_day in ("2024-01-01", "2023-12-31"):
        body = {"first_day": first_day, "rates": {"WORKSHOP": 8}}
        assert points.refused("/rules", body) == (409, "RulesNotLater")


@pytest.mark.parametrize(
    "wrong",
    [
        {"rates": {"GOLF": 1}},
        {"rates": {"WORKSHOP": -1}},
        {"rates": {"WORKSHOP": "NaN"}},
        {"role_rates": {"CHIEF": {"WORKSHOP": 1}}},
        {"scheme": "SHARES"},
        {"target": 0},
        {"first_day": "2024-02-30"},
        {"mood": "good"},
    ],
)
def test_rules_that_are_not_understood_are_refused(points, wrong):
    body = {"first_day": "2024-01-01", "rates": {"WORKSHOP": 5}} | wrong
    assert points.refused("/rules", body) == (422, "InvalidRequest")


def test_employees_see_their_points_why_and_what_is_missing(points, news):
    points.adopt()
    points.hear(news.hired("E1"))
    _, _, completion = points.hear(
        news.gave("E1", march), news.gave("E1", march, title="电工经验"), news.completed("E1", march)
    )
    points.hear(news.voided("E1", completion))
    told = points.get("/employees/E1/points?year=2024", role="employee:E1")
    assert (told["points"], told["by_kind"]) == ("30", {"ONLINE_HOURS": "0", "SHARING": "30"})
    made = told["progress"]
    assert (made["counted"], made["missing"], made["target_met"]) == ("20", "80", False)
    assert made["missing_by_category"] == {"COURSE": "40", "EXAM": "30", "SHARING": "0", "MENTORING": "10"}
    assert "SHARING: 30 earned, share 20, counts 20" in made["steps"]
    why = {(entry["fact"], entry["reversal"]): (entry["points"], entry["note"]) for entry in told["entries"]}
    assert why[completion, False] == ("6", "safety: ONLINE_HOURS: 3 × 2 = 6 (rule version 1)")
    assert why[completion, True] == ("-6", "没有参加")
    assert told["assessment"] is None


def test_without_rules_there_is_no_target(points, news):
    points.hear(news.hired("E1"))
    told = points.get("/employees/E1/points?year=2024")
    assert (told["points"], told["progress"]) == ("0", None)


@pytest.mark.parametrize(
    ("role", "departments", "status"),
    [
        ("hr", (), 200),
        ("auditor", (), 200),
        ("employee:E1", (), 200),
        ("employee:E2", (), 403),
        ("manager:E2", ("集团/研发中心",), 200),
        ("manager:E2", ("集团/销售部",), 403),
        ("payroll", (), 403),
    ],
)
def test_points_are_read_by_those_who_may(points, news, role, departments, status):
    points.hear(news.hired("E1"))
    answer = points.ask("GET", "/employees/E1/points?year=2024", role=role, departments=departments)
    assert answer.status_code == status


def test_without_a_year_the_points_are_those_of_the_last_days_year(points, news):
    points.hear(news.hired("E1"))
    assert points.ask("GET", "/employees/E1/points").json()["type"] == "urn:qizheng:problem:no-day-opened"
    points.hear(DayOpened(day=date(2023, 12, 31)), DayOpened(day=date(2024, 1, 1)))
    assert points.get("/employees/E1/points")["year"] == 2024


def test_whom_nobody_knows_is_not_found(points):
    assert points.ask("GET", "/employees/E7/points?year=2024").status_code == 404


@pytest.mark.parametrize(
    ("path", "body"), [("/rules", {"first_day": "2024-01-01", "rates": {}}), ("/years/2024/close", None)]
)
def test_only_hr_adopts_rules_and_closes_years(points, path, body):
    for role in ("manager:E1", "employee:E1", "auditor", "payroll", "operator", "service"):
        assert points.refused(path, body, role=role)[0] == 403


def test_a_closed_year_ranks_the_managers_and_puts_the_best_forward(points, news):
    company(points, news)
    closed = points.post("/years/2024/close")
    assert closed == {"population": 10, "excellent": ["E0"], "bonus": ["E0", "E1"]}
    told = points.get("/years/2024/ranking", role="auditor")
    assert [(one["employee"], one["rank"]) for one in told["ranking"]] == [(f"E{n}", n + 1) for n in range(10)]
    assert (told["excellent_cut"], told["bonus_cut"]) == (1, 2)
    best = points.get("/employees/E0/points?year=2024")["assessment"]
    assert (best["points"], best["counted"], best["target_met"], best["excellent"]) == ("135", "20", False, True)
    assert best["rating_flag"] == "POINTS_NOT_MET"


def test_everyone_who_ties_with_the_last_place_is_in(points, news):
    company(points, news)
    points.hear(news.gave("E1", march), news.gave("E2", march))
    closed = points.post("/years/2024/close")
    assert (closed["excellent"], closed["bonus"]) == (["E0", "E1"], ["E0", "E1"])


def test_who_left_before_the_end_of_the_year_is_not_ranked(points, news):
    company(points, news)
    points.hear(left("E0", date(2024, 12, 30)), left("E1", date(2024, 12, 31)))
    points.hear(news.hired("E10", on=date(2025, 1, 1)))
    closed = points.post("/years/2024/close")
    assert (closed["population"], closed["excellent"]) == (9, [])
    assert closed["bonus"] == ["E1"]


def test_closing_twice_changes_nothing_and_says_the_same(points, news):
    company(points, news)
    first = points.post("/years/2024/close")
    points.hear(*(news.gave("E9", march) for _ in range(20)))
    assert points.post("/years/2024/close") == first
    assert len(points.said(PointsYearClosed)) == 1
    assert len(points.said(PointsYearAssessed)) == 10
    assert points.points("E9") == "300"
    assert points.said(PointsAwarded)[-1].note.endswith("told after the year was closed 年度已关闭")


def test_eighty_managers_are_closed_as_one(points, news):
    points.adopt()
    points.hear(*(news.hired(f"E{number:03}") for number in range(80)))
    points.hear(*(news.gave(f"E{number:03}", march) for number in range(20)))
    points.hear(*(news.completed(f"E{number:03}", march, hours=number) for number in range(1, 20)))
    closed = points.post("/years/2024/close")
    assert (closed["population"], len(closed["excellent"]), len(closed["bonus"])) == (80, 8, 16)
    assert closed["excellent"] == [f"E{number:03}" for number in range(19, 11, -1)]
    assert len(points.said(PointsYearAssessed)) == 80


def test_a_year_without_rules_is_not_closed(points, news):
    points.hear(news.hired("E1"))
    assert points.refused("/years/2024/close") == (409, "NoRulesThatYear")
    assert points.said() == []


def test_an_open_year_has_no_ranking(points):
    assert points.ask("GET", "/years/2024/ranking").status_code == 404
    assert points.ask("GET", "/years/0/ranking").status_code == 422
