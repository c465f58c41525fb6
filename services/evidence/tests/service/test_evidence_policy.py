"""Who may do what in evidence, as a table."""

import pytest
from policy_tables import answers

from evidence.http import POLICY

MAY = {  # Role by role: about somebody else, about one of the department, about oneself.
    "evidence.cases": {"hr": "yyy"},
    "evidence.read-cases": {"hr": "yyy", "auditor": "yyy"},
    "evidence.dossiers": {"hr": "yyy", "auditor": "yyy"},
    "evidence.own-dossier": {"employee": "--y", "manager": "--y", "hr": "--y", "payroll": "--y"},
    "evidence.holds": {"hr": "yyy", "auditor": "yyy", "service": "yyy"},
    "evidence.ledger": {"auditor": "yyy", "operator": "yyy", "service": "yyy"},
    "evidence.records": {"hr": "yyy", "auditor": "yyy", "manager": "--y", "employee": "--y"},
    "evidence.status": {"hr": "yyy", "auditor": "yyy", "operator": "yyy", "service": "yyy"},
}


@pytest.mark.parametrize("action", sorted(MAY.keys() | POLICY.table.keys()))
def test_each_role_may_what_the_table_says_and_nothing_else(action: str):
    assert answers(POLICY, action) == MAY.get(action)
