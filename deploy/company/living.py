"""Living the year: each planned thing as the requests that a company's people and systems would send."""

import hashlib
import time
from datetime import date, timedelta
from uuid import NAMESPACE_URL, uuid5

from company.client import PATIENCE, Client, StepFailed
from company.year import CULTURE, FIRST, MONTHS, ONLINE, WORKSHOPS, PaidTraining, Person, Year
from contracts.payroll_bridge import PayrollExported

CLAUSES = {
    "cost": "甲方承担专项培训费用,以有效票据为准(劳动合同法22、实施条例16)。",
    "service_period": "服务期自培训结束次日起算,至相应日届满。",
    "liability": "乙方违反服务期约定的,违约金不超过服务期尚未履行部分所应分摊的培训费用。",
    "records": "双方认可本系统电子记录及其校验方式作为证据(证据规定94)。",
    "address": "双方确认本协议载明的地址为送达地址。",
}
MINIMUM_WAGE = {"SHENZHEN": "2360.00", "GUANGDONG": "1900.00", "JIANGSU": "2490.00", "SHANGHAI": "2690.00"}


def open_day(client: Client, day: date, *, first: date) -> None:
    client.post("people", "/days", {"until": day.isoformat(), "since": first.isoformat()}, role="operator")


def found(client: Client, year: Year) -> None:
    """Before the year begins: policy, template, rules, wages, courses."""
    client.post("agreements", "/policies", _policy())
    client.post("agreements", "/templates", {"template": "专项培训", "training_class": "SPECIAL", "clauses": CLAUSES})
    client.post("points", "/rules", _points_rules())
    client.post("payroll-bridge", "/bonus-rules", _bonus_rule(), role="payroll")
    for service in ("learning", "points", "payroll-bridge", "agreements"):
        client.wait_for_last("people", by=service)
    client.post("payroll-bridge", "/wages", {"entries": [_wage(person) for person in year.people]}, role="payroll")
    posts = sorted({person.post for person in year.people})
    for course in ONLINE:
        client.post("learning", "/courses", course.body(posts))
    client.post("learning", "/courses", CULTURE.body(()))
    managers = sorted({person.post for person in year.people if person.level == "中层"})
    for course in WORKSHOPS:
        client.post("learning", "/courses", course.body(managers))
    for training in year.trainings:
        client.post("learning", "/courses", _paid_course(training))


def conclude(client: Client, year: Year, day: date) -> None:
    """The agreements that are signed on this day, and the paid trainings that end on it."""
    for training in year.trainings:
        if training.signed_on == day:
            _sign(client, training)
        if training.ended_on == day:
            entries = [{"employee": training.person.employee, "score": "86"}]
            client.post(
                "learning", f"/courses/{training.course}/completions", {"on": day.isoformat(), "entries": entries}
            )


def live_day(client: Client, year: Year, day: date) -> None:
    for request in year.days.get(day, ()):
        client.post(request.service, request.path, request.body, role=request.role)


def leave(client: Client, year: Year, day: date) -> None:
    """Who tells on this day that they leave; the first has agreed that the damages are deducted."""
    for n, leaving in enumerate(year.leavings):
        if leaving.told_on != day:
            continue
        who = leaving.person.employee
        body = {"last_day": leaving.last_day.isoformat(), "ground": leaving.ground, "proof": leaving.proof}
        client.post("people", f"/employees/{who}/leaving", body)
        if n == 0:
            consent = {"employee": who, "amount": "50000.00", "on": day.isoformat(), "prior_written_notice": True}
            consent["document"] = hashlib.sha256("同意书".encode()).hexdigest()
            client.post("payroll-bridge", "/consents", consent, role="payroll")


def pay_month(client: Client, year: Year, last: date) -> None:
    """Closes a month on its last day, once payroll has heard all of it."""
    period = f"{last:%Y-%m}"
    client.wait_until_heard("learning", by="payroll-bridge")
    client.wait_for_last("people", by="agreements")
    client.wait_for_last("people", by="payroll-bridge")
    client.post("payroll-bridge", f"/periods/{period}/close", {"cutoff": last.isoformat()}, role="payroll")


def wait_for_payroll(client: Client, *, patience: float = PATIENCE) -> None:
    """Waits until the ledger has it that each month has left for payroll, once."""
    until = time.monotonic() + patience
    while (months := _exported(client)) != list(MONTHS):
        if time.monotonic() > until:
            raise StepFailed(f"each month of {FIRST.year} should have been exported once, but these were: {months}")
        time.sleep(0.2)  # An export is an errand of its own, and only asking tells whether it is done.


def _exported(client: Client) -> list[str]:
    """The months that were exported. One event that is recorded twice is one export."""
    records = client.get("evidence", "/records", role="auditor", type=PayrollExported.TYPE)["records"]
    return sorted({record["id"]: record["data"]["period"] for record in records}.values())


def _sign(client: Client, training: PaidTraining) -> None:
    who, on = training.person.employee, training.signed_on
    agreement = str(uuid5(NAMESPACE_URL, f"agreement/{who}/{training.course}"))
    assigned = {"on": on.isoformat(), "employees": [who]}
    client.post("learning", f"/courses/{training.course}/assignments", assigned)
    draft = {
        "agreement": agreement,
        "employee": who,
        "course": training.course,
        "training_class": "SPECIAL",
        "template": "专项培训",
        "agreed_cost": training.cost,
    }
    if training.months:
        draft["service_months"] = training.months
    client.post("agreements", "/agreements", draft)
    cost = {
        "kind": "COURSE_FEE",
        "amount": training.cost,
        "voucher": hashlib.sha256(f"发票 {training.course}".encode()).hexdigest(),
        "invoice_code": "044002300111",
        "invoice_number": f"{hash_number(training.course):08d}",
    }
    client.post("agreements", f"/agreements/{agreement}/costs", cost)
    client.post("agreements", f"/agreements/{agreement}/offer", {"open_until": (on + timedelta(days=14)).isoformat()})
    held = client.get("agreements", f"/agreements/{agreement}")
    signing = {"document": held["document"], "identified_by": "OTP", "intent": "本人已阅读并同意本培训协议"}
    client.post("agreements", f"/agreements/{agreement}/sign", signing, role=f"employee:{who}")
    client.post("agreements", f"/agreements/{agreement}/seal", {})


def hash_number(text: str) -> int:
    """An eight-digit number that belongs to a text."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) % 10**8


def _policy() -> dict[str, object]:
    return {
        "first_day": FIRST.replace(year=2023).isoformat(),
        "thresholds": [["10000.00", 24], ["50000.00", 36]],
        "proration": "MONTH_THEN_DAY",
        "probation_rule": "EXEMPT_264",
        "cost_basis": "GROSS_VOUCHER",
        "rounding": "DOWN_TO_FEN",
    }


def _points_rules() -> dict[str, object]:
    rates = {"ONLINE_HOURS": "2", "WORKSHOP": "5", "EXAM_PASSED": "10", "SHARING": "15", "MENTORING_DONE": "20"}
    return {
        "first_day": FIRST.isoformat(),
        "rates": rates,
        "role_rates": {"RD_MIDDLE": {"TECH_PROJECT": "30"}},
        "scheme": "TOTAL_ONLY",
        "target": "100",
    }


def _bonus_rule() -> dict[str, str]:
    receipts = hashlib.sha256("规章制度签收表".encode()).hexdigest()
    return {
        "first_day": FIRST.isoformat(),
        "discussed_on": "2023-11-20",
        "published_on": "2023-12-01",
        "receipts": receipts,
    }


def _wage(person: Person) -> dict[str, str]:
    return {
        "employee": person.employee,
        "first_period": max(f"{FIRST:%Y-%m}", f"{person.hired_on:%Y-%m}"),
        "monthly_wage": str(person.monthly_wage),
        "performance_bonus": str(person.performance_bonus),
        "minimum_wage": MINIMUM_WAGE[person.region],
    }


def _paid_course(training: PaidTraining) -> dict[str, object]:
    return {
        "course": training.course,
        "title": training.title,
        "course_class": "专项",
        "form": "EXTERNAL",
        "hours": "80",
        "pass_mark": None,
        "posts": [],
        "on_hire": False,
        "due_days": 60,
        "first_day": FIRST.replace(year=2023).isoformat(),
    }
