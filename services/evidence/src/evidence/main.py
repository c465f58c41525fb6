"""Evidence, put together."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from functools import cache, cached_property, partial
from pathlib import Path
from typing import cast
from uuid import UUID

from fastapi import FastAPI

from chassis.facing.keyring import PeopleKeyring
from chassis.facing.service import Service
from chassis.facing.tokens import Principal, issue
from chassis.keeping.errands import Outcome
from chassis.keeping.running import Duties, Running
from chassis.keeping.store import Store
from chassis.keeping.work import Asked, House, begun_by, clock
from contracts.envelope import Event, Fact
from contracts.evidence import CaseOpened, DeadLetterDiscarded, DeadLetterRetried, DossierRequested
from contracts.topics import PUBLISHED
from evidence.adapters.documents import DocumentFolder
from evidence.adapters.filed_documents import FiledDocuments
from evidence.adapters.files import TileFolder
from evidence.adapters.mirror import published_at
from evidence.adapters.publisher import Publisher
from evidence.adapters.recomputers import Recomputers
from evidence.adapters.reconciler import Reconciler, asking, look
from evidence.adapters.self_check import SelfChecks, self_check
from evidence.adapters.sequencer import Desk, Sequencer, sequence
from evidence.adapters.services import HttpServices
from evidence.adapters.signatures import Checkers, holds, ledger_key
from evidence.adapters.stores import rebuild, stored_in
from evidence.adapters.teller import Teller
from evidence.adapters.verifications import VerificationFolder
from evidence.adapters.witness_book import WitnessBook, witness_key
from evidence.adapters.witnesses import Witness, Witnesses
from evidence.cli import Instruments, build_cli
from evidence.cli.instruments import Stores
from evidence.domain.cold import ColdStore
from evidence.domain.guomi import GuomiSigner
from evidence.domain.keys import OWN
from evidence.domain.notes import WITNESS, Verifier, parse_vkey
from evidence.domain.packing import Craft
from evidence.domain.timestamps import Judge
from evidence.errands import Authority, Rounds, Stamping
from evidence.handlers.dossiers import Dossiers, Made
from evidence.http import POLICY, case_routes, routes
from evidence.http.witness import witness_app
from evidence.settings import Settings
from evidence.views import archived_segments, cases, self_checks, stamps, topics_made_anew
from evidence.views import holds as legal_holds

HOUSE = House(
    "evidence",
    PUBLISHED["evidence"],
    (topics_made_anew, stamps, archived_segments, self_checks, cases, legal_holds),
    errands=frozenset({CaseOpened, DossierRequested}),
)
BETWEEN_ROUNDS = 1.0  # seconds


def service() -> Service[Settings]:
    """The service of evidence."""
    settings = Settings.of("evidence")
    reconciler = Reconciler(every=settings.looks_every, allowed=settings.complete_within)

    def stamping() -> Stamping:
        return Stamping(made.store, TileFolder(settings.ledger), authorities)

    @cache
    def authorities() -> Sequence[Authority]:
        # Only the first stamp needs what reads tokens and certificates; a start should not wait for it.
        from evidence.adapters.authorities import authorities_of

        return authorities_of(settings.authorities, settings.authority)

    def stamp_opened_case(event: Event[Fact]) -> Outcome:
        return stamping().for_opened_case(cast("Event[CaseOpened]", event))

    def stamp_export(event: Event[Fact]) -> Outcome:
        return stamping().for_export(cast("Event[DossierRequested]", event))

    def beside(running: Running) -> None:
        work(running, settings, reconciler)
        stamp(running, Rounds(stamping(), timedelta(seconds=settings.stamp_within)))

    made = Service(
        package="evidence",
        house=HOUSE,
        settings=settings,
        policy=POLICY,
        letters=(DeadLetterRetried, DeadLetterDiscarded),
        routers=(
            *routes(TileFolder(settings.ledger), reconciler, public=settings.serves_publicly),
            *case_routes(keyring(settings), FiledDocuments(settings.filed), DossiersWhenNeeded(settings)),
        ),
        duties=Duties(errands={CaseOpened: stamp_opened_case, DossierRequested: stamp_export}),
        beside=beside,
    )
    return made


def keyring(settings: Settings) -> PeopleKeyring:
    """Data keys, asked of people."""
    itself = Principal("service:evidence", "service")
    return PeopleKeyring(settings.people_url, partial(issue, settings.keys, itself, audience=settings.token_audience))


@dataclass(frozen=True)
class DossiersWhenNeeded:
    """Dossiers, by libraries that are loaded when the first is made: a service that makes none does not pay for them."""

    settings: Settings

    def of_case(self, asked: Asked, case: str, request: UUID) -> Made:
        return self._maker.of_case(asked, case, request)

    def of_person(self, asked: Asked, employee: str) -> Made:
        return self._maker.of_person(asked, employee)

    @cached_property
    def _maker(self) -> Dossiers:
        from evidence.adapters.authorities import authorities_of
        from evidence.adapters.dossiers.making import Maker
        from evidence.adapters.dossiers.signing import company_seal
        from evidence.adapters.dossiers.telling import Keeping

        it = self.settings
        send = authorities_of(it.authorities, it.authority)[0].send
        return Maker(
            published=TileFolder(it.ledger),
            keyring=keyring(it),
            documents=FiledDocuments(it.filed),
            seal=lambda: company_seal(it.certificate, it.certificate_password, it.keys, send),
            guomi=lambda: guomi_signer(it),
            keeping=Keeping(it.employer, it.custodian, it.retention),
            witnesses=tuple(each.vkey for each in it.witnesses),
        )


def work(running: Running, settings: Settings, reconciler: Reconciler) -> Desk:
    """Sets to work beside the service: the sequencer, who looks whether it has everything, and who checks on all."""
    sequencer = Sequencer(running.store, DocumentFolder(settings.documents), Checkers())
    desk = sequence(running, sequencer, publisher(running.store, settings), settings.kafka)
    others = {name: address for name, address in settings.services.items() if name in PUBLISHED and name != OWN}
    ask = asking(HttpServices(others), running.relay.said)
    reconciler.begin(running, partial(look, running.store, settings.kafka, ask), partial(desk.say, "complete"))
    checks = SelfChecks(HttpServices(settings.services), every=timedelta(hours=settings.self_check_hours))
    checks.begin(running, lambda: sequencer.in_turn)
    return desk


def stamp(running: Running, rounds: Rounds) -> None:
    """Lets checkpoints be stamped beside the service."""

    async def stamp_what_waits() -> None:
        await asyncio.sleep(BETWEEN_ROUNDS)
        await asyncio.to_thread(rounds.run, partial(running.committer.commit, begun_by("service:evidence")))

    running.keep_up(stamp_what_waits)


def publisher(store: Store, settings: Settings) -> Publisher:
    return Publisher(
        store, TileFolder(settings.ledger), *ledger_key(settings.origin, settings.keys), witnesses_of(settings)
    )


def guomi_signer(settings: Settings) -> GuomiSigner:
    """Who signs exports by SM2."""
    from evidence.adapters.guomi import sm2_signer  # Only exports need it.

    return sm2_signer(settings.guomi_key)


def judge_under(roots: Path | None) -> Judge:
    from evidence.adapters import timestamps  # Only those who look at time stamps need it.

    return timestamps.judge_under(roots)


def certificates_in(der: bytes) -> str:
    from evidence.adapters import timestamps

    return timestamps.certificates_in(der)


def witnesses_of(settings: Settings) -> Witnesses:
    known = [Witness(parse_vkey(each.vkey, WITNESS), each.url.rstrip("/")) for each in settings.witnesses]
    return Witnesses(known, settings.witness_quorum)


def witness_in(folder: Path, name: str, ledgers: Mapping[str, Verifier]) -> tuple[Verifier, FastAPI]:
    """A witness of these ledgers, with its key and its book in a folder."""
    key, sign = witness_key(folder, name)
    book = WitnessBook(folder, key, sign, ledgers, lambda: int(clock().timestamp()))
    return key, witness_app(book.cosign, str(key))


# What only the commands of the archive need is loaded by them: the running service has no use for it.


def cold_store(where: str, endpoint: str | None, until: date | None, zone: tzinfo, *, make: bool = False) -> ColdStore:
    """The place of cold segments."""
    from evidence.adapters.object_store import object_store

    return object_store(where, endpoint, until, zone, make=make)


def craft() -> Craft:
    """What a segment is made and checked with."""
    from evidence.adapters import guomi, packing

    return Craft(packing.pack, packing.unpack, guomi.sm3, holds)


cli = build_cli(
    service,
    Instruments(
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
    ),
)
