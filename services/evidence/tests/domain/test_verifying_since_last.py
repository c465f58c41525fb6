"""Going on from the last verification: nothing that was verified is read again, and nothing that changed gets by."""

from uuid import UUID, uuid5

import pytest

from evidence.domain.kept import Kept, NotKept, decode, encode
from evidence.domain.tiles import Bundle, Tile
from evidence.domain.verifying import Standing

pytestmark = pytest.mark.long
people = [uuid5(UUID(int=7), str(n)) for n in range(9)]


@pytest.fixture(scope="module")
def sealed(desk_of_all):
    desk = desk_of_all
    found = desk.sample()
    for n in range(700):
        found += desk.seal(desk.message(desk.event(people[n % 9], n // 9 + 1)))
    return [each.leaf for each in found]


@pytest.fixture
def verified(shelf, sealed, looking):
    """Verifies the first records, and goes on from what was kept of that."""

    def made(size: int) -> Standing:
        standing = Standing()
        assert looking.at_all(shelf(sealed[:size]), standing).findings == []
        return decode(encode(Kept("a", standing))).standing

    return made


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 511, 512, 600])
def test_what_is_kept_goes_on_as_if_it_had_never_stopped(shelf, sealed, looking, verified, size):
    standing, whole = verified(size), Standing()
    verdict = looking.at_all(shelf(sealed), standing)
    assert looking.at_all(shelf(sealed), whole).findings == []
    assert (verdict.findings, verdict.begin, verdict.checked) == ([], size, len(sealed) - size)
    assert standing == whole
    assert verdict.says("chain") == (f"holds, going on from record {size}" if size else "holds")


def test_a_ledger_that_has_not_grown_holds(shelf, sealed, looking, verified):
    verdict = looking.at_all(shelf(sealed), verified(len(sealed)))
    assert (verdict.findings, verdict.checked) == ([], 0)


def test_new_damage_is_found_and_old_bundles_are_not_read(shelf, sealed, looking, verified):
    ledger, standing = shelf(sealed), verified(600)
    del ledger.files[Bundle(0).path]
    assert looking.at_all(ledger, standing).findings == []
    edited = list(sealed)
    edited[650] = edited[650].replace(b"E1001", b"E1002")
    found = looking.found(looking.at_all(shelf(edited), verified(600)))
    assert {(650, "signature"), (651, "chain")} <= set(found)


@pytest.mark.parametrize("place", [3, 300, 599])
def test_a_ledger_that_was_rewritten_before_is_found_even_if_it_is_signed_anew(shelf, sealed, looking, verified, place):
    edited = [*sealed[:place], sealed[place].replace(b"E1001", b"E1002"), *sealed[place + 1 :]]
    verdict = looking.at_all(shelf(edited), verified(600))
    assert looking.found(verdict) == [(None, "growth")]
    assert verdict.says("chain") == "holds as far as it could be checked: 0 records"


def test_a_ledger_that_was_rewound_is_found(shelf, sealed, looking, verified):
    verdict = looking.at_all(shelf(sealed[:599]), verified(600))
    assert looking.found(verdict) == [(None, "rewound")]
    assert verdict.says("checkpoint").startswith("broken: rewound: 600 records were verified before")


def test_an_old_tile_that_was_altered_at_the_edge_is_found(shelf, sealed, looking, verified):
    ledger, standing = shelf(sealed), verified(600)
    edge = Tile(0, 2, len(sealed) - 512).path
    ledger.files[edge] = b"\x07" * 32 + ledger.files[edge][32:]
    assert looking.found(looking.at_all(ledger, standing)) == [(None, "growth")]


def test_an_event_of_before_is_still_known_as_a_duplicate(shelf, sealed, looking, verified, desk_of_all):
    again = desk_of_all.event(people[0], 2)
    (sealed_again,) = desk_of_all.seal(desk_of_all.message(again))
    assert sealed_again.flags == ("duplicate",)
    lied = sealed_again.leaf.replace(b'"flags":["duplicate"]', b'"flags":["out-of-order"]')
    assert looking.at_all(shelf([*sealed, sealed_again.leaf]), verified(600)).findings == []
    assert (len(sealed), "flags") in looking.found(looking.at_all(shelf([*sealed, lied]), verified(600)))


def test_what_is_kept_is_small(verified):
    assert len(encode(Kept("a", verified(700)))) < 3_000


@pytest.mark.parametrize("place", [0, 20, 200, -1, -60])
def test_what_is_kept_tells_damage(verified, place):
    kept = bytearray(encode(Kept("a", verified(300))))
    kept[place] ^= 1
    with pytest.raises(NotKept):
        decode(bytes(kept))


@pytest.mark.parametrize("other", [b"", b"{}", b"{}\n", b"[]\n", b"\xff", b'{"sha256":""}\n'])
def test_what_was_never_kept_is_not_taken_for_it(other):
    with pytest.raises(NotKept):
        decode(other)


def test_what_is_kept_in_another_format_is_not_read(verified):
    kept = encode(Kept("a", verified(3)))
    with pytest.raises(NotKept):
        decode(kept.replace(b"verified/v1", b"verified/v2"))
    with pytest.raises(NotKept):
        decode(kept + b"more")
