"""The wall before the clock and the dice: instants, days and identifiers come from the chassis, or in at the gateway."""

INVENTED = {
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
    "time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.ctime", "time.strftime",
    "uuid.uuid1", "uuid.uuid4",
}  # fmt: skip
DICE = ("secrets.", "random.", "os.urandom")  # An adapter may throw them: a fresh key comes from outside too.
SEEDED = {"random.Random"}  # A generator with a seed that was handed in gives the same answer for ever.
EDGES = {("gateway", "http"), ("gateway", "cli"), ("gateway", "adapters"), ("gateway", "main")}


def breaches(house):
    for source in house.sources:
        if source.package == "chassis" or (source.package, source.room) in EDGES:
            continue
        for line, name in sorted(set(source.mentions())):
            seeded = name in SEEDED or name.startswith("random.Random.")
            thrown = name.startswith(DICE) and not seeded and source.room != "adapters"
            if name in INVENTED or thrown:
                yield f"{source.where}:{line} reads {name}"


def test_only_the_chassis_and_the_gateways_edges_read_the_clock_or_throw_dice(house):
    assert list(breaches(house)) == []


def test_a_service_that_reads_the_clock_is_caught_under_any_name(planted):
    house = planted(
        {
            "services/points/src/points/handlers.py": (
                "import datetime\n"
                "import time as t\n"
                "from datetime import date, datetime as dt\n"
                "from uuid import uuid4, uuid5\n"
                "now = dt.now()\n"
                "also_now = datetime.datetime.now(datetime.UTC)\n"
                "today = date.today()\n"
                "seconds = t.time()\n"
                "stopwatch = t.monotonic()\n"
                "fresh = dict(default_factory=uuid4)\n"
                "derived = uuid5\n"
            ),
        }
    )
    assert list(breaches(house)) == [
        "services/points/src/points/handlers.py:5 reads datetime.datetime.now",
        "services/points/src/points/handlers.py:6 reads datetime.datetime.now",
        "services/points/src/points/handlers.py:7 reads datetime.date.today",
        "services/points/src/points/handlers.py:8 reads time.time",
        "services/points/src/points/handlers.py:10 reads uuid.uuid4",
    ]


def test_unseeded_dice_are_caught_and_seeded_ones_are_not(planted):
    house = planted(
        {
            "services/learning/src/learning/domain/paper.py": (
                "import random\n"
                "import secrets\n"
                "def draw(questions, seed):\n"
                "    return random.Random(seed).sample(questions, 3)\n"
                "def guess(questions):\n"
                "    return random.choice(questions), secrets.token_hex()\n"
            ),
            "services/people/src/people/adapters/vault.py": "import os\nkey = os.urandom(32)\n",
            "services/people/src/people/handlers.py": "import os\nkey = os.urandom(32)\n",
        }
    )
    assert list(breaches(house)) == [
        "services/learning/src/learning/domain/paper.py:6 reads random.choice",
        "services/learning/src/learning/domain/paper.py:6 reads secrets.token_hex",
        "services/people/src/people/handlers.py:2 reads os.urandom",
    ]


def test_the_chassis_and_the_gateways_edges_may(planted):
    clock = "from datetime import UTC, datetime\nnow = datetime.now(UTC)\n"
    house = planted(
        {
            "services/chassis/src/chassis/keeping/work.py": clock,
            "services/gateway/src/gateway/http.py": clock,
            "services/gateway/src/gateway/views/files.py": clock,
        }
    )
    assert list(breaches(house)) == ["services/gateway/src/gateway/views/files.py:2 reads datetime.datetime.now"]
