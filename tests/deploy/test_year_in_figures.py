"""The year in figures: what a person reads of exams, agreements, trainings, leavers, payroll and managers."""

from datetime import date
from decimal import Decimal
from hashlib import sha256

from company.figures import figures
from company.year import MONTHS

from contracts.agreements import AgreementSealed, AgreementSigned, CostVerified, DamagesAssessed, DamagesReversed
from contracts.envelope import Fact
from contracts.learning import ExamFailed, ExamPassed
from contracts.payroll_bridge import PayrollExported
from contracts.people import EmployeeLeft
from contracts.points import PointsYearClosed

monday = date(2024, 1, 8)
DIGEST = sha256(b"").hexdigest()


def exam(kind: type[ExamPassed] | type[ExamFailed], employee: str, attempt: int = 1) -> Fact:
    said = {"course_class": "强制", "score": Decimal(70), "pass_mark": Decimal(80)}
    return kind(employee=employee, course="safety", on=monday, attempt=attempt, **said)


def left(employee: str, ground: str) -> EmployeeLeft:
    return EmployeeLeft(employee=employee, last_day=monday, ground=ground, proof="辞职信")


def owes(employee: str, amount: str) -> DamagesAssessed:
    said = {"ground": "ART41", "article": "", "agreements": (), "steps": (), "claim_deadline": monday}
    return DamagesAssessed(employee=employee, last_day=monday, amount=Decimal(amount), ceiling=Decimal(amount), **said)


def exported(month: str, lines: int = 2) -> PayrollExported:
    paid, withheld = Decimal("1000.50"), Decimal("20.00")
    return PayrollExported(period=month, lines=lines, paid=paid, withheld=withheld, file=DIGEST)


def line_of(subject: str, *facts: Fact) -> str:
    (line,) = (line for line in figures(facts) if line.startswith(subject))
    return line.removeprefix(subject).strip()


def test_exams_are_told_as_passed_failed_and_retaken():
    sat = exam(ExamPassed, "ada"), exam(ExamFailed, "grace"), exam(ExamFailed, "grace", 2), exam(ExamPassed, "grace", 3)
    assert line_of("exams", *sat) == "2 passed, 2 failed, 2 retaken"


def test_agreements_are_told_as_signed_and_sealed():
    signature = AgreementSigned(employee="ada", on=monday, document=DIGEST, identified_by="OTP", intent="同意")
    seal = AgreementSealed(employee="ada", on=monday, document=DIGEST)
    assert line_of("agreements", signature, signature, seal) == "2 signed, 1 sealed"


def test_paid_trainings_are_told_with_what_they_cost():
    invoice = {"kind": "COURSE_FEE", "voucher": DIGEST, "invoice_code": "1"}
    costs = [
        CostVerified(employee="ada", amount=Decimal(amount), invoice_number=amount, **invoice)
        for amount in ("60000.00", "1234.50")
    ]
    assert line_of("trainings", *costs) == "2 paid, 61,234.50 RMB"


def test_each_leaver_is_told_with_the_day_the_damages_and_the_ground():
    gone = left("ada", "ART41"), left("grace", "ART37_RESIGN_WITH_NOTICE"), left("joan", "ART39_2")
    facts = *gone, owes("grace", "50000.00"), owes("joan", "0.00")
    assert line_of("leavers", *facts) == "3 on 3 grounds, 50,000.00 RMB"
    assert line_of("    ada", *facts) == "2024-01-08  nothing promised  经济性裁员(第41条)"
    assert line_of("    grace", *facts) == "2024-01-08     50,000.00 RMB  提前通知辞职(第37条)"
    assert line_of("    joan", *facts) == "2024-01-08          0.00 RMB  严重违反规章制度(第39条第2项)"


def test_damages_that_were_reversed_are_not_counted_and_those_assessed_anew_are():
    reversal = DamagesReversed(employee="ada", amount=Decimal("50000.00"), reason="更正")
    first = left("ada", "ART41"), owes("ada", "50000.00"), reversal
    assert line_of("leavers", *first) == "1 on 1 grounds, 0.00 RMB"
    assert line_of("leavers", *first, owes("ada", "7.00")) == "1 on 1 grounds, 7.00 RMB"


def test_payroll_is_told_as_exports_lines_and_sums():
    assert line_of("payroll", *map(exported, MONTHS)) == (
        "12 exports, 24 lines, 12,006.00 RMB paid, 240.00 RMB withheld"
    )


def ranked(excellent: int, bonus: int) -> PointsYearClosed:
    names = tuple(f"E{n}" for n in range(bonus))
    return PointsYearClosed(
        year=2024, population=80, excellent_cut=8, bonus_cut=16, excellent=names[:excellent], bonus=names
    )


def test_managers_are_told_with_how_many_made_the_cuts_and_how_many_of_them_by_a_tie():
    assert line_of("managers", ranked(10, 16)) == "80 ranked, 10 in the top 8 (2 more by a tie), 16 in the top 16"
