"""The import contracts of `pyproject.toml`, held against a house that breaks each of them once."""

import os
import subprocess
import sys
import tomllib

import pytest

LINT = "import importlinter.cli as c; c.lint_imports_command()"
PACKAGES = [
    "contracts",
    "casework",
    "chassis",
    "people",
    "agreements",
    "learning",
    "points",
    "payroll_bridge",
    "evidence",
    "gateway",
]
SOUND = {
    "contracts/points.py": "",
    "chassis/keeping/__init__.py": "import psycopg\n",
    "chassis/testing/__init__.py": "import chassis.keeping\n",
    "points/domain/__init__.py": "",
    "points/domain/award.py": "import contracts.points\n",
    "points/views/__init__.py": "",
    "points/views/standings.py": "import contracts.points\n",
    "points/handlers.py": "import chassis.keeping\nimport points.domain.award\nimport points.views.standings\n",
    "points/http.py": "import fastapi\nimport points.handlers\n",
    "points/cli.py": "import typer\nimport points.views.standings\n",
    "points/settings.py": "import pydantic_settings\n",
    "points/main.py": "import points.cli\nimport points.http\nimport points.settings\n",
    "evidence/adapters/__init__.py": "",
    "evidence/adapters/ledger.py": "import psycopg\n",
}
# What breaks each contract, by its id: the file it is planted in, the import, and how the contract must name it.
PLANTED = {
    "independence": ("learning/handlers.py", "points.domain.award", "learning.handlers -> points.domain.award"),
    "foundations": ("contracts/points.py", "chassis.keeping", "contracts.points -> chassis.keeping"),
    "rooms": ("points/domain/award.py", "points.views.standings", "points.domain.award -> points.views.standings"),
    "settings": ("points/handlers.py", "points.settings", "points.handlers -> points.settings"),
    "machinery": ("people/adapters.py", "psycopg", "people.adapters -> psycopg"),
    "rules": ("people/handlers.py", "fastapi", "people.handlers -> fastapi"),
    "testing": ("people/views.py", "chassis.testing", "people.views -> chassis.testing"),
    "cycles": ("agreements/domain/claim.py", "agreements.domain.damages", "cycles are allowed in agreements.domain"),
}
ALSO_PLANTED = {
    "points/jobs.py": "",
    "agreements/domain/__init__.py": "",
    "agreements/domain/damages.py": "import agreements.domain.claim\n",
}


def contracts(house):
    config = tomllib.loads((house.root / "pyproject.toml").read_text(encoding="utf-8"))
    return {contract["id"]: contract["name"] for contract in config["tool"]["importlinter"]["contracts"]}


@pytest.fixture
def linted(planted, house):
    """What import-linter says about a planted house under our own contracts."""

    def lint(files):
        empty = {f"{package}/__init__.py": "" for package in PACKAGES}
        root = planted(empty | files).root
        config = str(house.root / "pyproject.toml")
        ran = subprocess.run(
            [sys.executable, "-c", LINT, "--no-logo", "--no-cache", "--config", config],
            cwd=root,
            env=os.environ | {"PYTHONPATH": str(root), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Analyzed" in ran.stdout, ran.stdout + ran.stderr
        return ran.stdout

    return lint


def test_a_sound_house_keeps_every_contract(linted, house):
    told = linted(SOUND)
    assert [name for name in contracts(house).values() if f"{name} KEPT" not in told] == [], told


def test_each_contract_names_what_breaks_it(linted, house):
    files = SOUND | ALSO_PLANTED
    for path, module, _ in PLANTED.values():
        files[path] = f"{files.get(path, '')}import {module}\n"
    told = linted(files)
    for contract, name in contracts(house).items():
        *_, said = told.partition(f"\n{name}\n{'-' * len(name)}\n")
        assert PLANTED[contract][2] in said.partition("\n-----")[0], f"{name}:\n{told}"
    assert "- points.jobs" in told
