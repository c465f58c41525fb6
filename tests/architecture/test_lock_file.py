"""The lock: versions and hashes of everything we install, and no address that would bind it to a place."""

import re
import tomllib

ADDRESS = re.compile(r"(?:https?|file|git\+\w+)://|--(?:extra-)?index-url|--find-links|@ ")


def plain(name):
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", name)[0]).lower()


def breaches(house):
    text = (house.root / "requirements.lock").read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), start=1):
        if ADDRESS.search(line):
            yield f"requirements.lock:{number} holds an address"
    pins = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    yield from (f"{pin.split()[0]} has no hash" for pin in pins if "--hash=sha256:" not in pin)
    pinned = {plain(pin.split("==")[0]) for pin in pins}
    wanted = {
        plain(library)
        for member in house.members
        for library in tomllib.loads((member / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    }
    missing = sorted(name for name in wanted - pinned if not name.startswith("qizheng-"))
    yield from (f"{library} is not locked" for library in missing)


def test_the_lock_holds_a_hash_for_each_library_and_no_address(house):
    assert list(breaches(house)) == []


def test_an_address_a_pin_without_a_hash_and_a_missing_pin_are_caught(planted):
    project = '[project]\nname = "qizheng-{}"\ndependencies = [{}]\n'
    house = planted(
        {
            "requirements.lock": (
                "--index-url https://mirror.example/simple\n"
                "orjson==3.10.0 \\\n    --hash=sha256:00\n    # via qizheng-contracts\n"
                "rich==13.0\n"
                "typer @ https://mirror.example/typer.whl \\\n    --hash=sha256:00\n"
            ),
            "contracts/pyproject.toml": project.format("contracts", '"orjson", "pydantic>=2"'),
            "services/points/pyproject.toml": project.format("points", '"qizheng-contracts", "typer"'),
        }
    )
    assert list(breaches(house)) == [
        "requirements.lock:1 holds an address",
        "requirements.lock:6 holds an address",
        "rich==13.0 has no hash",
        "pydantic is not locked",
    ]
