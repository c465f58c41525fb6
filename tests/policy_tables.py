"""What a policy answers, as a table: each role about somebody else, about one of its departments, about itself."""

from chassis.facing.policy import NotAllowed, Policy
from chassis.facing.tokens import Principal

ROLES = {"hr", "manager", "employee", "payroll", "auditor", "operator", "service"}
ABOUT = (("E9", "集团/财务部"), ("E2", "集团/制造中心/一车间"), ("E1", "集团/财务部"))


def answers(policy: Policy, action: str) -> dict[str, str]:
    """Role by role `y` or `-` for each relation, such as `-yy`; a role that may nothing is left out."""
    roles = ROLES.union(*policy.table.values())
    return {role: said for role in roles if "y" in (said := _answer(policy, action, role))}


def _answer(policy: Policy, action: str, role: str) -> str:
    asker = Principal(f"user:{role}", role, "E1", ("集团/制造中心",))
    said = ""
    for employee, department in ABOUT:
        try:
            policy.check(asker, action, employee, department)
        except NotAllowed:
            said += "-"
        else:
            said += "y"
    return said
