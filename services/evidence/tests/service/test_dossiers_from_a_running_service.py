"""A case from its opening to its dossier, with everything that runs: Kafka, the sequencer, the authority of time."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evidence.views import cases, holds, ledger, stamps

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(180)]
COMMAND = Path(sys.executable).parent / "evidence"
STREAM = "0190a1b2-0000-4000-8000-0000000000c1"
ABOUT = (
    "--number",
    "第12号",
    "--dispute",
    "POINTS",
    "--subject",
    "E1001",
    "--since",
    "2026-01-01",
    "--until",
    "2026-12-31",
)


def types(*words: str | Path) -> str:
    """What `evidence …` says, as a process of its own."""
    done = subprocess.run([COMMAND, *words], capture_output=True, text=True, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


async def test_a_case_is_opened_stamped_exported_and_closed_while_the_service_runs(town: Any, tmp_path: Path):
    async with town.evidence() as running:
        await town.until(lambda: running.missing() is None)
        await town.register(running, "people", "evidence")
        await town.say(town.desk.event(STREAM), town.desk.event(STREAM, 2))
        await town.sealed_to_the_end(running)

        case = await asyncio.to_thread(types, "cases", "open", *ABOUT, "--claim", "积分更正")
        assert [hold["case_id"] for hold in holds.holds_on(running.store, "E1001")] == [case]
        await town.until(lambda: stamps.of_case(running.store, case))

        into = tmp_path / "dossier.zip"
        wanted = ("--recipient", "仲裁委", "--purpose", "举证", "--json")
        told = json.loads(await asyncio.to_thread(types, "dossier", case, "--into", into, *wanted))
        (handed,) = cases.hand_overs(running.store, case)
        assert (handed["sha256"], handed["root"]) == (told["sha256"], told["root"])

        await asyncio.to_thread(types, "cases", "close", case, "--outcome", "调解结案")
        assert holds.holds_on(running.store, "E1001") == []
        await town.sealed_to_the_end(running)
        assert ledger.counts(running.store)["evidence.events.v1"].keys() == {"records", "events"}, "nothing is flagged"
    assert await town.breaches() == []

    verifier = Path(__file__).parents[2] / "src/evidence/adapters/offline_verifier.py"
    command = [sys.executable, "-I", verifier, into, "--json"]
    ran = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
    said = json.loads(ran.stdout)
    assert (ran.returncode, [layer for layer, text in said.items() if text.startswith("broken")]) == (2, []), said
    assert said["stamps"].startswith("not checked: the signature holds")
    assert said["custody"] == "holds: 0 filings, 0 openings, 1 requests, 0 hand_overs"
