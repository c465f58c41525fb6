"""The members of the workspace: one Python for all, a build system, a `src` layout, types, the house's prefix."""

import tomllib


def breaches(house):
    wanted = tomllib.loads((house.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    for member in house.members:
        where = member.relative_to(house.root).as_posix()
        project = tomllib.loads((member / "pyproject.toml").read_text(encoding="utf-8"))
        if (says := project["project"].get("requires-python")) != wanted:
            yield f"{where} says requires-python {says}, the house {wanted}"
        if project["project"]["name"] != f"qizheng-{member.name}":
            yield f"{where} is distributed as {project['project']['name']}"
        if "build-system" not in project:
            yield f"{where} has no build system"
        package = project.get("tool", {}).get("uv", {}).get("build-backend", {}).get("module-name")
        if package != member.name.replace("-", "_"):
            yield f"{where} names its module {package}"
        elif not (member / "src" / package / "py.typed").exists():
            yield f"{where} has no src/{package}/py.typed"


def test_every_member_is_made_alike(house):
    assert list(breaches(house)) == []


def member(name, module, python=">=3.11"):
    return (
        f'[project]\nname = "{name}"\nrequires-python = "{python}"\n'
        f'[build-system]\nrequires = ["uv_build"]\n[tool.uv.build-backend]\nmodule-name = "{module}"\n'
    )


def test_a_member_that_drifts_is_caught(planted):
    house = planted(
        {
            "pyproject.toml": '[project]\nname = "qizheng"\nrequires-python = ">=3.11"\n',
            "contracts/pyproject.toml": member("qizheng-contracts", "contracts"),
            "contracts/src/contracts/py.typed": "",
            "services/people/pyproject.toml": '[project]\nname = "qizheng-people"\nrequires-python = ">=3.11"\n',
            "services/points/pyproject.toml": member("points", "points", ">=3.12"),
        }
    )
    assert list(breaches(house)) == [
        "services/people has no build system",
        "services/people names its module None",
        "services/points says requires-python >=3.12, the house >=3.11",
        "services/points is distributed as points",
        "services/points has no src/points/py.typed",
    ]
