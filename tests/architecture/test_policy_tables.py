"""Whoever hands the chassis a policy tests it as a table, in a file of the same name everywhere."""

import ast

POLICY = "POLICY"


def untested(house):
    """Each service that makes a policy and has no table for it, or one that does not look at that policy."""
    for source in house.sources:
        if source.room != "http" or not any(makes_policy(node) for node in source.tree.body):
            continue
        service = house.services[source.package].parents[1]
        table = service / f"tests/service/test_{source.package}_policy.py"
        if not table.exists() or f"{source.package}.http import {POLICY}" not in table.read_text(encoding="utf-8"):
            yield f"{source.where} has a policy that {table.name} does not show"


def makes_policy(node):
    return isinstance(node, ast.Assign) and any(getattr(target, "id", None) == POLICY for target in node.targets)


def test_every_policy_is_shown_as_a_table(house):
    assert list(untested(house)) == []


def test_a_policy_without_a_table_and_a_table_of_nothing_are_caught(planted):
    policy = "POLICY = Policy({})\n"
    house = planted(
        {
            "services/people/src/people/http.py": policy,
            "services/people/tests/service/test_people_policy.py": "from people.http import POLICY\n",
            "services/points/src/points/http.py": policy,
            "services/payroll-bridge/src/payroll_bridge/http.py": policy,
            "services/payroll-bridge/tests/service/test_payroll_bridge_policy.py": "POLICY = None\n",
            "services/gateway/src/gateway/http.py": "router = None\n",
        }
    )
    assert list(untested(house)) == [
        "services/payroll-bridge/src/payroll_bridge/http.py has a policy that test_payroll_bridge_policy.py does not show",
        "services/points/src/points/http.py has a policy that test_points_policy.py does not show",
    ]
