"""Who may do what: a table of role, action and relation to the employee, which each service hands in."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from chassis.facing.tokens import Principal
from contracts import Refusal


class Relation(IntEnum):
    """How the principal stands to the employee whom an action is about; a higher one includes the lower."""

    ANYONE = 0
    MANAGES = 1
    SELF = 2


@dataclass(eq=False)
class NotAllowed(Refusal):
    """The role does not have this action in this relation."""

    role: str
    action: str
    status = 403

    def __str__(self) -> str:
        return f"the role {self.role or '(none)'} may not: {self.action}"


@dataclass(frozen=True)
class Policy:
    """`table` has for each action the roles that may, each with the least relation that it needs."""

    table: Mapping[str, Mapping[str, Relation]]

    def check(
        self, principal: Principal, action: str, employee: str | None = None, department: str | None = None
    ) -> None:
        """Raises NotAllowed. An action that the table lacks is allowed to nobody."""
        needed = self.table.get(action, {}).get(principal.role)
        if needed is None or not self._stands(principal, needed, employee, department):
            raise NotAllowed(principal.role, action)

    def _stands(self, principal: Principal, needed: Relation, employee: str | None, department: str | None) -> bool:
        if needed is Relation.ANYONE:
            return True
        if employee is not None and principal.employee == employee:
            return True
        if needed is Relation.SELF:
            return False
        return department is not None and any(
            department == path or department.startswith(f"{path}/") for path in principal.departments
        )
