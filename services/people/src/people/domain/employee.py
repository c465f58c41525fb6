"""An employee: hired, moved about, and one day gone on a legal ground."""

from dataclasses import dataclass, replace
from datetime import date

from contracts import Refusal
from contracts.people import (
    DataKeyCreated,
    DeadLetterDiscarded,
    DeadLetterRetried,
    EmployeeHired,
    EmployeeLeft,
    EmployeeTransferred,
    Event,
    FileRead,
    Ground,
    LeavingCorrected,
    Level,
    PastTrainingImported,
)

# What can be asked


@dataclass(frozen=True)
class HireEmployee:
    """`hired` is the whole fact; `key` is the person's new data key, wrapped by `wrapped_by`."""

    hired: EmployeeHired
    key: str
    wrapped_by: str


@dataclass(frozen=True)
class TransferEmployee:
    on: date
    department: str
    post: str
    rank: str
    level: Level


@dataclass(frozen=True)
class RecordLeaving:
    last_day: date
    ground: Ground
    proof: str


@dataclass(frozen=True)
class CorrectLeaving:
    last_day: date
    ground: Ground
    proof: str
    reason: str


@dataclass(frozen=True)
class AddPastTraining:
    training: PastTrainingImported


@dataclass(frozen=True)
class ReadFile:
    purpose: str


Command = HireEmployee | TransferEmployee | RecordLeaving | CorrectLeaving | AddPastTraining | ReadFile

# Why the answer may be no


@dataclass(eq=False)
class NotEmployed(Refusal):
    """Nobody works here under this employee id."""


@dataclass(eq=False)
class AlreadyHired(Refusal):
    """Somebody else's particulars stand under this 工号."""

    number: str


@dataclass(eq=False)
class AlreadyLeft(Refusal):
    """The employee has left; a leaving can be corrected."""

    last_day: date


@dataclass(eq=False)
class HasNotLeft(Refusal):
    """There is no leaving that could be corrected."""


@dataclass(eq=False)
class BeforeHiring(Refusal):
    """The day lies before the employee was hired."""

    on: date
    hired_on: date


@dataclass(eq=False)
class ProofMissing(Refusal):
    """自离 is no ground: a leaving names its article and the document that proves it."""


# What it can be


@dataclass(frozen=True)
class Employed:
    employee: str
    hired_on: date
    department: str
    post: str
    rank: str
    level: Level
    hired_as: tuple[str, ...] = ()
    past: frozenset[tuple[str, date]] = frozenset()


@dataclass(frozen=True)
class Left:
    before: Employed
    last_day: date
    ground: Ground


Employee = Employed | Left | None
initial: Employee = None


def decide(command: Command, employee: Employee) -> tuple[Event, ...]:
    match command:
        case HireEmployee():
            return hire(command, employee)
        case TransferEmployee():
            return transfer(command, employee)
        case RecordLeaving():
            return leave(command, employee)
        case CorrectLeaving():
            return correct(command, employee)
        case AddPastTraining():
            return add_past(command, employee)
        case ReadFile():
            return (FileRead(employee=known(employee).employee, purpose=command.purpose),)


def hire(command: HireEmployee, employee: Employee) -> tuple[Event, ...]:
    hired = command.hired
    match employee:
        case None:
            return (DataKeyCreated(employee=hired.employee, key=command.key, wrapped_by=command.wrapped_by), hired)
        case Employed(hired_on=on, hired_as=once) if on == hired.on and seat(hired) in (once, seat(employee)):
            return ()  # The same sheet again changes nothing, whoever was transferred meanwhile.
        case Employed() | Left():
            raise AlreadyHired(hired.number)


def seat(employee: EmployeeHired | Employed) -> tuple[str, ...]:
    return employee.department, employee.post, employee.rank, employee.level


def transfer(command: TransferEmployee, employee: Employee) -> tuple[Event, ...]:
    match employee:
        case None:
            raise NotEmployed
        case Left(last_day=last_day):
            raise AlreadyLeft(last_day)
        case Employed():
            not_before_hiring(command.on, employee)
            moved = EmployeeTransferred(
                employee=employee.employee,
                on=command.on,
                department=command.department,
                post=command.post,
                rank=command.rank,
                level=command.level,
            )
            return () if evolve(employee, moved) == employee else (moved,)


def leave(command: RecordLeaving, employee: Employee) -> tuple[Event, ...]:
    match employee:
        case None:
            raise NotEmployed
        case Left(last_day=last_day, ground=ground):
            if (last_day, ground) == (command.last_day, command.ground):
                return ()
            raise AlreadyLeft(last_day)
        case Employed():
            not_before_hiring(command.last_day, employee)
            if not command.proof.strip():
                raise ProofMissing
            return (
                EmployeeLeft(
                    employee=employee.employee, last_day=command.last_day, ground=command.ground, proof=command.proof
                ),
            )


def correct(command: CorrectLeaving, employee: Employee) -> tuple[Event, ...]:
    match employee:
        case None:
            raise NotEmployed
        case Employed():
            raise HasNotLeft
        case Left(before=before, last_day=last_day, ground=ground):
            if (last_day, ground) == (command.last_day, command.ground):
                return ()
            not_before_hiring(command.last_day, before)
            if not command.proof.strip():
                raise ProofMissing
            return (
                LeavingCorrected(
                    employee=before.employee,
                    last_day=command.last_day,
                    ground=command.ground,
                    proof=command.proof,
                    reason=command.reason,
                ),
            )


def add_past(command: AddPastTraining, employee: Employee) -> tuple[Event, ...]:
    held = known(employee)
    if (command.training.course, command.training.on) in held.past:
        return ()
    return (command.training,)


def known(employee: Employee) -> Employed:
    match employee:
        case None:
            raise NotEmployed
        case Left(before=before):
            return before
        case Employed():
            return employee


def not_before_hiring(day: date, employee: Employed) -> None:
    if day < employee.hired_on:
        raise BeforeHiring(day, employee.hired_on)


def evolve(employee: Employee, event: Event) -> Employee:
    match event, employee:
        case EmployeeHired(), _:
            once = seat(event)
            return Employed(event.employee, event.on, event.department, event.post, event.rank, event.level, once)
        case EmployeeTransferred(), Employed():
            return replace(employee, department=event.department, post=event.post, rank=event.rank, level=event.level)
        case EmployeeLeft(), Employed():
            return Left(employee, event.last_day, event.ground)
        case LeavingCorrected(), Left():
            return replace(employee, last_day=event.last_day, ground=event.ground)
        case PastTrainingImported(course=course, on=on), Employed():
            return replace(employee, past=employee.past | {(course, on)})
        case PastTrainingImported(course=course, on=on), Left():
            return replace(employee, before=replace(employee.before, past=employee.before.past | {(course, on)}))
        case ((DataKeyCreated() | FileRead() | DeadLetterRetried() | DeadLetterDiscarded()), _):
            return employee
        case _:
            return employee
