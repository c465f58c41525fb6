"""A process that dies between two writes: the next one finishes, and the ledger is the one it would have been."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from evidence.adapters.sequencer import Sequencer
from evidence.domain.published import Forked
from evidence.domain.tree import EMPTY_ROOT

pytestmark = pytest.mark.postgres


class PowerCut(Exception):
    """What happens to a process in the middle."""


def cut(*_: object) -> None:
    raise PowerCut


@pytest.fixture
def power_cut_at(monkeypatch):
    """Ends whoever comes to this place."""

    @contextmanager
    def at(place: str) -> Generator[None]:
        with monkeypatch.context() as patched:
            patched.setattr(place, cut)
            with pytest.raises(PowerCut):
                yield

    return at


@pytest.fixture
def first(office, desk) -> int:
    """A ledger that was sealed and published in good order, and its size."""
    office.seal(*desk.opening(), *(desk.hears(desk.event(version=n)) for n in range(1, 400)))
    return 401


def more(desk) -> list[object]:
    return [desk.hears(desk.event(version=n)) for n in range(400, 700)]


def published_size(office) -> int:
    return int(office.ledger.checkpoint().split(b"\n")[1])


def test_dying_before_the_commit_leaves_nothing_behind(office, desk, first, power_cut_at):
    messages = more(desk)
    sequencer = office.sequencer()
    with power_cut_at("evidence.adapters.records._write_heads"):
        sequencer.seal(messages)
    sequencer.leave()
    assert office.store.rows("select count(*) from records")[0]["count"] == first
    office.seal(*messages)
    assert published_size(office) == first + 300


def test_dying_after_the_records_and_before_the_tiles(office, desk, first):
    sequencer: Sequencer = office.sequencer()
    sequencer.seal(more(desk))
    sequencer.leave()
    assert published_size(office) == first
    assert office.breaches() == []
    office.publisher().publish()
    assert published_size(office) == first + 300


def test_dying_among_the_tiles(office, desk, first, power_cut_at):
    sequencer: Sequencer = office.sequencer()
    sequencer.seal(more(desk))
    sequencer.leave()
    with power_cut_at("evidence.adapters.files._settle"):
        office.publisher().publish()
    assert published_size(office) == first
    office.publisher().publish()
    assert published_size(office) == first + 300


def test_dying_after_the_tiles_and_before_the_checkpoint(office, desk, first, power_cut_at):
    sequencer: Sequencer = office.sequencer()
    sequencer.seal(more(desk))
    sequencer.leave()
    with power_cut_at("evidence.adapters.files.TileFolder.publish_checkpoint"):
        office.publisher().publish()
    assert published_size(office) == first
    assert office.breaches() == []
    office.publisher().publish()
    assert published_size(office) == first + 300


def test_a_lost_folder_is_published_anew_to_the_byte(office, desk, first):
    before = {path.name: path.read_bytes() for path in office.ledger.root.rglob("*") if path.is_file()}
    shutil.rmtree(office.ledger.root)
    office.publisher().publish()
    after = {path.name: path.read_bytes() for path in office.ledger.root.rglob("*") if path.is_file()}
    assert after == before


def test_a_lost_tile_is_made_anew(office, desk, first):
    (office.ledger.root / "tile/0/001.p/145").unlink()
    office.publisher().publish()
    assert published_size(office) == first


def test_an_empty_ledger_has_a_checkpoint_too(office):
    office.publisher().publish()
    assert published_size(office) == 0
    assert EMPTY_ROOT not in office.ledger.checkpoint()


def test_records_behind_what_is_published_are_not_signed_over(office, desk, first):
    office.store.rows("update ledger set size = 0, peaks = '{}' returning size")
    with pytest.raises(Forked, match="401 records are published, but only 0 are there"):
        office.publisher().publish()
    assert published_size(office) == first


def test_other_records_than_were_published_are_not_signed(office, desk, first):
    sequencer: Sequencer = office.sequencer()
    sequencer.seal(more(desk))
    sequencer.leave()
    office.store.rows("update records set leaf_hash = sha256('other') where seq = 500 returning seq")
    with pytest.raises(Forked):
        office.publisher().publish()
    assert published_size(office) == first
