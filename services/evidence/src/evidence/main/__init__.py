"""Evidence, put together."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import cast

from chassis.facing.service import Service
from chassis.keeping.errands import Outcome
from chassis.keeping.running import Duties, Running
from chassis.keeping.work import House
from contracts.envelope import Event, Fact
from contracts.evidence import CaseOpened, DeadLetterDiscarded, DeadLetterRetried, DossierRequested
from contracts.topics import PUBLISHED
from evidence.adapters.filed_documents import FiledDocuments
from evidence.adapters.files import TileFolder
from evidence.adapters.reconciler import Reconciler
from evidence.cli import build_cli
from evidence.errands import Authority, Rounds, Stamping
from evidence.http import POLICY, case_routes, routes
from evidence.main.beside import stamp, work
from evidence.main.instruments import INSTRUMENTS
from evidence.main.leaving import DossiersWhenNeeded, keyring
from evidence.settings import Settings
from evidence.views import archived_segments, cases, self_checks, stamps, topics_made_anew
from evidence.views import holds as legal_holds

HOUSE = House(
    "evidence",
    PUBLISHED["evidence"],
    (topics_made_anew, stamps, archived_segments, self_checks, cases, legal_holds),
    errands=frozenset({CaseOpened, DossierRequested}),
)


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


cli = build_cli(service, INSTRUMENTS)
