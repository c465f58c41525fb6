"""What only commands need. What is heavy is loaded by the command that uses it: the running service has no use for it."""

from collections.abc import Mapping
from datetime import date, tzinfo
from pathlib import Path

from fastapi import FastAPI

from chassis.keeping.work import clock
from evidence.adapters.documents import DocumentFolder
from evidence.adapters.files import TileFolder
from evidence.adapters.mirror import published_at
from evidence.adapters.recomputers import Recomputers
from evidence.adapters.reconciler import asking, look
from evidence.adapters.self_check import self_check
from evidence.adapters.services import HttpServices
from evidence.adapters.signatures import Checkers, holds
from evidence.adapters.stores import rebuild, stored_in
from evidence.adapters.teller import Teller
from evidence.adapters.verifications import VerificationFolder
from evidence.adapters.witness_book import WitnessBook, witness_key
from evidence.cli import Instruments
from evidence.cli.instruments import Stores
from evidence.domain.cold import ColdStore
from evidence.domain.notes import Verifier
from evidence.domain.packing import Craft
from evidence.domain.timestamps import Judge
from evidence.http.witness import witness_app
from evidence.main.leaving import DossiersWhenNeeded


def judge_under(roots: Path | None) -> Judge:
    from evidence.adapters import timestamps  # Only those who look at time stamps need it.

    return timestamps.judge_under(roots)


def certificates_in(der: bytes) -> str:
    from evidence.adapters import timestamps

    return timestamps.certificates_in(der)


def witness_in(folder: Path, name: str, ledgers: Mapping[str, Verifier]) -> tuple[Verifier, FastAPI]:
    """A witness of these ledgers, with its key and its book in a folder."""
    key, sign = witness_key(folder, name)
    book = WitnessBook(folder, key, sign, ledgers, lambda: int(clock().timestamp()))
    return key, witness_app(book, str(key))


def cold_store(where: str, endpoint: str | None, until: date | None, zone: tzinfo, *, make: bool = False) -> ColdStore:
    """The place of cold segments."""
    from evidence.adapters.object_store import object_store

    return object_store(where, endpoint, until, zone, make=make)


def craft() -> Craft:
    """What a segment is made and checked with."""
    from evidence.adapters import guomi, packing

    return Craft(packing.pack, packing.unpack, guomi.sm3, holds)


INSTRUMENTS = Instruments(
    published_at=published_at,
    documents_in=DocumentFolder,
    checkers=Checkers,
    holds=holds,
    judge_under=judge_under,
    certificates_in=certificates_in,
    witness_in=witness_in,
    cold_store=cold_store,
    craft=craft,
    ledger_in=TileFolder,
    services_at=HttpServices,
    asking=asking,
    look=look,
    self_check=self_check,
    dossiers=DossiersWhenNeeded,
    recomputers=Recomputers,
    teller=Teller,
    stores=Stores(rebuild, stored_in),
    verifications=VerificationFolder,
)
