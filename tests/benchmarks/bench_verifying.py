"""Verifying a ledger from its files, without signatures: `evidence verify` beside Tessera's fsck and our one-file verifier.

BENCH_RECORDS=100000 makes it smaller; making a million takes some minutes.
"""

import os
import sys
from pathlib import Path

import pytest
from benchmarks.bulk import published
from benchmarks.others import run, seconds
from benchmarks.rounds import medians
from fsck import complaint

import evidence.adapters.offline_verifier as offline_verifier

RECORDS = int(os.environ.get("BENCH_RECORDS", "1000000"))
EVIDENCE = Path(sys.executable).parent / "evidence"


@pytest.mark.timeout(7_200)
def test_seconds_to_verify(tmp_path: Path):
    ledger = published(tmp_path, RECORDS).root
    verify = (EVIDENCE, "verify", "--ledger", ledger, "--skip-signatures", "--jobs", "2")
    offline = (sys.executable, offline_verifier.__file__, ledger, "--skip-signatures", "--jobs", "2")

    def theirs() -> None:
        assert complaint(ledger, ledger / "vkey", within=600) is None

    theirs()  # It is built on first use.
    found = medians(
        verify=lambda: seconds(lambda: run(*verify)),
        fsck=lambda: seconds(theirs),
        offline=lambda: seconds(lambda: run(*offline, status=2)),  # 2: nothing is broken, signatures were left out
    )
    print(f"\n{RECORDS:,} records, two processes, without signatures")
    for name, took in found.items():
        print(f"  {name:8} {took:7.2f} s, {RECORDS / took:10,.0f} records/s")
    _judge("verify / fsck", found["verify"] / found["fsck"], 1.0)
    _judge("offline / verify", found["offline"] / found["verify"], 3.0)


def _judge(what: str, ratio: float, goal: float) -> None:
    verdict = "held" if ratio <= goal else "MISSED"
    print(f"  ratio {what}: {ratio:.2f}, goal at most {goal:.1f}: {verdict}; see docs/performance.md")
