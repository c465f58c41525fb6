"""What a dossier shows of sealed data: the fields opened for its case, and the documents filed in it. Never kept."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from chassis.keeping.sealing import CannotUnseal, DataKey, Keyring, opened, unseal
from contracts.envelope import Sealed
from evidence.domain.excerpt import Excerpt, Json, Shown
from evidence.handlers.cases import Documents, sealed_in

FIELD_OPENED, FILED, HIRED = "evidence.FieldOpened.v1", "evidence.DocumentFiled.v1", "people.EmployeeHired.v1"
KEY_IS_GONE = "数据密钥已不存在 / the key of this person is gone"


@dataclass(frozen=True)
class Document:
    """A filed document: its name in the dossier, and its bytes; `why` says what is missing."""

    record: Shown
    name: str | None
    data: bytes | None
    why: str | None = None


def keys_for(excerpt: Excerpt, case: str, keyring: Keyring) -> Mapping[str, DataKey]:
    """The keys of everybody of whom something is shown in a case."""
    records = [record for record in excerpt.of(FIELD_OPENED, FILED) if record.data.get("case") == case]
    owners = {str(record.data.get("employee") or record.data.get("person")) for record in records}
    return keyring.keys(owners) if owners else {}


def openings(excerpt: Excerpt, case: str, keys: Mapping[str, DataKey]) -> list[Json]:
    """Each field opened for the case, with salt and value, which together give the commitment that stands in its event."""
    places = excerpt.by_event()
    found: list[Json] = []
    for record in excerpt.of(FIELD_OPENED):
        event, field = str(record.data.get("event")), str(record.data.get("field"))
        target = places.get(event)
        sealed = sealed_in(target.data, field) if target else None
        if record.data.get("case") != case or target is None or sealed is None:
            continue
        said: Json = {"event": event, "seq": target.seq, "field": field, "owner": sealed.owner}
        shown = {"commitment": sealed.sealed.commitment, **_value(sealed.owner, field, sealed.sealed, keys)}
        found.append({**said, "purpose": record.data.get("purpose"), **shown})
    return found


def _value(owner: str, field: str, sealed: Sealed, keys: Mapping[str, DataKey]) -> Json:
    try:
        salt, value = opened(keys[owner], owner, field, sealed)
    except (KeyError, CannotUnseal):
        return {"salt": None, "value": None, "why": KEY_IS_GONE}
    return {"salt": salt.hex(), "value": value}


def names_in(excerpt: Excerpt, shown: list[Json]) -> dict[str, str]:
    """The names of the persons whose name was opened."""
    hired = {str(record.event["id"]) for record in excerpt.of(HIRED)}
    of_person = [it for it in shown if it["field"] == "name" and it["event"] in hired and it["value"]]
    return {str(it["owner"]): str(it["value"]) for it in of_person}


def documents(excerpt: Excerpt, case: str, keys: Mapping[str, DataKey], kept: Documents) -> Iterator[Document]:
    """Each document of the case, one after the other, since together they may be large."""
    filed = [record for record in excerpt.of(FILED) if record.data.get("case") == case]
    for number, record in enumerate(filed, 1):
        person, digest = str(record.data["person"]), str(record.data["sha256"])
        try:
            key = keys[person]
            name = unseal(key, person, "name", Sealed.model_validate(cast(Json, record.data["name"])))
            data = kept.read(key, case, person, digest)
        except (KeyError, CannotUnseal):
            yield Document(record, None, None, KEY_IS_GONE)
            continue
        if data is None:
            yield Document(record, None, None, "材料不在存储中 / the document is not in the store")
        else:
            yield Document(record, f"documents/{number:02}-{safe(name)}", data)


def safe(name: str) -> str:
    """A name that is one part of a path on every system."""
    kept = "".join("_" if c in '/\\:*?"<>|' or not c.isprintable() else c for c in name).strip(". ")
    return kept[-100:] or "_"
