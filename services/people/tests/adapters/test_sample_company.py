"""The sample company: the generator repeats itself, and its sheets read as what they are made to show."""

import subprocess
import sys
import zipfile
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from people.adapters.sheets import Sheet, read_sheet
from people.domain import history, roster
from people.domain.history import History, Mark
from people.domain.roster import Roster

SAMPLE = Path(__file__).parents[4] / "deploy" / "sample"
SHEETS = ("花名册.xlsx", "历史培训.csv")


def read(file: str, columns: tuple[str, ...]) -> Sheet:
    return read_sheet(file, (SAMPLE / file).read_bytes(), columns)


@pytest.fixture(scope="module")
def company() -> Roster:
    return roster.read_roster(read("花名册.xlsx", roster.REQUIRED).rows, {})


@pytest.fixture(scope="module")
def past(company: Roster) -> History:
    employed = {employee.number for employee in company.taken}
    return history.read_history(read("历史培训.csv", history.REQUIRED).rows, {"销管": "销售管理"}, employed)


def test_the_generator_repeats_byte_for_byte(tmp_path: Path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        subprocess.run([sys.executable, SAMPLE / "generate.py", folder], check=True)
    for file in SHEETS:
        assert (first / file).read_bytes() == (second / file).read_bytes()
    assert (first / "历史培训.csv").read_bytes() == (SAMPLE / "历史培训.csv").read_bytes()
    # Another zlib may press the same pages into other bytes, so the committed workbook is compared unpacked.
    assert unpacked(first / "花名册.xlsx") == unpacked(SAMPLE / "花名册.xlsx")


def unpacked(workbook: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(workbook) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_sample_is_five_hundred_people_eighty_of_them_middle_managers_in_twelve_departments(company: Roster):
    assert len(company.taken) == 500
    assert Counter(employee.level for employee in company.taken)["中层"] == 80
    assert len({employee.department for employee in company.taken}) == 12
    assert all(employee.department.count("/") == 2 for employee in company.taken)


def test_only_the_duplicate_and_the_impossible_day_are_refused(company: Roster):
    assert [refused.why for refused in company.refused] == ["重复行:与第137行相同", "没有这一天(2024-02-30)"]
    assert company.quarantined == ()


def test_each_thing_a_real_sheet_has_is_in_the_sample(company: Roster):
    told = {(change.column, change.why) for change in company.changed}
    assert {
        ("工号", "工号统一为半角,去掉空格和引号"),
        ("姓名", "去掉姓名中的空格,间隔号统一为“·”"),
        ("入职日期", "日期统一写法"),
        ("入职日期", "Excel日期序号换成日期"),
        ("月工资", "金额统一为元"),
        ("工作地", "工作地换成代码"),
    } <= told
    names = {employee.name for employee in company.taken}
    assert {"欧阳文轩", "阿依古丽·买买提", "王𬭎", "李㛃"} <= names
    assert all(employee.number.startswith("00") for employee in company.taken)
    assert {len(name) for name in names} >= {2, 3, 4}


def test_some_are_hired_during_the_year_and_no_manager_among_them(company: Roster):
    new = [employee for employee in company.taken if employee.hired_on >= date(2024, 1, 1)]
    assert len(new) == 25
    assert {employee.level for employee in new} == {"基层"}
    assert max(employee.hired_on for employee in new) < date(2025, 1, 1)


def test_middle_managers_of_research_and_of_sales_can_be_told_by_their_posts(company: Roster):
    posts = Counter(employee.post for employee in company.taken if employee.level == "中层")
    assert (posts["研发经理"], posts["销售经理"]) == (18, 11)


def test_the_old_records_hold_leavers_an_alias_and_invalid_rows(past: History):
    assert (len(past.taken), len(past.leavers), len(past.refused), len(past.quarantined)) == (600, 18, 6, 1)
    assert ("销管", "销售管理") in {(change.was, change.now) for change in past.changed}
    assert {training.mark for training in past.taken} == {Mark.SCORED, Mark.PASSED, Mark.ABSENT, Mark.EXEMPT}
    assert past.quarantined[0].was == "市管"
