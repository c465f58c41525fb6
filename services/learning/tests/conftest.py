"""The people and courses that the tests of learning speak of."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts.envelope import Sealed
from contracts.learning import CoursePublished
from contracts.people import EmployeeHired

SEALED = Sealed(key="E1/k", text="c2VhbGVk", commitment="0" * 64)


@pytest.fixture(scope="session")
def version() -> Callable[..., CoursePublished]:
    """A published version of a course, as asked for."""

    def of(**asked: Any) -> CoursePublished:
        usual = {
            "course": "safety",
            "course_version": 1,
            "title": "安全生产",
            "course_class": "强制",
            "form": "ONLINE",
            "hours": Decimal(8),
            "pass_mark": Decimal(80),
            "due_days": 30,
            "first_day": date(2024, 1, 1),
        }
        return CoursePublished.model_validate(usual | asked)

    return of


@pytest.fixture(scope="session")
def hired() -> Callable[..., EmployeeHired]:
    """A hire, as `people` tells it."""

    def of(employee: str, **asked: Any) -> EmployeeHired:
        usual = {
            "employee": employee,
            "number": employee[1:],
            "name": SEALED,
            "identity_number": SEALED,
            "department": "集团/制造中心/一车间",
            "post": "焊工",
            "rank": "P3",
            "level": "基层",
            "region": "GUANGDONG",
            "on": date(2023, 5, 1),
        }
        return EmployeeHired.model_validate(usual | asked)

    return of
