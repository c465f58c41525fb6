"""The company itself: its departments, the days that it has opened, and the sheets that it took in."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from contracts import Refusal
from contracts.people import DayOpened, DepartmentOpened, Event, SheetImported

MOST_UNASKED = 31  # days; after a longer sleep somebody should look before deadlines fire
MOST_DAYS = 3_700  # ten years in one command: more is a slip of the finger

# What can be asked


@dataclass(frozen=True)
class OpenDays:
    """Opens each day up to `until`; `since` is the first day ever, where none has been opened yet."""

    until: date
    since: date | None = None


@dataclass(frozen=True)
class NameDepartments:
    paths: tuple[str, ...]


@dataclass(frozen=True)
class NoteSheet:
    sheet: SheetImported


Command = OpenDays | NameDepartments | NoteSheet

# Why the answer may be no


@dataclass(eq=False)
class TooManyDays(Refusal):
    """So many days are not opened by one command."""

    since: date
    until: date


# What it can be


@dataclass(frozen=True)
class Company:
    last_day: date | None = None
    departments: frozenset[str] = frozenset()


initial = Company()


def decide(command: Command, company: Company) -> tuple[Event, ...]:
    match command:
        case OpenDays():
            return open_days(command, company)
        case NameDepartments():
            return name_departments(command, company)
        case NoteSheet():
            return (command.sheet,)


def open_days(command: OpenDays, company: Company) -> tuple[Event, ...]:
    since = company.last_day + timedelta(days=1) if company.last_day else command.since or command.until
    count = (command.until - since).days + 1
    if count > MOST_DAYS:
        raise TooManyDays(since, command.until)
    return tuple(DayOpened(day=since + timedelta(days=n)) for n in range(count))


def opens_unasked(last: date | None, today: date) -> bool:
    """Whether the clock may open what is missing up to today by itself."""
    return last is None or 0 < (today - last).days <= MOST_UNASKED


def name_departments(command: NameDepartments, company: Company) -> tuple[Event, ...]:
    """Opens each path that is new, its parents before it."""
    wanted = {
        "/".join(parts[: n + 1]) for path in command.paths for parts in (path.split("/"),) for n in range(len(parts))
    }
    return tuple(DepartmentOpened(path=path) for path in sorted(wanted - company.departments))


def evolve(company: Company, event: Event) -> Company:
    match event:
        case DayOpened(day=day):
            return replace(company, last_day=day)
        case DepartmentOpened(path=path):
            return replace(company, departments=company.departments | {path})
        case _:
            return company
