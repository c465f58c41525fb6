"""Who may do what in points, as a table."""

import pytest
from policy_tables import answers

from points.http import POLICY

MAY = {  # Role by role: about somebody else, about one of the department, about oneself.
    "points.adopt-rules": {"hr": "yyy"},
    "points.read-rules": {"hr": "yyy", "manager": "yyy", "employee": "yyy", "auditor": "yyy"},
    "points.close-year": {"hr": "yyy"},
    "points.ranking": {"hr": "yyy", "auditor": "yyy"},
    "points.read": {"hr": "yyy", "auditor": "yyy", "manager": "-yy", "employee": "--y"},
}


@pytest.mark.parametrize("action", sorted(MAY.keys() | POLICY.table.keys()))
def test_each_role_may_what_the_table_says_and_nothing_else(action: str):
    assert answers(POLICY, action) == MAY.get(action)
