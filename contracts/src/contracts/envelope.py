"""An event on the wire: a CloudEvents 1.0 document in canonical JSON, serialised once and never again.

Within this profile (no floats, integers below 2^53, names in ASCII) sorted keys equal RFC 8785.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final, Generic, Literal, TypeVar
from uuid import UUID, uuid5

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    StringConstraints,
    ValidationError,
    ValidationInfo,
)

from contracts import Refusal

LARGEST_EVENT = 60_000
DECIMAL = r"-?(0|[1-9][0-9]*)(\.[0-9]+)?"
_is_decimal = re.compile(DECIMAL).fullmatch
_WIRE: Final = object()  # The context of reading an event; a request's body is read without it.
Visibility = Literal["public", "record"]


def _plain(number: Decimal) -> str:
    return format(number, "f")


def _string_on_the_wire(number: object, info: ValidationInfo) -> object:
    if info.context is _WIRE and not (isinstance(number, str) and _is_decimal(number)):
        raise ValueError('a decimal is said as a plain string, such as "1.50"')
    return number


def _two_places(amount: Decimal) -> Decimal:
    if amount != round(amount, 2):
        raise ValueError("money has at most two decimals")
    return amount.quantize(Decimal("0.01"))


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return instant.astimezone(UTC)


def spoken(instant: datetime) -> str:
    """An instant as the wire has it: UTC with microseconds and `Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


Number = Annotated[
    Decimal, BeforeValidator(_string_on_the_wire), PlainSerializer(_plain, return_type=str, when_used="json")
]
Money = Annotated[Number, AfterValidator(_two_places)]
Instant = Annotated[datetime, AfterValidator(_aware), PlainSerializer(spoken, return_type=str, when_used="json")]
Day = date
Period = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Sealed(BaseModel):
    """A personal datum under the data key of its person; the commitment lets one field be shown without the key.

    `text` is base64 of nonce and AES-256-GCM ciphertext, `commitment` the hex SHA-256 of a random salt and the datum;
    the salt is inside the ciphertext.
    """

    model_config = ConfigDict(frozen=True)
    key: str
    text: str
    commitment: Sha256


class Fact(BaseModel):
    """What happened, under a name on the wire that is written by hand and never changes."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    TYPE: ClassVar[str]
    VISIBILITY: ClassVar[Visibility] = "public"

    def lifted(self) -> "Fact":
        """This fact as the newest version of its event; an old version overrides it."""
        return self


F_co = TypeVar("F_co", bound=Fact | None, covariant=True)
New = TypeVar("New", bound=Fact)


@dataclass(frozen=True)
class Event(Generic[F_co]):
    """A fact with its place in a stream, and the bytes that say so. `fact` is None where the type is unknown."""

    id: UUID
    stream: UUID
    version: int
    type: str
    subject: str
    time: datetime
    actor: str
    correlation: UUID
    causation: UUID | None
    fact: F_co
    raw: bytes

    @property
    def publisher(self) -> str:
        return self.type.split(".", 1)[0]


@dataclass(eq=False)
class NotAnEvent(Exception):
    """Bytes that are no event of the contract; `why` says what is wrong with them."""

    why: str


@dataclass(eq=False)
class EventTooLarge(Refusal):
    """An event over 60,000 bytes: a document belongs into the document store, its SHA-256 into the event."""

    event: str
    size: int
    status = 413

    def __str__(self) -> str:
        return f"{self.event} would be {self.size} bytes; at most 60,000 are kept"


def event_id(stream: UUID, version: int) -> UUID:
    """The id of a stream's event: the same for every copy, re-send and rebuild."""
    return uuid5(stream, str(version))


def canonical(value: object) -> bytes:
    """Canonical JSON of plain values. Refuses floats, and integers of 2^53 or more."""
    _only_exact(value)
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _only_exact(value: object) -> None:
    match value:
        case float():
            raise ValueError("no floats in events: money, hours and scores are decimal strings")
        case int() if abs(value) >= 2**53:
            raise ValueError(f"the integer {value} is past 2^53")
        case dict():
            for item in value.values():  # pyright: ignore[reportUnknownVariableType]  # plain JSON values
                _only_exact(item)  # pyright: ignore[reportUnknownArgumentType]
        case list():
            for item in value:  # pyright: ignore[reportUnknownVariableType]  # plain JSON values
                _only_exact(item)  # pyright: ignore[reportUnknownArgumentType]
        case _:
            pass


def subject_of(fact: Fact, stream: UUID) -> str:
    """The employee that the fact is about, else the stream."""
    return str(getattr(fact, "employee", None) or stream)


def record(
    fact: New, *, stream: UUID, version: int, time: datetime, actor: str, correlation: UUID, causation: UUID | None
) -> Event[New]:
    """The event of a fact that was just decided, with the bytes that are stored, sent and sealed.

    Raises EventTooLarge over 60,000 bytes, ValueError for what canonical JSON cannot say.
    """
    identity = event_id(stream, version)
    subject = subject_of(fact, stream)
    document: dict[str, object] = {
        "actor": actor,
        "correlationid": str(correlation),
        "data": fact.model_dump(mode="json"),
        "datacontenttype": "application/json",
        "dataschema": f"urn:qizheng:schema:{fact.TYPE}",
        "id": str(identity),
        "source": f"urn:qizheng:{fact.TYPE.split('.', 1)[0]}",
        "specversion": "1.0",
        "streamid": str(stream),
        "streamversion": version,
        "subject": subject,
        "time": spoken(time),
        "type": fact.TYPE,
    }
    if causation is not None:
        document["causationid"] = str(causation)
    raw = canonical(document)
    if len(raw) > LARGEST_EVENT:
        raise EventTooLarge(fact.TYPE, len(raw))
    return Event(identity, stream, version, fact.TYPE, subject, time, actor, correlation, causation, fact, raw)


def read(raw: bytes, known: Mapping[str, type[Fact]]) -> Event[Fact | None]:
    """The event in `raw`. An unknown type has no fact; a malformed event of a known type raises NotAnEvent."""
    try:
        document: dict[str, Any] = orjson.loads(raw)
        kind = known.get(document["type"])
        causation = document.get("causationid")
        return Event(
            id=UUID(document["id"]),
            stream=UUID(document["streamid"]),
            version=int(document["streamversion"]),
            type=document["type"],
            subject=document["subject"],
            time=datetime.fromisoformat(document["time"]),
            actor=document["actor"],
            correlation=UUID(document["correlationid"]),
            causation=UUID(causation) if causation else None,
            fact=kind.model_validate(document["data"], context=_WIRE).lifted() if kind else None,
            raw=raw,
        )
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise NotAnEvent(f"data.{where}: {first['msg']}") from fault
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise NotAnEvent(f"{type(fault).__name__}: {fault}") from fault
