"""Each member by itself: in an environment that holds only what it declares, all of it but `testing` can be imported."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.postgres  # It asks for no database, but takes seconds as those tests do that ask for one.

ROOT = Path(__file__).resolve().parents[2]
UV = ROOT / "deploy/uv"
OURS = {
    "qizheng-contracts": ROOT / "contracts",
    **{f"qizheng-{name}": ROOT / "services" / name for name in ("casework", "chassis")},
}
IMPORT_ALL = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
def search(path, before):
    for found in pkgutil.iter_modules(path, before):
        if found.name != "chassis.testing":
            module = importlib.import_module(found.name)
            search(getattr(module, "__path__", ()), found.name + ".")
search(package.__path__, package.__name__ + ".")
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """One place for all environments, each made anew: what one has compiled, the next need not."""
    return tmp_path_factory.mktemp("alone")


def imported_alone(member: Path, place: Path) -> str:
    """What importing this member says where only it and what it declares are installed. Nothing is good."""
    declared = tomllib.loads((member / "pyproject.toml").read_text(encoding="utf-8"))
    needed = {member, *(OURS[name] for name in ours(member))}
    environment = place / "environment"
    run(UV, "venv", "--quiet", "--clear", "--python", sys.executable, environment)
    python = environment / "bin/python"
    install = (UV, "pip", "install", "--quiet", "--no-sources", "--python", python)
    run(*install, "--constraint", ROOT / "requirements.lock", *needed)
    package = declared["tool"]["uv"]["build-backend"]["module-name"]
    compiled = f"pycache_prefix={place / 'compiled'}"
    tried = subprocess.run(
        [python, "-I", "-X", compiled, "-c", IMPORT_ALL, package], cwd=place, capture_output=True, text=True
    )
    return tried.stderr if tried.returncode else ""


def ours(member: Path) -> set[str]:
    """The members that a member declares, and those that they declare."""
    project = tomllib.loads((member / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    near = OURS.keys() & set(project.get("dependencies", ()))
    return near.union(*(ours(OURS[name]) for name in near))


def run(*command: object) -> None:
    ran = subprocess.run([str(word) for word in command], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


MEMBERS = [ROOT / "contracts", *sorted(path.parent for path in ROOT.glob("services/*/pyproject.toml"))]


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_a_member_needs_nothing_but_what_it_declares(member: Path, place: Path):
    assert imported_alone(member, place) == ""


@pytest.mark.parametrize(("declared", "missing"), [([], "chassis"), (["qizheng-chassis"], "python_calamine")])
def test_a_member_that_leans_on_what_it_does_not_declare_is_caught(
    tmp_path: Path, place: Path, declared: list[str], missing: str
):
    source = tmp_path / "src/planted"
    source.mkdir(parents=True)
    (source / "__init__.py").write_text("")
    (source / "main.py").write_text(f"import {missing}\n")
    (tmp_path / "pyproject.toml").write_text(
        f'[project]\nname = "qizheng-planted"\nversion = "0"\ndependencies = {declared}\n'
        '[build-system]\nrequires = ["uv_build"]\nbuild-backend = "uv_build"\n'
        '[tool.uv.build-backend]\nmodule-name = "planted"\n'
    )
    assert f"No module named '{missing}'" in imported_alone(tmp_path, place)
