"""Prints a bearer token for development, good for a day, signed by the key under `var/keys`."""

import argparse

from house import House

ROLES = ("hr", "manager", "employee", "payroll", "auditor", "operator", "service")

if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("role", choices=ROLES)
    options.add_argument("--user", help="who it is for, such as user:ada; without it user:ROLE")
    options.add_argument("--employee", help="the employee id of whoever asks")
    options.add_argument(
        "--department", action="append", default=[], help="a path that a manager manages; may be repeated"
    )
    given = options.parse_args()
    print(House().token(given.role, given.user, employee=given.employee, departments=tuple(given.department)))
