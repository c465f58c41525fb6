"""What the tests of the counters share: how one knocks, what was heard of it, and how a database goes away."""

from chassis.keeping.letters import Letters
from chassis.testing.counter.domain import Counted, Discarded, Knocked, Retried
from chassis.testing.service import ServiceUnderTest


def knock(employee: str = "ada", times: int = 1, note: str = "") -> Knocked:
    return Knocked(employee=employee, times=times, note=note)


def counted(service: ServiceUnderTest) -> list[tuple[str, int]]:
    return [(fact.employee, fact.by) for fact in service.said(Counted) if isinstance(fact, Counted)]


def kinds(service: ServiceUnderTest) -> list[str]:
    return [row["kind"] for row in service.parked()]


def letters(service: ServiceUnderTest) -> Letters:
    return Letters(service.hearing, service.committer, Retried, Discarded)


def cut_connections(service: ServiceUnderTest) -> None:
    with service.store.connect() as cutter:
        cutter.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
