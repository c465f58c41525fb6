"""Evidence at work on a real database: what its sequencer is handed, and what an outsider thinks of the result."""

import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chassis.keeping.listening import Message
from chassis.keeping.store import Store
from evidence.adapters.documents import DocumentFolder
from evidence.adapters.files import TileFolder
from evidence.adapters.publisher import Publisher
from evidence.adapters.sequencer import Sequencer
from evidence.adapters.signatures import Checkers, ledger_key
from evidence.domain.records import Sealed

OUTSIDER = Path(__file__).parents[4] / "tests" / "outsider.py"
ORIGIN = "qizheng.example/ledger"


def load_outsider() -> Any:
    """The outsider as a module, by its path: it stands in no package, and knows nothing of ours."""
    spec = importlib.util.spec_from_file_location("outsider", OUTSIDER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["outsider"] = module
    spec.loader.exec_module(module)
    return module


@dataclass
class Office:
    """A ledger with its folder. Each call of `sequencer` is another process that seals."""

    store: Store
    folder: Path
    outsider: Any

    def __post_init__(self) -> None:
        self.checkers = Checkers(2)
        self.sequencers: list[Sequencer] = []

    @property
    def ledger(self) -> TileFolder:
        return TileFolder(self.folder / "ledger")

    @property
    def documents(self) -> DocumentFolder:
        return DocumentFolder(self.folder / "documents")

    def sequencer(self) -> Sequencer:
        made = Sequencer(self.store, self.documents, self.checkers)
        self.sequencers.append(made)
        return made

    def publisher(self) -> Publisher:
        return Publisher(self.store, self.ledger, *ledger_key(ORIGIN, self.folder / "keys"))

    def seal(self, *messages: Message) -> list[Sealed]:
        """One process from start to end: it seals these in one batch, and publishes them."""
        sequencer = self.sequencer()
        sequencer.positions()
        sealed = sequencer.seal(messages)
        self.publisher().publish()
        sequencer.leave()
        return sealed

    def breaches(self) -> list[str]:
        """What the outsider finds wrong."""
        ledger = self.outsider.Ledger(self.outsider.source_of(str(self.ledger.root)))
        return [f"{breach.rule}: {breach.where}" for breach in self.outsider.look_at_ledger(ledger)]

    def close(self) -> None:
        for sequencer in self.sequencers:
            sequencer.leave()
        self.checkers.close()
        self.store.close()


@pytest.fixture(scope="session")
def outsider() -> Any:
    return load_outsider()


@pytest.fixture
def office(database: str, tmp_path: Path, outsider: Any) -> Iterator[Office]:
    """An empty ledger. Whatever a test does with it, at its end the outsider finds no breach."""
    store = Store(database)
    store.migrate("evidence")
    made = Office(store, tmp_path, outsider)
    try:
        yield made
        if made.ledger.checkpoint() is not None:
            assert made.breaches() == []
    finally:
        made.close()
