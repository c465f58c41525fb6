"""Prints a bearer token for development, good for a day, signed by the key under `var/keys`."""

import argparse
import os
from pathlib import Path

from house import ROOT

from chassis.facing.tokens import Principal, issue

if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("role", help="hr, manager, employee, payroll, auditor or operator")
    options.add_argument("--employee", help="the employee id of an employee or manager")
    options.add_argument("--department", action="append", default=[], help="a path that a manager manages")
    given = options.parse_args()
    principal = Principal(f"user:{given.role}", given.role, given.employee, tuple(given.department))
    print(issue(Path(os.environ.get("QIZHENG_VAR", ROOT / "var")) / "keys", principal, lifetime=86_400))
