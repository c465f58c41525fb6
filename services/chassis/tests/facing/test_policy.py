"""Who may do what: the table alone decides, and what it lacks is allowed to nobody."""

from typing import Any

import pytest

from chassis.facing.policy import NotAllowed, Policy, Relation
from chassis.facing.tokens import Principal

POLICY = Policy(
    {
        "hire": {"hr": Relation.ANYONE},
        "read": {"hr": Relation.ANYONE, "manager": Relation.MANAGES, "employee": Relation.SELF},
    }
)
HR = Principal("user:hr", "hr")
GRACE = Principal("user:grace", "manager", "E2", ("group/plant",))
ADA = Principal("user:ada", "employee", "E1", ("group/plant",))


@pytest.mark.parametrize(
    ("who", "action", "employee", "department", "allowed"),
    [
        (HR, "hire", None, None, True),
        (HR, "read", "E1", "group/plant", True),
        (GRACE, "hire", None, None, False),
        (GRACE, "read", "E1", "group/plant", True),
        (GRACE, "read", "E1", "group/plant/line one", True),
        (GRACE, "read", "E1", "group/plant two", False),
        (GRACE, "read", "E1", "group", False),
        (GRACE, "read", "E1", None, False),
        (GRACE, "read", "E2", "group", True),
        (ADA, "read", "E1", None, True),
        (ADA, "read", "E2", "group/plant", False),
        (ADA, "read", None, None, False),
        (Principal("user:x", "employee"), "read", None, None, False),
        (Principal("user:x", ""), "read", "E1", None, False),
        (Principal("user:x", "stranger"), "hire", None, None, False),
        (HR, "dismiss", None, None, False),
    ],
)
def test_the_table_decides(who: Principal, action: str, employee: str | None, department: str | None, allowed: bool):
    if allowed:
        POLICY.check(who, action, employee, department)
    else:
        with pytest.raises(NotAllowed):
            POLICY.check(who, action, employee, department)


@pytest.mark.postgres
def test_at_the_door_what_is_not_allowed_is_403_and_leaves_no_trace(door: Any):
    answer = door.ask("POST", "/counters/ada", role="employee:grace", json={"by": 1})
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:qizheng:problem:not-allowed")
    assert door.ask("POST", "/counters/grace", role="employee:grace", json={"by": 1}).status_code == 201
    assert door.ask("GET", "/counters/grace", role="employee:grace").status_code == 403
    assert len(door.service.events()) == 1


@pytest.mark.postgres
def test_whoever_asked_is_the_actor_of_what_happened(door: Any):
    door.ask("POST", "/counters/ada", role="employee:ada", json={"by": 1})
    (event,) = door.service.events()
    assert event.actor == "user:employee:ada"


def test_a_principal_that_is_a_service_is_one():
    assert Principal("service:points", "service").actor == "service:points"
    assert Principal("ada", "employee").actor == "user:ada"
