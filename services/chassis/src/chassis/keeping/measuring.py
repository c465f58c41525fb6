"""What an operator watches: what is committed and not yet told, not yet heard, or has stopped and waits for somebody."""

from prometheus_client import Gauge

from chassis.keeping.store import Store

unheard = Gauge("inbox_lag", "Messages of a topic that are not heard yet", ["service", "topic"])
KNOWN_TO_THE_STORE = {
    "untold": Gauge("outbox_pending", "Events committed and not yet told", ["service"]),
    "parked": Gauge("inbox_parked", "Messages that were parked and wait for an operator", ["service"]),
    "waiting": Gauge("inbox_waiting", "Messages that wait for one before them", ["service"]),
    "failing": Gauge("duties_failing", "Deadlines that were parked and errands that have failed so far", ["service"]),
}


def measure_store(service: str, store: Store) -> None:
    """Sets what the database knows."""
    (found,) = store.rows(
        "select (select coalesce(max(notification_id), 0) from stored_events)"
        " - (select notification from relay_position) as untold,"
        " count(*) filter (where kind not in ('waiting', 'discarded')) as parked,"
        " count(*) filter (where kind = 'waiting') as waiting,"
        " (select count(*) from deadlines where parked is not null)"
        " + (select count(*) from errands where failure is not null) as failing from inbox_parked"
    )
    for name, gauge in KNOWN_TO_THE_STORE.items():
        gauge.labels(service).set(found[name])
