"""The people of the sample company: those whom its roster has and the house takes."""

from decimal import Decimal

from company.year import Person
from people.adapters.sheets import read_sheet
from people.domain import roster


def people_in(file: str, content: bytes) -> list[Person]:
    return [_person(row) for row in roster.read_roster(read_sheet(file, content, roster.REQUIRED).rows, {}).taken]


def _person(row: roster.EmployeeRow) -> Person:
    return Person(
        employee=f"E{row.number}",
        post=row.post,
        level=row.level,
        department=row.department,
        region=row.region,
        hired_on=row.hired_on,
        probation_end=row.probation_end,
        monthly_wage=row.monthly_wage or Decimal(0),  # Every row of the sample has a wage.
        performance_bonus=row.performance_bonus or Decimal(0),
    )
