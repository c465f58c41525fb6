"""The rooms of a service: the same names in every service, and no others."""

ROOMS = {"domain", "handlers", "errands", "views", "adapters", "http", "cli", "settings", "main", "migrations"}
FOLDERS_ONLY = {"migrations"}
LUMBER = {"utils", "util", "helpers", "helper", "common", "misc", "shared", "base", "lib"}


def breaches(house):
    for folder in house.services.values():
        doors = [p for p in sorted(folder.iterdir()) if p.name not in {"__init__.py", "py.typed", "__pycache__"}]
        for door in doors:
            room = door.name if door.is_dir() else door.name.removesuffix(".py")
            where = door.relative_to(house.root).as_posix()
            if room not in ROOMS or (room in FOLDERS_ONLY and not door.is_dir()):
                yield f"{where} is no room"
            if door.is_dir() and (folder / f"{room}.py").exists():
                yield f"{where} is a file and a folder"
    for source in house.sources:
        if LUMBER & {part.removesuffix(".py") for part in source.path.relative_to(house.root).parts}:
            yield f"{source.where} is a lumber room"
    gateway = house.services.get("gateway")
    if gateway and (
        (gateway / "domain").exists() or (gateway / "domain.py").exists() or (gateway / "migrations").exists()
    ):
        yield "services/gateway has rules or tables"


def test_every_service_has_the_rooms_of_the_guide_and_no_others(house):
    assert len(house.services) >= 7
    assert list(breaches(house)) == []


def test_a_new_room_is_caught(planted):
    house = planted(
        {
            "services/points/src/points/__init__.py": "",
            "services/points/src/points/domain/rates.py": "",
            "services/points/src/points/jobs.py": "",
            "services/points/src/points/migrations/0001.views.sql": "",
            "services/points/src/points/repositories/__init__.py": "",
        }
    )
    assert list(breaches(house)) == [
        "services/points/src/points/jobs.py is no room",
        "services/points/src/points/repositories is no room",
    ]


def test_a_room_that_is_a_file_and_a_folder_is_caught(planted):
    house = planted({"services/points/src/points/views.py": "", "services/points/src/points/views/standings.py": ""})
    assert list(breaches(house)) == ["services/points/src/points/views is a file and a folder"]


def test_a_lumber_room_is_caught_however_deep(planted):
    house = planted(
        {"services/points/src/points/domain/helpers.py": "", "services/chassis/src/chassis/keeping/utils.py": ""}
    )
    assert list(breaches(house)) == [
        "services/chassis/src/chassis/keeping/utils.py is a lumber room",
        "services/points/src/points/domain/helpers.py is a lumber room",
    ]


def test_a_gateway_with_rules_is_caught(planted):
    house = planted({"services/gateway/src/gateway/domain.py": ""})
    assert list(breaches(house)) == ["services/gateway has rules or tables"]
