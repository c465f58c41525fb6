"""The main job: a factory of 500 people lives its year of training, and every event of it is in a ledger that holds."""

import json
import os
import shutil
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from company.client import Client, StepFailed
from company.living import conclude, found, leave, live_day, open_day, pay_month
from company.year import FIRST, LAST, PREPARED, Person, Year, is_payday, plan
from house import EVIDENCE, ROOT, House
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from chassis.testing.processes import ServerError
from contracts.topics import PUBLISHED
from people.adapters.sheets import read_sheet
from people.domain import roster

SAMPLE = ROOT / "deploy" / "sample"
KILLED, KILLED_ON = "learning", FIRST.replace(month=6, day=3)
LEAVER_DAMAGES = "50000.00"

console = Console(highlight=False, soft_wrap=True)


def main() -> int:
    """Runs the demo. Returns 0, or 1 after one sentence that says what failed."""
    began = time.monotonic()
    var = Path(os.environ.get("QIZHENG_VAR", ROOT / "var"))
    keep = os.environ.get("KEEP") == "1"
    house = House(var, detached=keep)
    try:
        house.stop()
        shutil.rmtree(var, ignore_errors=True)
        with console.status("starting Kafka, PostgreSQL and seven services"):
            house.start()
        console.print(f"[bold]The house stands[/] after {time.monotonic() - began:.1f} s")
        run(house, began)
        if keep:
            addresses = "\n".join(f"  {name:15} {house.address(name)}" for name in ("gateway", *PUBLISHED))
            console.print(f"It goes on running, until `make down`:\n{addresses}\n  {'kafka':15} {house.bootstrap}")
    except (StepFailed, ServerError) as fault:
        console.print(f"[red]The demo failed:[/] {fault}", markup=True)
        return 1
    finally:
        if not keep:
            house.stop()
    return 0


def run(house: House, began: float) -> None:
    client = Client(house)
    year = import_company(client)
    started = time.monotonic()
    live(house, client, year)
    leaver = year.leavings[0].person.employee
    damages = close_year(client, leaver)
    lived = time.monotonic() - started
    events = settle(house)
    verify(house)
    show(house, client, leaver, damages, events)
    total = sum(events.values())
    console.print(
        f"{total:,} events in {lived:.1f} s of the company's year ({total / lived:,.0f} events/s, {client.requests:,}"
        f" requests), {time.monotonic() - began:.1f} s from start to this line"
    )


def import_company(client: Client) -> Year:
    """Imports roster and past trainings, prints the report, and plans the year of those who were taken."""
    content = (SAMPLE / "花名册.xlsx").read_bytes()
    report = client.upload("people", "/imports/roster", "花名册.xlsx", content)
    print_report("花名册.xlsx", report)
    past = client.upload("people", "/imports/past-trainings", "历史培训.csv", (SAMPLE / "历史培训.csv").read_bytes())
    print_report("历史培训.csv", past)
    rows = roster.read_roster(read_sheet("花名册.xlsx", content, roster.REQUIRED).rows, {}).taken
    return plan([_person(row) for row in rows])


def _person(row: roster.EmployeeRow) -> Person:
    return Person(
        employee=f"E{row.number}",
        post=row.post,
        level=row.level,
        department=row.department,
        region=row.region,
        hired_on=row.hired_on,
        probation_end=row.probation_end,
        monthly_wage=row.monthly_wage or 0,  # pyright: ignore[reportArgumentType]  # every row of the sample has one
        performance_bonus=row.performance_bonus or 0,  # pyright: ignore[reportArgumentType]
    )


def print_report(file: str, report: dict[str, Any]) -> None:
    """How many were taken, changed and refused, and why."""
    aside = f", {report['set_aside']} of leavers set aside" if report["set_aside"] else ""
    console.print(
        f"[bold]{file}[/]: {report['taken']} taken, {report['changed']} cells changed, {report['refused']} rows refused{aside}"
    )
    for why, count in Counter(change["why"] for change in report["changes"]).most_common(4):
        console.print(f"    changed {count:4}×  {why}")
    for refusal in report["refusals"]:
        console.print(f"    refused {refusal['where']}: {refusal['why']}")


def live(house: House, client: Client, year: Year) -> None:
    """Opens the days in order; on each, what the plan has for it is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    days = (LAST - PREPARED).days + 1
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("the year 2024", total=days)
        for n in range(days):
            day = PREPARED + timedelta(days=n)
            if year.is_quiet(day) and day != KILLED_ON:
                continue  # It is opened with the next day on which somebody does something.
            open_day(client, day, first=PREPARED)
            if day == PREPARED:
                found(client, year)
            if day == KILLED_ON:
                restart_in_the_middle(house)
            conclude(client, year, day)
            live_day(client, year, day)
            leave(client, year, day)
            if is_payday(day):
                pay_month(client, year, day)
            progress.update(bar, completed=n + 1, description=f"{day:%Y-%m}")


def restart_in_the_middle(house: House) -> None:
    """A power cut for one service: it is killed and started again, while the others go on."""
    house.kill_service(KILLED)
    house.launch_service(KILLED)
    console.print(f"{KILLED} was killed (kill -9) on {KILLED_ON} and started again")


def close_year(client: Client, leaver: str) -> dict[str, Any]:
    """Closes the points year and looks up the damages of the first leaver."""
    client.wait_until_heard("learning", by="points")
    closed = client.post("points", f"/years/{FIRST.year}/close", {})
    console.print(
        f"积分年度 {FIRST.year}: {closed['population']} managers, top 10 % 年度优秀管理者 {len(closed['excellent'])},"
        f" top 20 % {len(closed['bonus'])} (ties in)"
    )
    assessed = client.get("agreements", f"/employees/{leaver}/damages")["standing"]
    if assessed is None or assessed["amount"] != LEAVER_DAMAGES:
        raise StepFailed(f"the damages of {leaver} should be {LEAVER_DAMAGES}, but are {assessed}")
    return assessed


def settle(house: House) -> dict[str, int]:
    """Waits until all that was said is in the ledger. Returns the events of each service, which the ledger has too."""
    client = Client(house)
    until = time.monotonic() + 60
    while True:
        counts = {name: _count(client, house, name) for name in PUBLISHED}
        held = client.get(EVIDENCE, "/status", role="auditor")["events"]
        if counts == {name: held.get(name, 0) for name in PUBLISHED}:
            console.print("each service's event count equals the ledger's")
            return counts
        if time.monotonic() > until:
            raise StepFailed(f"the services have said {counts}, but the ledger holds {held}")
        time.sleep(0.2)  # The ledger is eventual, and only asking tells how far it has come.


def _count(client: Client, house: House, name: str) -> int:
    return client.http.get(f"{house.address(name)}/health/ready").json().get("events", -1)


def verify(house: House) -> None:
    """Verifies the published ledger, as anyone could."""
    began = time.monotonic()
    verdict = json.loads(house.command(EVIDENCE, "verify", "--ledger", str(house.ledger), "--json"))
    for layer, verdict_of in verdict["layers"].items():
        console.print(f"    {layer:12} {verdict_of}")
    console.print(f"the ledger of {verdict['size']:,} records was verified in {time.monotonic() - began:.1f} s")


def show(house: House, client: Client, leaver: str, damages: dict[str, Any], events: dict[str, int]) -> None:
    """What a person wants to see: the year in figures, one leaver's story, the checkpoint."""
    console.rule("the year in figures")
    for name, count in events.items():
        console.print(f"    {name:15} {count:7,} events")
    console.rule(f"the story of {leaver}, from the ledger")
    console.print(house.command(EVIDENCE, "replay", "--subject", leaver).rstrip(), markup=False)
    console.rule(f"damages {damages['amount']} RMB")
    for step in damages["steps"]:
        console.print(f"    {step}", markup=False)
    console.rule("checkpoint")
    console.print((house.ledger / "checkpoint").read_text().rstrip(), markup=False)


if __name__ == "__main__":
    sys.exit(main())
