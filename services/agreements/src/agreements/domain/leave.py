"""Leave within a service period: it counts as served, unless the agreement signed that unpaid leave suspends."""

from dataclasses import dataclass
from typing import Literal, get_args

StatutoryLeave = Literal[
    "ANNUAL",
    "BEREAVEMENT",
    "BREASTFEEDING",
    "CHILDCARE",
    "ELDER_CARE",
    "FAMILY_PLANNING",
    "FAMILY_VISIT",
    "HOME_VISIT",
    "MARRIAGE",
    "MATERNITY",
    "MEDICAL",
    "MILITARY",
    "MISCARRIAGE",
    "NURSING",
    "PARENTAL",
    "PATERNITY",
    "PRENATAL",
    "PUBLIC_DUTY",
    "PUBLIC_HOLIDAY",
    "SICK",
    "WORK_INJURY",
]
UnpaidLeave = Literal["PERSONAL", "UNPAID", "UNPAID_PERSONAL"]
LeaveKind = StatutoryLeave | UnpaidLeave


@dataclass(frozen=True)
class Leave:
    """Days away. They move nothing by themselves: only the months that an agreement suspends move its end."""

    kind: LeaveKind
    days: int

    @property
    def statutory(self) -> bool:
        return self.kind in get_args(StatutoryLeave)
