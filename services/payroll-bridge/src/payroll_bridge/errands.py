"""What payroll-bridge does outside once a month is closed: it writes the month's files, which payroll fetches."""

import csv
import hashlib
import io
import json
from typing import Protocol

from chassis.keeping.errands import Outcome
from chassis.keeping.work import Asked, Work
from contracts.envelope import Event
from contracts.payroll_bridge import PayrollClosed
from payroll_bridge.domain import payroll
from payroll_bridge.domain.adjustments import PAID
from payroll_bridge.domain.lines import PayLine, sums_of
from payroll_bridge.domain.payroll import ExportMonth
from payroll_bridge.views.lines import lines_of_period

HEADER = ("计薪周期", "员工", "项目", "方向", "金额", "币种", "应税", "课程或债权", "冲销", "依据")
KINDS = {
    "TRAINING_SUBSIDY": "培训补贴",
    "EXCELLENCE": "优秀奖励",
    "BONUS_WITHHELD": "绩效奖金扣减",
    "DAMAGES_DEDUCTION": "违约金扣款",
}
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Exports(Protocol):
    """Where the files for payroll are kept. A name is either not there or there as a whole."""

    def keep(self, name: str, content: bytes) -> None: ...


class LinesMoved(Exception):
    """The lines are not those that were closed; the errand is tried again and nothing leaves."""


def export_month(event: Event[PayrollClosed], asked: Asked, exports: Exports) -> Outcome:
    """Writes the month's files. Written twice they are the same, byte for byte."""
    closed, lines = event.fact, lines_of_period(asked, event.fact.period)
    sums = sums_of(lines)
    if (sums.lines, sums.paid, sums.withheld) != (closed.lines, closed.paid, closed.withheld):
        raise LinesMoved(f"{closed.period}: {sums} is not what was closed")
    sheet = as_sheet(lines)
    file = hashlib.sha256(sheet).hexdigest()
    exports.keep(f"{closed.period}.json", as_json(closed, lines, file))
    exports.keep(f"{closed.period}.csv", sheet)

    def exported(work: Work) -> None:
        work.decide(payroll, event.stream, ExportMonth(file))

    return exported


def as_sheet(lines: list[PayLine]) -> bytes:
    """UTF-8 with its mark, which Excel needs; no text in it is taken for a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for line in lines:
        said = (line.period, plain(line.employee), KINDS[line.kind], "增" if line.kind in PAID else "减")
        rest = ("是" if line.taxable else "否", plain(line.reference), "是" if line.reversal else "", plain(line.basis))
        writer.writerow((*said, str(line.amount), "CNY", *rest))
    return text.getvalue().encode("utf-8-sig")


def plain(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def as_json(closed: PayrollClosed, lines: list[PayLine], file: str) -> bytes:
    """`sheet` is the hash of the sheet that says the same."""
    content = {
        "period": closed.period,
        "cutoff": str(closed.cutoff),
        "currency": "CNY",
        "paid": str(closed.paid),
        "withheld": str(closed.withheld),
        "sheet": file,
        "lines": [
            {
                "employee": line.employee,
                "kind": line.kind,
                "reference": line.reference,
                "amount": str(line.amount),
                "taxable": line.taxable,
                "reversal": line.reversal,
                "basis": line.basis,
                "fact": line.fact,
            }
            for line in lines
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode()
