"""Who may do what in agreements, as a table."""

import pytest
from policy_tables import answers

from agreements.http import POLICY

MAY = {  # Role by role: about somebody else, about one of the department, about oneself.
    "agreements.rules": {"hr": "yyy"},
    "agreements.read-rules": {"hr": "yyy", "auditor": "yyy"},
    "agreements.draft": {"hr": "yyy"},
    "agreements.cost": {"hr": "yyy"},
    "agreements.offer": {"hr": "yyy"},
    "agreements.seal": {"hr": "yyy"},
    "agreements.withdraw": {"hr": "yyy"},
    "agreements.sign": {"employee": "--y", "manager": "--y"},
    "agreements.decline": {"employee": "--y", "manager": "--y"},
    "agreements.read": {"hr": "yyy", "auditor": "yyy", "manager": "-yy", "employee": "--y"},
    "agreements.damages": {"hr": "yyy", "auditor": "yyy", "payroll": "yyy", "manager": "-yy", "employee": "--y"},
}


@pytest.mark.parametrize("action", sorted(MAY.keys() | POLICY.table.keys()))
def test_each_role_may_what_the_table_says_and_nothing_else(action: str):
    assert answers(POLICY, action) == MAY.get(action)
