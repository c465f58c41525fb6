"""Who may do what in people, as a table."""

import pytest
from policy_tables import answers

from people.http import POLICY

MAY = {  # Role by role: about somebody else, about one of the department, about oneself.
    "people.import": {"hr": "yyy"},
    "people.hire": {"hr": "yyy"},
    "people.transfer": {"hr": "yyy"},
    "people.leave": {"hr": "yyy"},
    "people.list": {"hr": "yyy", "payroll": "yyy", "auditor": "yyy"},
    "people.read": {"hr": "yyy", "auditor": "yyy", "manager": "-yy", "employee": "--y"},
    "people.open-days": {"operator": "yyy"},
    "people.data-keys": {"service": "yyy"},
}


@pytest.mark.parametrize("action", sorted(MAY.keys() | POLICY.table.keys()))
def test_each_role_may_what_the_table_says_and_nothing_else(action: str):
    assert answers(POLICY, action) == MAY.get(action)
