"""The main job: a factory of 500 people lives its year of training, and every event of it is in a ledger that holds."""

import json
import logging
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from company.client import Client, StepFailed
from company.faults import FAULTS, OUR_OWN, sentence
from company.figures import facts_in, figures, published_size
from company.living import conclude, found, leave, live_day, open_day, pay_month, wait_for_payroll
from company.staff import people_in
from company.year import FIRST, LAST, PREPARED, Year, is_payday, plan
from house import EVIDENCE, ROOT, House
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from contracts.topics import PUBLISHED

SAMPLE = ROOT / "deploy" / "sample"
KILLED, KILLED_ON = "learning", FIRST.replace(month=6, day=3)
LEAVER_DAMAGES = "50000.00"

console = Console(highlight=False, soft_wrap=True)


def main() -> int:
    """Runs the demo. Returns 0, or 1 after one sentence on stderr that says what failed."""
    try:
        demonstrate(keep=os.environ.get("KEEP") == "1")
    except FAULTS as fault:
        print(f"demo: {sentence(fault)}", file=sys.stderr)
        return 1
    return 0


def demonstrate(*, keep: bool) -> None:
    began = time.monotonic()
    house = House(detached=keep)
    house.stop()
    shutil.rmtree(house.folder, ignore_errors=True)
    with standing(house, keep=keep):
        console.print(f"[bold]The house stands[/] after {time.monotonic() - began:.1f} s")
        run(house, began)
    if keep:
        addresses = "\n".join(f"  {name:15} {house.address(name)}" for name in ("gateway", *PUBLISHED))
        console.print(f"It goes on running, until `make down`:\n{addresses}\n  {'kafka':15} {house.bootstrap}")


@contextmanager
def standing(house: House, *, keep: bool) -> Iterator[None]:
    """A house that is started, and stopped at the end unless it is kept. One in which something failed is not kept."""
    try:
        with console.status("starting Kafka, PostgreSQL and seven services"):
            house.start()
        yield
    except BaseException:
        with suppress(*OUR_OWN, OSError):  # What failed first is what a person is told.
            house.stop()
        raise
    if not keep:
        house.stop()


def run(house: House, began: float) -> None:
    client = Client(house)
    year = import_company(client)
    started = time.monotonic()
    live(house, client, year)
    leaver = year.leavings[0].person.employee
    damages = close_year(client, leaver)
    lived = time.monotonic() - started
    wait_for_payroll(client)
    events = settle(house, client)
    verify(house)
    show(house, leaver, damages, events)
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
    return plan(people_in("花名册.xlsx", content))


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
    client.post("points", f"/years/{FIRST.year}/close", {})
    assessed = client.get("agreements", f"/employees/{leaver}/damages")["standing"]
    if assessed is None or assessed["amount"] != LEAVER_DAMAGES:
        raise StepFailed(f"the damages of {leaver} should be {LEAVER_DAMAGES}, but are {assessed}")
    return assessed


def settle(house: House, client: Client) -> dict[str, int]:
    """Waits until all that was said is in the published ledger. Returns the events of each service."""
    until = time.monotonic() + 60
    while True:
        counts = {name: _count(client, house, name) for name in PUBLISHED}
        ledger = client.get(EVIDENCE, "/status", role="auditor")
        held = {name: ledger["events"].get(name, 0) for name in PUBLISHED}
        published = published_size(house.ledger)
        if counts == held and published == ledger["size"]:
            return counts
        if time.monotonic() > until:
            raise StepFailed(
                f"the services have said {counts}, but the ledger holds {held}, {published} of its records published"
            )
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


def show(house: House, leaver: str, damages: dict[str, Any], events: dict[str, int]) -> None:
    """What a person wants to see: the year in figures, one leaver's story, the checkpoint."""
    console.rule("the year in figures")
    for line in figures(facts_in(house.ledger)):
        console.print(f"    {line}", markup=False)
    said = ", ".join(f"{name} {count:,}" for name, count in events.items())
    console.print(f"    events      {said}; the ledger has as many of each")
    console.rule(f"the story of {leaver}, from the ledger")
    console.print(house.command(EVIDENCE, "replay", "--subject", leaver).rstrip(), markup=False)
    console.rule(f"damages {damages['amount']} RMB")
    for step in damages["steps"]:
        console.print(f"    {step}", markup=False)
    console.rule("checkpoint")
    console.print((house.ledger / "checkpoint").read_text().rstrip(), markup=False)


if __name__ == "__main__":
    logging.disable()  # The client of Kafka would tell of a fault beside us.
    sys.exit(main())
