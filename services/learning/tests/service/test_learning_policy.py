"""Who may do what in learning, as a table."""

import pytest
from policy_tables import ROLES, answers

from learning.http import POLICY

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


@pytest.mark.parametrize("action", sorted(MAY.keys() | POLICY.table.keys()))
def test_each_role_may_what_the_table_says_and_nothing_else(action: str):
    assert answers(POLICY, action) == MAY.get(action)
