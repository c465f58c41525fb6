"""What works beside the service: who seals, who publishes, who looks whether all is there, who has it stamped."""

import asyncio
from datetime import timedelta
from functools import partial

from chassis.keeping.running import Running
from chassis.keeping.store import Store
from chassis.keeping.work import begun_by
from contracts.topics import PUBLISHED
from evidence.adapters.documents import DocumentFolder
from evidence.adapters.files import TileFolder
from evidence.adapters.publisher import Publisher
from evidence.adapters.reconciler import Reconciler, asking, look
from evidence.adapters.self_check import SelfChecks
from evidence.adapters.sequencer import Desk, Sequencer, sequence
from evidence.adapters.services import HttpServices
from evidence.adapters.signatures import Checkers, ledger_key
from evidence.adapters.witnesses import Witness, Witnesses
from evidence.domain.keys import OWN
from evidence.domain.notes import WITNESS, parse_vkey
from evidence.errands import Rounds
from evidence.settings import Settings

BETWEEN_ROUNDS = 1.0  # seconds


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


def witnesses_of(settings: Settings) -> Witnesses:
    known = [Witness(parse_vkey(each.vkey, WITNESS), each.url.rstrip("/")) for each in settings.witnesses]
    return Witnesses(known, settings.witness_quorum)
