"""What `people` says: who works here, where, since when, and that a day of the company has come."""

from typing import ClassVar, Literal

from contracts.envelope import Day, Fact, Number, Sealed, Sha256, Visibility
from contracts.operations import DeadLetterHandled

Level = Literal["基层", "中层", "高层"]
Ground = Literal[
    "ART36_MUTUAL_EMPLOYEE_INITIATED",
    "ART36_MUTUAL_EMPLOYER_INITIATED",
    "ART37_RESIGN_WITH_NOTICE",
    "ART37_RESIGN_WITHOUT_NOTICE",
    "ART37_RESIGN_IN_PROBATION",
    "ART38_EMPLOYER_FAULT",
    "ART39_1",
    "ART39_2",
    "ART39_3",
    "ART39_4",
    "ART39_5",
    "ART39_6",
    "ART40_1",
    "ART40_2",
    "ART40_3",
    "ART41",
    "ART44_EMPLOYER_ENDS",
    "ART48_UNLAWFUL_TERMINATION",
    "EXPIRY_EMPLOYEE_REFUSES_EXTENSION",
    "EXPIRY_EMPLOYER_ENDS",
    "EMPLOYER_ARRANGED_TRANSFER",
]


class DepartmentOpened(Fact):
    """`path` runs from the group down, parts divided by `/`."""

    TYPE: ClassVar[str] = "people.DepartmentOpened.v1"
    path: str


class EmployeeHired(Fact):
    """`number` is the 工号, a text; `employee` is `E` and the 工号; `region` is the place of work."""

    TYPE: ClassVar[str] = "people.EmployeeHired.v1"
    employee: str
    number: str
    name: Sealed
    identity_number: Sealed
    phone: Sealed | None = None
    department: str
    post: str
    rank: str
    level: Level
    region: str
    on: Day
    contract_end: Day | None = None
    probation_end: Day | None = None


class EmployeeTransferred(Fact):
    TYPE: ClassVar[str] = "people.EmployeeTransferred.v1"
    employee: str
    on: Day
    department: str
    post: str
    rank: str
    level: Level


class EmployeeLeft(Fact):
    """`last_day` counts as employed; `ground` is the article that the leaving rests on; `proof` names the document."""

    TYPE: ClassVar[str] = "people.EmployeeLeft.v1"
    employee: str
    last_day: Day
    ground: Ground
    proof: str


class LeavingCorrected(Fact):
    TYPE: ClassVar[str] = "people.LeavingCorrected.v1"
    employee: str
    last_day: Day
    ground: Ground
    proof: str
    reason: str


class DayOpened(Fact):
    """A calendar day of the company has come."""

    TYPE: ClassVar[str] = "people.DayOpened.v1"
    day: Day


class DataKeyCreated(Fact):
    """A person's data key now exists, wrapped by the key-encryption key `wrapped_by`; the key itself is no fact."""

    TYPE: ClassVar[str] = "people.DataKeyCreated.v1"
    VISIBILITY: ClassVar[Visibility] = "record"
    employee: str
    key: str
    wrapped_by: str


class PastTrainingImported(Fact):
    """A training from before this system, as a sheet has it. `mark` is what stood in the place of a score."""

    TYPE: ClassVar[str] = "people.PastTrainingImported.v1"
    employee: str
    course: str
    kind: str
    on: Day
    hours: Number
    score: Number | None = None
    mark: str | None = None


class SheetImported(Fact):
    """A file was taken in: its SHA-256, and how many rows were taken, cells changed and rows refused."""

    TYPE: ClassVar[str] = "people.SheetImported.v1"
    VISIBILITY: ClassVar[Visibility] = "record"
    kind: Literal["ROSTER", "PAST_TRAINING"]
    file: Sha256
    taken: int
    changed: int
    refused: int


class FileRead(Fact):
    """Somebody read the personal data of another: who is the event's actor."""

    TYPE: ClassVar[str] = "people.FileRead.v1"
    VISIBILITY: ClassVar[Visibility] = "record"
    employee: str
    purpose: str


class DeadLetterRetried(DeadLetterHandled):
    TYPE: ClassVar[str] = "people.DeadLetterRetried.v1"


class DeadLetterDiscarded(DeadLetterHandled):
    TYPE: ClassVar[str] = "people.DeadLetterDiscarded.v1"


Event = (
    DepartmentOpened
    | EmployeeHired
    | EmployeeTransferred
    | EmployeeLeft
    | LeavingCorrected
    | DayOpened
    | DataKeyCreated
    | PastTrainingImported
    | SheetImported
    | FileRead
    | DeadLetterRetried
    | DeadLetterDiscarded
)
