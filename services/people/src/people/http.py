"""The HTTP face of people."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator
from starlette.concurrency import run_in_threadpool

from chassis.facing.asking import Body, NotFound, Who, after_of, cursor_of
from chassis.facing.policy import Policy, Relation
from chassis.keeping.sealing import DataKey, unseal
from contracts.people import Ground, Level
from people import handlers
from people.domain import history, particulars, roster
from people.domain.cells import Changed, Clean, Row, RowRefused, Unreadable, Value
from people.domain.employee import CorrectLeaving, RecordLeaving, TransferEmployee
from people.domain.written import text
from people.handlers import Vault
from people.views import employees
from people.views.employees import EmployeeRow

POLICY = Policy(
    {
        "people.import": {"hr": Relation.ANYONE},
        "people.hire": {"hr": Relation.ANYONE},
        "people.transfer": {"hr": Relation.ANYONE},
        "people.leave": {"hr": Relation.ANYONE},
        "people.list": {"hr": Relation.ANYONE, "payroll": Relation.ANYONE, "auditor": Relation.ANYONE},
        "people.read": {
            "hr": Relation.ANYONE,
            "auditor": Relation.ANYONE,
            "manager": Relation.MANAGES,
            "employee": Relation.SELF,
        },
        "people.open-days": {"operator": Relation.ANYONE},
        "people.data-keys": {"service": Relation.ANYONE},
    }
)


def _as_in_a_sheet(read: Callable[[Value], Clean[str]]) -> AfterValidator:
    """A text of a body, cleaned or refused as the cell of a roster is."""

    def cleaned(given: str) -> str:
        try:
            return read(given).value
        except Unreadable as unreadable:
            raise ValueError(unreadable.why) from unreadable

    return AfterValidator(cleaned)


Department = Annotated[str, _as_in_a_sheet(partial(particulars.department, aliases={}))]
Post = Annotated[str, _as_in_a_sheet(text)]
Rank = Annotated[str, _as_in_a_sheet(particulars.rank)]


class Hiring(Body):
    number: Annotated[str, _as_in_a_sheet(particulars.staff_number)]
    name: Annotated[str, _as_in_a_sheet(particulars.person_name)]
    identity_number: Annotated[str, _as_in_a_sheet(particulars.identity_number)]
    phone: Annotated[str, _as_in_a_sheet(lambda given: particulars.phone(given) if given else Clean(""))] = ""
    department: Department
    post: Post
    rank: Rank
    level: Level
    region: Annotated[str, _as_in_a_sheet(particulars.region)]
    hired_on: date
    contract_end: date | None = None
    probation_end: date | None = None


class Transfer(Body):
    on: date
    department: Department
    post: Post
    rank: Rank
    level: Level


class Leaving(Body):
    last_day: date
    ground: Ground
    proof: str


class Correction(Leaving):
    reason: str


class Days(Body):
    until: date
    since: date | None = None


class Owners(Body):
    owners: tuple[str, ...]


class Sheet(Protocol):
    @property
    def rows(self) -> tuple[Row, ...]: ...


class ReadSheet(Protocol):
    """Reads a sheet's bytes into rows. Refuses a file that is none, is too large, or lacks columns."""

    def __call__(self, file: str, content: bytes, columns: Sequence[str]) -> Sheet: ...


def routes(vault: Vault, read_sheet: ReadSheet) -> APIRouter:
    """The routes of people, over the vault that keeps the data keys and the reader of sheets."""
    router = APIRouter(tags=["people"])

    @router.post("/imports/roster")
    async def import_roster(file: str, request: Request, who: Who) -> Response:
        """Takes in a roster 花名册 (.xlsx or .csv as the body); answers with what was taken, changed and refused."""
        who.may("people.import")
        content = await request.body()
        sheet = await run_in_threadpool(read_sheet, file, content, roster.REQUIRED)
        read = await run_in_threadpool(roster.read_roster, sheet.rows, {})
        handler = partial(handlers.import_roster, vault=vault, roster=read, file=hashlib.sha256(content).hexdigest())
        cells = _cells(read.changed, (*read.refused, *read.quarantined))
        return await who.do(handler, status=201, unkept=cells)

    @router.post("/imports/past-trainings")
    async def import_past_trainings(file: str, request: Request, who: Who) -> Response:
        """Takes in a sheet of past trainings; records of people whom nobody knows are set aside."""
        who.may("people.import")
        content = await request.body()
        known = await run_in_threadpool(who.asked.rows, "select number from employees")
        employed = {row["number"] for row in known}
        sheet = await run_in_threadpool(read_sheet, file, content, history.REQUIRED)
        read = await run_in_threadpool(history.read_history, sheet.rows, ALIASES, employed)
        handler = partial(handlers.import_past_trainings, history=read, file=hashlib.sha256(content).hexdigest())
        cells = _cells(read.changed, (*read.refused, *read.quarantined), set_aside=len(read.leavers))
        return await who.do(handler, status=201, unkept=cells)

    @router.post("/employees", status_code=201)
    async def hire(hiring: Hiring, who: Who) -> Response:
        who.may("people.hire")
        row = roster.EmployeeRow(**hiring.model_dump(), monthly_wage=None, performance_bonus=None)
        roster.refuse_days_out_of_order(row)
        employee = handlers.employee_id(row.number)
        handler = partial(handlers.hire_employee, vault=vault, row=row)
        return await who.do(
            handler,
            status=201,
            stream=handlers.stream_of(employee),
            body=lambda version: {"employee": employee, "version": version},
        )

    @router.post("/employees/{employee}/transfers")
    async def transfer(employee: str, transfer: Transfer, who: Who) -> Response:
        who.may("people.transfer", employee)
        command = TransferEmployee(**dict(transfer))
        return await who.do(partial(handlers.about, who=employee, command=command), stream=handlers.stream_of(employee))

    @router.post("/employees/{employee}/leaving")
    async def leave(employee: str, leaving: Leaving, who: Who) -> Response:
        """Records a leaving with its legal ground. It can be corrected, not undone."""
        who.may("people.leave", employee)
        command = RecordLeaving(**dict(leaving))
        return await who.do(partial(handlers.about, who=employee, command=command), stream=handlers.stream_of(employee))

    @router.post("/employees/{employee}/leaving/corrections")
    async def correct(employee: str, correction: Correction, who: Who) -> Response:
        who.may("people.leave", employee)
        command = CorrectLeaving(**dict(correction))
        return await who.do(partial(handlers.about, who=employee, command=command), stream=handlers.stream_of(employee))

    @router.post("/days")
    async def open_days(days: Days, who: Who) -> Response:
        """Opens each day of the company up to `until`."""
        who.may("people.open-days")
        return await who.do(partial(handlers.open_days, until=days.until, since=days.since), stream=handlers.COMPANY)

    @router.get("/employees")
    def list_employees(who: Who, cursor: str | None = None, limit: int = 100) -> dict[str, Any]:
        """A page of employees, without personal particulars."""
        who.may("people.list")
        rows = employees.employees_after(who.asked, after_of(cursor), min(limit, 1_000))
        more = cursor_of(rows[-1].employee) if len(rows) == min(limit, 1_000) else None
        return {"employees": [_public(row) for row in rows], "next": more}

    @router.get("/employees/{employee}", response_model=None)
    async def read_employee(employee: str, who: Who, purpose: str = "file") -> Response | dict[str, Any]:
        """One employee with particulars opened. That somebody else reads them is an event."""
        row = await run_in_threadpool(employees.employee, who.asked, employee)
        who.may("people.read", employee, row.department if row else None)
        if row is None:
            raise NotFound(employee)
        keys = await run_in_threadpool(vault.open, who.asked, (employee,))
        past = await run_in_threadpool(employees.past_trainings, who.asked, employee)
        content = {**_public(row), **_opened(row, keys[employee]), "past_trainings": past}
        if who.principal.employee == employee:
            return content
        return await who.do(partial(handlers.read_file, who=employee, purpose=purpose), unkept=content)

    @router.post("/data-keys")
    async def data_keys(owners: Owners, who: Who) -> dict[str, dict[str, str]]:
        """The data keys of persons, for a service that seals or opens what it keeps about them."""
        who.may("people.data-keys")
        keys = await run_in_threadpool(vault.open, who.asked, owners.owners)
        return {owner: {"id": key.id, "secret": key.secret.hex()} for owner, key in keys.items()}

    return router


ALIASES = {"销管": "销售管理"}


def _public(row: EmployeeRow) -> dict[str, Any]:
    return {
        "employee": row.employee,
        "number": row.number,
        "department": row.department,
        "post": row.post,
        "rank": row.rank,
        "level": row.level,
        "region": row.region,
        "hired_on": row.hired_on,
        "contract_end": row.contract_end,
        "probation_end": row.probation_end,
        "last_day": row.last_day,
        "ground": row.ground,
    }


def _opened(row: EmployeeRow, key: DataKey) -> dict[str, str | None]:
    sealed = {"name": row.name, "identity_number": row.identity_number, "phone": row.phone}
    return {field: unseal(key, row.employee, field, it) if it else None for field, it in sealed.items()}


def _cells(changed: tuple[Changed, ...], refused: tuple[RowRefused, ...], set_aside: int = 0) -> dict[str, Any]:
    return {
        "changes": [
            {"where": str(it.place), "column": it.column, "was": it.was, "now": it.now, "why": it.why} for it in changed
        ],
        "refusals": [{"where": str(it.place), "column": it.column, "was": it.was, "why": it.why} for it in refused],
        "set_aside": set_aside,
    }
