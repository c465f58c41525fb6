"""The sample company's year as it is planned, and as a notebook has it that lived it with nobody answering."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import demo
import pytest
from company.staff import people_in
from company.year import PREPARED, Year, plan


@dataclass(frozen=True)
class Asked:
    """A request, the day that the company had then, and who asked."""

    day: date
    service: str
    path: str
    body: Any
    role: str


@dataclass
class Notebook:
    """A client that sends nothing and notes what it was to send."""

    day: date = PREPARED
    asked: list[Asked] = field(default_factory=list)
    waited: Counter[tuple[date, str, str]] = field(default_factory=Counter)

    def post(self, service: str, path: str, body: Any = None, *, role: str = "hr") -> None:
        if (service, path) == ("people", "/days"):
            self.day = date.fromisoformat(body["until"])
        self.asked.append(Asked(self.day, service, path, body, role))

    def get(self, service: str, path: str) -> dict[str, str]:
        return {"document": f"the document of {path}"}

    def wait_for_last(self, of: str, *, by: str) -> None:
        self.waited[self.day, of, by] += 1

    wait_until_heard = wait_for_last

    def to(self, service: str, end: str) -> Iterator[Asked]:
        """What a service was asked for under a path with this end."""
        return (asked for asked in self.asked if asked.service == service and asked.path.endswith(end))


@dataclass
class Killed:
    """A house in which services are killed and started in name only."""

    noted: list[str] = field(default_factory=list)

    def kill_service(self, name: str) -> None:
        self.noted.append(f"{name} killed")

    def launch_service(self, name: str) -> None:
        self.noted.append(f"{name} launched")


@pytest.fixture(scope="session")
def year() -> Year:
    return plan(people_in("花名册.xlsx", (demo.SAMPLE / "花名册.xlsx").read_bytes()))


@pytest.fixture(scope="session")
def house_of_the_year() -> Killed:
    return Killed()


@pytest.fixture(scope="session")
def lived(year: Year, house_of_the_year: Killed) -> Notebook:
    """The whole year, as `make demo` lives it."""
    notebook = Notebook()
    demo.live(house_of_the_year, notebook, year)
    return notebook
