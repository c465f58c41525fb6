"""Who may do what in learning, as a table."""

import pytest

from chassis.facing.policy import NotAllowed
from chassis.facing.tokens import Principal
from learning.http import POLICY

ROLES = ("hr", "manager", "employee", "payroll", "auditor", "operator", "service")
MAY = {  # Role by role: about somebody else, about one of the department, about oneself.
    "learning.publish": {"hr": "yyy"},
    "learning.assign": {"hr": "yyy", "manager": "-yy"},
    "learning.study": {"hr": "yyy", "manager": "-yy", "employee": "--y"},
    "learning.exam": {"hr": "yyy", "manager": "-yy", "employee": "--y"},
    "learning.attend": {"hr": "yyy", "manager": "-yy"},
    "learning.complete": {"hr": "yyy"},
    "learning.void": {"hr": "yyy"},
    "learning.contribute": {"hr": "yyy"},
    "learning.courses": dict.fromkeys(ROLES, "yyy"),
    "learning.record": {"hr": "yyy", "auditor": "yyy"},
    "learning.read": {"hr": "yyy", "auditor": "yyy", "manager": "-yy", "employee": "--y"},
}


def may(role: str, action: str) -> str:
    asker = Principal(f"user:{role}", role, "E1", ("集团/制造中心",))
    answers = ""
    for employee, department in (("E9", "集团/财务部"), ("E2", "集团/制造中心/一车间"), ("E1", "集团/财务部")):
        try:
            POLICY.check(asker, action, employee, department)
        except NotAllowed:
            answers += "-"
        else:
            answers += "y"
    return answers


@pytest.mark.parametrize("action", MAY)
def test_each_role_may_what_the_table_says(action: str):
    assert {role: may(role, action) for role in ROLES} == {role: MAY[action].get(role, "---") for role in ROLES}


def test_the_table_says_something_of_every_action():
    assert set(POLICY.table) == set(MAY)
