"""What people does when asked. Each runs inside one Work, which only the chassis commits."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Protocol, cast
from uuid import NAMESPACE_URL, UUID, uuid5

from chassis.keeping.sealing import DataKey, seal
from chassis.keeping.work import Asked, Work
from contracts.people import EmployeeHired, Level, PastTrainingImported, SheetImported
from people.domain import company, employee
from people.domain.company import NameDepartments, NoteSheet, OpenDays
from people.domain.employee import AddPastTraining, AlreadyHired, Command, HireEmployee, ReadFile
from people.domain.history import History, TrainingRow
from people.domain.roster import EmployeeRow, Roster

COMPANY = uuid5(NAMESPACE_URL, "urn:qizheng:people:company")


class Vault(Protocol):
    """Where the data keys of persons are kept."""

    name: str

    def create(self, work: Work, owner: str) -> DataKey: ...
    def open(self, asked: Asked, owners: Iterable[str]) -> Mapping[str, DataKey]: ...


def employee_id(number: str) -> str:
    """The pseudonym of the employee with this 工号."""
    return f"E{number}"


def stream_of(employee: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"urn:qizheng:people:employee:{employee}")


def hire_employee(work: Work, vault: Vault, row: EmployeeRow) -> int:
    """Hires the person of a row, under a data key of their own."""
    who = employee_id(row.number)
    key = vault.create(work, who)
    hired = EmployeeHired(
        employee=who,
        number=row.number,
        name=seal(key, who, "name", row.name),
        identity_number=seal(key, who, "identity_number", row.identity_number),
        phone=seal(key, who, "phone", row.phone) if row.phone else None,
        department=row.department,
        post=row.post,
        rank=row.rank,
        level=cast("Level", row.level),
        region=row.region,
        on=row.hired_on,
        contract_end=row.contract_end,
        probation_end=row.probation_end,
    )
    command = HireEmployee(hired, key.id, vault.name)
    employee.decide(command, work.state(employee, stream_of(who)))  # No department is opened for who is refused.
    work.decide(company, COMPANY, NameDepartments((row.department,)))
    return work.decide(employee, stream_of(who), command)


def about(work: Work, who: str, command: Command) -> int:
    """Puts a command to an employee's file."""
    return work.decide(employee, stream_of(who), command)


def read_file(work: Work, who: str, purpose: str) -> dict[str, str]:
    """Notes that somebody reads another's particulars. Nothing of them is its answer."""
    about(work, who, ReadFile(purpose))
    return {}


def open_days(work: Work, until: date, since: date | None = None) -> int:
    return work.decide(company, COMPANY, OpenDays(until, since))


def import_roster(work: Work, vault: Vault, roster: Roster, file: str) -> dict[str, Any]:
    """Takes in a roster that was read and cleaned. Returns how many were taken, changed and refused, and under which
    工号 somebody stands already who is placed otherwise or has left.
    """
    work.batch.load(stream_of(employee_id(row.number)) for row in roster.taken)
    already_hired: list[str] = []
    for row in roster.taken:
        try:
            hire_employee(work, vault, row)
        except AlreadyHired as refused:
            already_hired.append(refused.number)
    rows_refused = {at.place.row for at in (*roster.refused, *roster.quarantined)}
    taken, refused = len(roster.taken) - len(already_hired), len(rows_refused) + len(already_hired)
    return {**_note(work, "ROSTER", file, taken, len(roster.changed), refused), "already_hired": already_hired}


def import_past_trainings(work: Work, history: History, file: str) -> dict[str, int]:
    """Takes in a sheet of past trainings that was read and cleaned."""
    work.batch.load(stream_of(employee_id(row.number)) for row in history.taken)
    for row in history.taken:
        about(work, employee_id(row.number), AddPastTraining(_past(row)))
    rows_refused = {at.place.row for at in (*history.refused, *history.quarantined)}
    return _note(work, "PAST_TRAINING", file, len(history.taken), len(history.changed), len(rows_refused))


def _past(row: TrainingRow) -> PastTrainingImported:
    return PastTrainingImported(
        employee=employee_id(row.number),
        course=row.course,
        kind=row.kind,
        on=row.on,
        hours=row.hours,
        score=row.score,
        mark=row.mark.value,
    )


def _note(work: Work, kind: str, file: str, taken: int, changed: int, refused: int) -> dict[str, int]:
    counts = {"taken": taken, "changed": changed, "refused": refused}
    sheet = SheetImported.model_validate({"kind": kind, "file": file, **counts})
    work.decide(company, COMPANY, NoteSheet(sheet))
    return counts


CONSUMES = {}
