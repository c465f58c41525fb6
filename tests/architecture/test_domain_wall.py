"""The wall around the rules: a domain knows the standard library, the contracts and its own package, and does nothing."""

import sys

# Parts of the standard library that reach outside, wait, or remember: a rule needs none of them.
OUTSIDE = {
    "asyncio", "concurrent", "ctypes", "email", "ftplib", "getpass", "glob", "http", "io", "logging", "mmap",
    "multiprocessing", "os", "pathlib", "queue", "sched", "secrets", "select", "selectors", "shelve", "shutil", "signal",
    "smtplib", "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "time", "urllib", "zoneinfo",
}  # fmt: skip
SPEAKING = {"open", "print", "input", "breakpoint", "exec", "eval", "__import__"}


def breaches(house):
    domains = [source for source in house.sources if source.room == "domain"]
    for source in domains:
        allowed = (sys.stdlib_module_names - OUTSIDE) | {"contracts", source.package}
        for dotted in sorted(source.imported):
            if dotted.split(".")[0] not in allowed:
                yield f"{source.where} imports {dotted}"
        for line, name in source.mentions():
            if name in SPEAKING:
                yield f"{source.where}:{line} calls {name}"


def test_every_domain_knows_only_the_standard_library_the_contracts_and_itself(house):
    assert list(breaches(house)) == []


def test_a_library_the_chassis_or_another_service_in_a_domain_is_caught(planted):
    house = planted(
        {
            "services/points/src/points/domain/rates.py": (
                "import orjson\n"
                "from decimal import Decimal\n"
                "from chassis.keeping.work import Work\n"
                "from contracts.points import PointsAwarded\n"
                "from learning.domain import course\n"
                "from points.domain import scheme\n"
            ),
            "services/points/src/points/handlers.py": "from chassis.keeping.work import Work\n",
        }
    )
    assert list(breaches(house)) == [
        "services/points/src/points/domain/rates.py imports chassis.keeping.work.Work",
        "services/points/src/points/domain/rates.py imports learning.domain.course",
        "services/points/src/points/domain/rates.py imports orjson",
    ]


def test_an_import_hidden_in_a_function_is_caught(planted):
    house = planted(
        {"services/points/src/points/domain/rates.py": "def rate():\n    import psycopg\n    return psycopg\n"}
    )
    assert list(breaches(house)) == ["services/points/src/points/domain/rates.py imports psycopg"]


def test_a_domain_that_is_one_file_is_held_too(planted):
    house = planted({"services/points/src/points/domain.py": "import fastapi\n"})
    assert list(breaches(house)) == ["services/points/src/points/domain.py imports fastapi"]


def test_a_domain_that_reaches_outside_is_caught(planted):
    house = planted({"services/points/src/points/domain/rates.py": "import os\n\nrates = open('rates.csv')\n"})
    assert list(breaches(house)) == [
        "services/points/src/points/domain/rates.py imports os",
        "services/points/src/points/domain/rates.py:3 calls open",
    ]
