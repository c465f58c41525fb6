"""What the ledger holds about a case or a person up to a checkpoint, with all that it leans on."""

from collections.abc import Iterable

from chassis.keeping.work import Asked
from contracts.evidence import SelfChecked
from evidence.domain.excerpt import Excerpt, Shown, shown
from evidence.domain.leaning import facts_named, is_wanted, wanted
from evidence.domain.report import About
from evidence.handlers.cases import person_stream
from evidence.handlers.keys import KEYS
from evidence.views import ledger


def collect(asked: Asked, about: About, size: int) -> Excerpt:
    """Every stream in which something happened to the subjects in the period, whole; what these lean on, whole; the keys;
    the case; and of the ledger's own checks those of the period.
    """
    found: dict[int, Shown] = {}
    streams: set[str] = set()
    fresh = set(ledger.streams_about(asked, about.subjects, about.since, about.until, size))
    fresh |= {str(KEYS), *(str(person_stream(subject)) for subject in about.subjects)}
    fresh |= {about.case} if about.case else set()
    while fresh:
        records = [shown(row["seq"], bytes(row["leaf"])) for row in ledger.records_of_streams(asked, list(fresh), size)]
        found |= {record.seq: record for record in records}
        streams |= fresh
        fresh = _leant_on(asked, records, size) - streams
    checks = ledger.records_of_types(asked, (SelfChecked.TYPE,), size, about.since, about.until)
    found |= {row["seq"]: shown(row["seq"], bytes(row["leaf"])) for row in checks}
    return Excerpt(tuple(found[seq] for seq in sorted(found)))


def _leant_on(asked: Asked, records: Iterable[Shown], size: int) -> set[str]:
    """The streams of what these records lean on."""
    events = [record.event for record in records if record.event]
    matches = wanted(events)
    streams = set[str]()
    for row in ledger.records_of_types(asked, list(matches), size):
        each = shown(row["seq"], bytes(row["leaf"]))
        if is_wanted(each.data, matches[each.type]):
            streams.add(each.stream)
    return streams | set(ledger.streams_of_events(asked, list(facts_named(events)), size))
