"""An excerpt of the ledger about a case or a person: its records, the streams that they make up, and what they say of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from evidence.domain.examining import examine
from evidence.domain.story import told

Json = dict[str, object]
CUSTODY: Mapping[str, str] = {
    "evidence.DocumentFiled.v1": "filings",
    "evidence.FieldOpened.v1": "openings",
    "evidence.DossierRequested.v1": "requests",
    "evidence.DossierHandedOver.v1": "hand_overs",
}


@dataclass(frozen=True)
class Shown:
    """A record as an excerpt shows it: its leaf, and what the leaf says. `event` is empty where it says none."""

    seq: int
    leaf: bytes
    leaf_hash: bytes
    envelope: Mapping[str, object]
    event: Mapping[str, object]

    @property
    def name(self) -> str:
        """The name of its files in a dossier."""
        return f"records/{self.seq:09}"

    @property
    def type(self) -> str:
        return str(self.event.get("type", ""))

    @property
    def stream(self) -> str:
        return str(self.event.get("streamid", ""))

    @property
    def version(self) -> int:
        return cast(int, self.event.get("streamversion", 0))

    @property
    def data(self) -> Mapping[str, object]:
        said = self.event.get("data")
        return cast(Mapping[str, object], said) if isinstance(said, dict) else {}

    @property
    def is_first(self) -> bool:
        """Whether the event stands here for the first time; what was recorded twice is shown twice and counted once."""
        return "duplicate" not in cast(list[object], self.envelope.get("flags") or [])


def shown(seq: int, leaf: bytes) -> Shown:
    examined = examine(leaf)
    return Shown(seq, leaf, examined.leaf_hash, examined.envelope, told(examined))


@dataclass(frozen=True)
class Excerpt:
    """Records in the order of the ledger."""

    records: tuple[Shown, ...]

    def of(self, *types: str) -> list[Shown]:
        """The records of these types, each event once."""
        return [record for record in self.records if record.type in types and record.is_first]

    def by_event(self) -> dict[str, Shown]:
        return {str(record.event["id"]): record for record in self.records if record.event and record.is_first}


def streams_in(excerpt: Excerpt) -> dict[str, Json]:
    """Each stream with the versions that are here and the hash of its last record here: what completeness is said of.

    One is `whole` if its first record is here: from there on each names the one before it.
    """
    found: dict[str, Json] = {}
    for record in excerpt.records:
        if not record.event:
            continue
        whole = record.envelope.get("prev_stream") is None
        at = found.setdefault(record.stream, {"first": record.version, "records": 0, "whole": whole})
        at.update(records=cast(int, at["records"]) + 1, last=record.version, head=record.leaf_hash.hex())
    return found


def custody_in(excerpt: Excerpt, case: str) -> dict[str, list[Json]]:
    """What came in, was opened, was asked for and left, in a case: each with its record, hashes, person and time."""
    log: dict[str, list[Json]] = {name: [] for name in CUSTODY.values()}
    for record in excerpt.of(*CUSTODY):
        if record.data.get("case") == case:
            said = {name: value for name, value in record.data.items() if name not in ("case", "name")}
            by = {
                "seq": record.seq,
                "id": record.event["id"],
                "time": record.event["time"],
                "by": record.event["actor"],
            }
            log[CUSTODY[record.type]].append({**said, **by})
    for filing in log["filings"]:
        filing["named_by"] = _naming(excerpt, filing)
    return log


def _naming(excerpt: Excerpt, filing: Json) -> list[int]:
    """The records that name a document by its SHA-256, such as a voucher or an agreement, beside its own filing."""
    digest = str(filing["sha256"]).encode()
    return [record.seq for record in excerpt.records if digest in record.leaf and record.seq != filing["seq"]]
