"""What the demo takes from the published ledger: the facts that it counts, each once, and that payroll has left."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from company.client import StepFailed
from company.figures import facts_in, published_size
from company.living import wait_for_payroll
from company.year import MONTHS

from contracts.envelope import Fact, NotAnEvent, record
from contracts.learning import CourseStudied
from contracts.people import EmployeeLeft
from evidence.adapters.files import TileFolder
from evidence.domain.notes import Checkpoint, Verifier, signed
from evidence.domain.tiles import Bundle, encode_bundle

monday = date(2024, 1, 8)
studied = CourseStudied(employee="ada", course="safety", on=monday, hours=Decimal(8))
ada_left, grace_left = (
    EmployeeLeft(employee=employee, last_day=monday, ground="ART41", proof="辞职信") for employee in ("ada", "grace")
)


def leaves_of(*facts: Fact) -> list[bytes]:
    """Each fact's event behind an envelope, as it stands in the ledger."""
    cause = {"correlation": UUID(int=1), "causation": None, "actor": "user:hr", "time": datetime.now(UTC)}
    return [b"{}\n" + record(fact, stream=uuid4(), version=1, **cause).raw for fact in facts]


def publish(folder: Path, leaves: Sequence[bytes]) -> None:
    published, key = TileFolder(folder), Verifier("ledger.test", bytes(32))
    published.publish({Bundle(0, len(leaves)): encode_bundle(leaves)})
    checkpoint = Checkpoint(key.name, len(leaves), bytes(32)).text
    published.publish_checkpoint(str(signed(checkpoint, key, lambda _: bytes(64))))


def test_the_facts_are_those_of_the_published_ledger_in_its_order(tmp_path):
    publish(tmp_path, leaves_of(ada_left, studied, grace_left))
    assert facts_in(tmp_path) == [ada_left, grace_left]
    assert published_size(tmp_path) == 3


def test_what_was_recorded_twice_is_counted_once(tmp_path):
    publish(tmp_path, leaves_of(ada_left) * 2)
    assert facts_in(tmp_path) == [ada_left]


def test_a_record_that_is_no_event_is_not_passed_over(tmp_path):
    publish(tmp_path, [b"{}\n\xff"])
    with pytest.raises(NotAnEvent):
        facts_in(tmp_path)


class LedgerOfExports:
    """Answers each time with one more of the exports that are to come."""

    def __init__(self, *months: str) -> None:
        self.records = [{"id": f"{n}", "data": {"period": month}} for n, month in enumerate(months)]
        self.asked = 0

    def get(self, service: str, path: str, *, role: str, type: str) -> dict[str, object]:
        assert (service, path, role, type) == ("evidence", "/records", "auditor", "payroll-bridge.PayrollExported.v1")
        self.asked += 1
        return {"records": self.records[: len(MONTHS) - 2 + self.asked]}


def test_payroll_is_waited_for_until_the_last_month_has_left():
    ledger = LedgerOfExports(*MONTHS)
    wait_for_payroll(ledger)
    assert ledger.asked == 2


def test_an_export_that_is_recorded_twice_is_one_export():
    ledger = LedgerOfExports(*MONTHS)
    ledger.records.insert(0, ledger.records[0])
    wait_for_payroll(ledger)


@pytest.mark.parametrize(
    "months", [MONTHS[:-1], (*MONTHS[:-1], MONTHS[0]), (*MONTHS, MONTHS[0])], ids=["missing", "another", "twice"]
)
def test_a_month_that_did_not_leave_or_left_twice_fails_the_demo(months):
    ledger = LedgerOfExports(*months)
    ledger.asked = len(months)
    with pytest.raises(StepFailed, match="should have been exported once"):
        wait_for_payroll(ledger, patience=0)
