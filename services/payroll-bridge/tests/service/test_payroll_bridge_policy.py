"""Who may do what in payroll-bridge, as a table."""

import pytest
from policy_tables import answers

from payroll_bridge.http import POLICY

MAY = {  # Role by role: about somebody else, about one of the department, about oneself.
    "payroll.set-wages": {"payroll": "yyy", "hr": "yyy"},
    "payroll.adopt-rule": {"payroll": "yyy", "hr": "yyy"},
    "payroll.record-consent": {"payroll": "yyy", "hr": "yyy"},
    "payroll.close": {"payroll": "yyy"},
    "payroll.read-period": {"payroll": "yyy", "hr": "yyy", "auditor": "yyy"},
    "payroll.read-rules": {"payroll": "yyy", "hr": "yyy", "auditor": "yyy", "manager": "yyy", "employee": "yyy"},
    "payroll.read-adjustments": {"payroll": "yyy", "hr": "yyy", "auditor": "yyy", "manager": "--y", "employee": "--y"},
}


@pytest.mark.parametrize("action", sorted(MAY.keys() | POLICY.table.keys()))
def test_each_role_may_what_the_table_says_and_nothing_else(action: str):
    assert answers(POLICY, action) == MAY.get(action)
