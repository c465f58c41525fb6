"""The roster 花名册: who a company says works for it, read cell by cell; nothing is guessed, every change is told."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial

from people.domain.cells import Changed, Questions, Row, RowRefused, Unfit, Unreadable
from people.domain.particulars import department, identity_number, level, person_name, phone, rank, region, staff_number
from people.domain.written import day, last_day, money, text

REQUIRED = ("工号", "姓名", "身份证号", "手机号", "部门", "岗位", "职级", "层级", "工作地", "入职日期")


@dataclass(frozen=True)
class EmployeeRow:
    number: str
    name: str
    identity_number: str
    phone: str
    department: str
    post: str
    rank: str
    level: str
    region: str
    hired_on: date
    contract_end: date | None
    probation_end: date | None
    monthly_wage: Decimal | None
    performance_bonus: Decimal | None
    contract_start: date | None = None


@dataclass(frozen=True)
class Roster:
    """`quarantined` waits for an approved alias; `changed` tells only of rows that were taken."""

    taken: tuple[EmployeeRow, ...]
    changed: tuple[Changed, ...]
    refused: tuple[RowRefused, ...]
    quarantined: tuple[RowRefused, ...] = ()


def read_roster(rows: Iterable[Row], aliases: Mapping[str, str], departments: Collection[str] = ()) -> Roster:
    """Reads every row. `departments`, if any are known, are the only ones taken without an alias."""
    taken: dict[str, tuple[int, EmployeeRow]] = {}
    by_identity: dict[str, tuple[int, EmployeeRow]] = {}
    changed: list[Changed] = []
    refused: list[RowRefused] = []
    quarantined: list[RowRefused] = []
    for row in rows:
        questions = Questions(row)
        try:
            employee = read_employee(questions, aliases, departments)
            refuse_repeated(employee, taken.get(employee.number), by_identity.get(employee.identity_number))
            refuse_days_out_of_order(employee)
        except Unfit as unfit:
            questions.refuse(unfit.column, Unreadable(unfit.why))
        except Unreadable:
            pass  # Each question has told its own refusal.
        else:
            taken[employee.number] = by_identity[employee.identity_number] = (row.number, employee)
            changed += questions.changed
        refused += questions.refused
        quarantined += questions.quarantined
    return Roster(tuple(employee for _, employee in taken.values()), tuple(changed), tuple(refused), tuple(quarantined))


def read_employee(questions: Questions, aliases: Mapping[str, str], departments: Collection[str]) -> EmployeeRow:
    """Raises `Unreadable` if any cell could not be read; the questions then hold all that could not."""
    number = questions.ask("工号", staff_number)
    name = questions.ask("姓名", person_name)
    identity = questions.ask("身份证号", identity_number)
    mobile = questions.ask("手机号", phone)
    unit = questions.ask("部门", partial(department, aliases=aliases, departments=departments))
    post = questions.ask("岗位", text)
    grade = questions.ask("职级", rank)
    layer = questions.ask("层级", level)
    place = questions.ask("工作地", region)
    hired_on = questions.ask("入职日期", day)
    contract_start = questions.ask_if_any("合同开始", day)
    contract_end = questions.ask("合同到期", last_day)
    probation_end = questions.ask("试用期至", last_day)
    wage = questions.ask_if_any("月工资", money)
    bonus = questions.ask_if_any("绩效奖金", money)
    return EmployeeRow(
        number=number.value,
        name=name.value,
        identity_number=identity.value,
        phone=mobile.value,
        department=unit.value,
        post=post.value,
        rank=grade.value,
        level=layer.value,
        region=place.value,
        hired_on=hired_on.value,
        contract_end=contract_end.value,
        probation_end=probation_end.value,
        monthly_wage=wage.value,
        performance_bonus=bonus.value,
        contract_start=contract_start.value,
    )


# What only whole rows can tell


def refuse_repeated(
    employee: EmployeeRow, same_number: tuple[int, EmployeeRow] | None, same_person: tuple[int, EmployeeRow] | None
) -> None:
    if same_number:
        earlier, other = same_number
        if other == employee:
            raise Unfit(f"重复行:与第{earlier}行相同", column="工号")
        raise Unfit(f"工号与第{earlier}行相同,内容不同,只取第{earlier}行", column="工号")
    if same_person:
        raise Unfit(f"身份证号与第{same_person[0]}行相同,工号不同", column="身份证号")


def refuse_days_out_of_order(employee: EmployeeRow) -> None:
    if employee.contract_start and employee.contract_end and employee.contract_end < employee.contract_start:
        raise Unfit("合同到期早于合同开始", column="合同到期")
    if employee.contract_end and employee.contract_end < employee.hired_on:
        raise Unfit("合同到期早于入职", column="合同到期")
    if employee.probation_end and employee.probation_end < employee.hired_on:
        raise Unfit("试用期结束早于入职", column="试用期至")
