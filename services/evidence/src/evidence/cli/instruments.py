"""What the commands need of the outside, handed in by `main`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from pathlib import Path
from typing import Any, Protocol

import typer
from fastapi import FastAPI
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from chassis.facing.service import Service
from evidence.domain.cold import ColdStore, LedgerFolder
from evidence.domain.notes import Verifier, Verify
from evidence.domain.packing import Craft
from evidence.domain.published import Published
from evidence.domain.records import Check
from evidence.domain.timestamps import Judge


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


@dataclass(frozen=True)
class Instruments:
    """How a ledger is read, where its documents lie, how signatures are checked (many at once, or one), what keeps
    segments cold, and where verifications are kept."""

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
