"""What the commands need of the outside, handed in by `main`."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, tzinfo
from pathlib import Path
from typing import Any, Protocol

import typer
from fastapi import FastAPI
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from chassis.facing.service import Service
from chassis.keeping.work import Asked
from evidence.domain.cold import ColdStore, LedgerFolder
from evidence.domain.completeness import Look, Said
from evidence.domain.hearing import Heard
from evidence.domain.notes import Verifier, Verify
from evidence.domain.packing import Craft
from evidence.domain.published import Published
from evidence.domain.readiness import Readiness
from evidence.domain.rebuilding import Stored
from evidence.domain.records import Check
from evidence.domain.republishing import Again
from evidence.domain.self_checks import RecordSelfCheck
from evidence.domain.timestamps import Judge
from evidence.handlers.dossiers import Dossiers


class Documents(Protocol):
    def read(self, digest: str) -> bytes | None: ...


class Checkers(Protocol):
    def answer(self, asked: Sequence[Check]) -> list[bool]: ...


class Verifications(Protocol):
    def read(self, where: str) -> bytes | None: ...
    def keep(self, where: str, verification: bytes) -> None: ...


class OpensStore(Protocol):
    """Opens a place of cold segments that is asked to keep them to the end of a day of this zone."""

    def __call__(
        self, where: str, endpoint: str | None, until: date | None, zone: tzinfo, *, make: bool = False
    ) -> ColdStore: ...


class Services(Protocol):
    async def ask(self) -> dict[str, Readiness]: ...


Ask = Callable[[], Awaitable[dict[str, Said]]]


class Recomputers(Protocol):
    """The services, each asked for the figures that it is responsible for. Raises OSError where one cannot answer."""

    def figures(
        self, services: Iterable[str], events: Iterable[bytes], *opening: str
    ) -> Mapping[str, Iterable[Mapping[str, Any]]]: ...


class Teller(Protocol):
    """Publishes records on a topic, in their order, and makes the topic where there is none; returns how many.

    Raises ConnectionError where the brokers do not answer, ValueError for what they do not take.
    """

    def tell(self, topic: str, records: Iterable[Again]) -> int: ...


@dataclass(frozen=True)
class Stores:
    """Databases of services: one is rebuilt (how many events that were is returned), one is read by stream and version.

    Raises NotEmpty, and StoreAway.
    """

    rebuild: Callable[[str, Iterable[Stored], Callable[[], Heard]], int]
    stored_in: Callable[[str], AbstractContextManager[Iterator[Stored]]]


@dataclass(frozen=True)
class Instruments:
    """How a ledger is read, where its documents lie, how signatures are checked (many at once, or one), what keeps segments
    cold, how the other services are asked, how one looks whether the ledger is complete, how evidence checks itself, who
    makes dossiers by the settings of a service; for what is told again, the services' commands in a folder, brokers, and
    databases; and where verifications are kept.
    """

    published_at: Callable[[str], Published]
    documents_in: Callable[[Path], Documents]
    checkers: Callable[[int], Checkers]
    holds: Verify
    judge_under: Callable[[Path | None], Judge]
    """Who reads time stamps, and trusts the certificates in a file. Raises OSError, or ValueError where it holds none."""
    certificates_in: Callable[[bytes], str]
    """The certificates that came with a token, as PEM."""
    witness_in: Callable[[Path, str, Mapping[str, Verifier]], tuple[Verifier, FastAPI]]
    """A witness: its folder, its name and the ledgers that it watches give its key and its application. Raises OSError."""
    cold_store: OpensStore
    craft: Callable[[], Craft]
    ledger_in: Callable[[Path], LedgerFolder]
    services_at: Callable[[Mapping[str, str]], Services]
    asking: Callable[[Services, Callable[[], Mapping[str, int]]], Ask]
    look: Callable[[Asked, str, Ask], Awaitable[Look]]
    self_check: Callable[[Asked, Services, str], Awaitable[RecordSelfCheck]]
    dossiers: Callable[[Any], Dossiers]
    recomputers: Callable[[Path], Recomputers]
    teller: Callable[[str], Teller]
    stores: Stores
    verifications: Callable[[Path], Verifications]


def ledger_at(where: str | None, service: Callable[[], Service[Any]]) -> str:
    """The ledger that was asked for, else the service's own."""
    return where or str(service().settings.ledger)


def fail(sentence: str, code: int = 1) -> typer.Exit:
    """Says in one sentence why a command failed."""
    typer.echo(f"evidence: {sentence}", err=True)
    return typer.Exit(code)


def progress(*, hidden: bool) -> Progress:
    """A bar with how many of how many, where somebody at a terminal sees it."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=hidden or not console.is_terminal)
