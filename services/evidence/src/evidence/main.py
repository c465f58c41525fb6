"""Evidence, put together."""

from functools import partial

from chassis.facing.service import Service
from chassis.keeping.running import Running
from chassis.keeping.store import Store
from chassis.keeping.work import House
from contracts.evidence import DeadLetterDiscarded, DeadLetterRetried
from contracts.topics import PUBLISHED
from evidence.adapters.documents import DocumentFolder
from evidence.adapters.files import TileFolder
from evidence.adapters.mirror import published_at
from evidence.adapters.publisher import Publisher
from evidence.adapters.sequencer import Desk, Sequencer, sequence
from evidence.adapters.signatures import Checkers, holds, ledger_key
from evidence.cli import Instruments, build_cli
from evidence.http import POLICY, routes
from evidence.settings import Settings
from evidence.views import topics_made_anew


def service() -> Service[Settings]:
    """The service of evidence."""
    settings = Settings.of("evidence")
    return Service(
        package="evidence",
        house=House("evidence", PUBLISHED["evidence"], (topics_made_anew,)),
        settings=settings,
        policy=POLICY,
        letters=(DeadLetterRetried, DeadLetterDiscarded),
        routers=routes(TileFolder(settings.ledger), public=settings.serves_publicly),
        beside=partial(seal, settings=settings),
    )


def seal(running: Running, settings: Settings) -> Desk:
    """Sets the sequencer to work beside the service."""
    sequencer = Sequencer(running.store, DocumentFolder(settings.documents), Checkers())
    return sequence(running, sequencer, publisher(running.store, settings), settings.kafka)


def publisher(store: Store, settings: Settings) -> Publisher:
    return Publisher(store, TileFolder(settings.ledger), *ledger_key(settings.origin, settings.keys))


cli = build_cli(service, Instruments(published_at, DocumentFolder, Checkers, holds))
