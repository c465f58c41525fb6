"""A part of the ledger: all that can be said of it is said, and of what stood before only that it was taken as it stands."""

from uuid import UUID, uuid5

import pytest

from evidence.domain.tiles import Bundle, Tile

people = [uuid5(UUID(int=7), str(n)) for n in range(20)]
FIRST, LAST = 300, 560


@pytest.fixture(scope="module")
def sealed(desk_of_all):
    """650 records in three bundles; every stream begins before the part and goes on in it."""
    desk = desk_of_all
    found = desk.open()
    for n in range(648):
        stream, version = people[n % 20], n // 20 + 1
        found += desk.seal(desk.message(desk.event(stream, version)))
    return [each.leaf for each in found]


@pytest.fixture
def ledger(shelf, sealed):
    return shelf(sealed)


def test_a_part_that_nobody_touched_holds_and_says_what_it_takes(ledger, looking):
    verdict = looking.at_part(ledger, FIRST, LAST)
    assert verdict.findings == []
    assert (verdict.begin, verdict.checked) == (FIRST, LAST - FIRST + 1)
    assert verdict.says("chain") == (
        "holds for records 300 to 560; the record before them is the one whose hash is in the tree"
    )
    assert "what 20 streams had before is taken as their first record here says it" in verdict.says("streams")
    assert "keys registered before them are taken as they stand" in verdict.says("signatures")
    assert verdict.says("checkpoint") == "holds"


def test_a_part_from_the_beginning_takes_nothing_as_it_stands(ledger, looking):
    verdict = looking.at_part(ledger, 0, LAST)
    assert verdict.findings == []
    assert {verdict.says(layer) for layer in ("records", "chain", "streams", "flags", "signatures")} == {
        "holds for records 0 to 560"
    }


@pytest.mark.parametrize("place", [300, 301, 511, 512, 560])
def test_an_edited_record_in_the_part_is_found(ledger, looking, place):
    def edit(leaves):
        leaves[place % 256] = leaves[place % 256].replace(b"E1001", b"E1002")

    ledger.alter(Bundle(place // 256, min(256, 650 - place // 256 * 256)), edit)
    what = looking.found(looking.at_part(ledger, FIRST, LAST))
    assert {(place, "signature"), (None, "tile")} <= set(what)
    assert place == LAST or (place + 1, "chain") in what


def test_what_is_damaged_outside_of_the_part_is_not_the_parts_concern(ledger, looking):
    def edit(leaves):
        leaves[10] = leaves[10].replace(b"E1001", b"E1002")

    ledger.alter(Bundle(1, 256), edit)  # record 266, before the part, in its first bundle
    ledger.alter(Bundle(2, 138), lambda leaves: leaves.__setitem__(100, b"{}\n"))  # record 612, behind it
    assert looking.at_part(ledger, FIRST, LAST).findings == []
    assert looking.at_part(ledger, 266, LAST).findings != []
    assert looking.at_part(ledger, FIRST, 612).findings != []


def test_a_part_whose_tile_does_not_lead_to_the_root_is_found(shelf, sealed, looking):
    forged = shelf([*sealed[:400], sealed[400].replace(b"E1001", b"E1002"), *sealed[401:]])
    honest = shelf(sealed)
    for piece in (Bundle(1), Tile(0, 1)):
        honest.files[piece.path] = forged.files[piece.path]
    what = looking.found(looking.at_part(honest, FIRST, LAST))
    assert (400, "signature") in what
    assert (None, "tile") in what, "its own tile fits, the one above does not"


def test_a_record_before_the_part_that_was_exchanged_with_its_hash_is_found_by_the_first_link(shelf, sealed, looking):
    honest = shelf(sealed)
    row = bytearray(honest.files[Tile(0, 1).path])
    row[43 * 32 : 44 * 32] = b"\x07" * 32  # record 299
    honest.files[Tile(0, 1).path] = bytes(row)
    what = looking.found(looking.at_part(honest, FIRST, LAST))
    assert (FIRST, "chain") in what
    assert (None, "tile") in what


def test_a_checkpoint_over_another_tree_is_found(shelf, sealed, looking):
    ledger, other = shelf(sealed), shelf([*sealed[:-1], b"{}\n"])
    ledger.files["checkpoint"] = other.files["checkpoint"]
    assert (None, "root") in looking.found(looking.at_part(ledger, FIRST, LAST))


def test_a_gap_in_a_stream_within_the_part_is_found(desk, shelf, looking):
    sealed = desk.open() + desk.seal(*(desk.message(desk.event(people[0], n)) for n in (1, 2, 3, 5, 6)))
    leaves = [each.leaf for each in sealed]
    assert sealed[5].flags == ("out-of-order",)
    assert looking.at_part(shelf(leaves), 3, 6).findings == []
    leaves[5] = leaves[5].replace(b'"flags":["out-of-order"]', b'"flags":[]')
    assert (5, "flags") in looking.found(looking.at_part(shelf(leaves), 3, 6))
    assert (5, "flags") not in looking.found(looking.at_part(shelf(leaves), 5, 6)), (
        "there it is the first of its stream"
    )


def test_a_duplicate_within_the_part_is_known_and_one_of_before_is_taken_as_it_stands(desk, shelf, looking):
    first, second, third = (desk.event(people[0], n) for n in (1, 2, 3))
    sealed = desk.open() + desk.seal(*map(desk.message, (first, second, third, third, first)))
    leaves = [each.leaf for each in sealed]
    assert [each.flags for each in sealed[5:]] == [("duplicate",), ("duplicate",)]
    assert looking.at_part(shelf(leaves), 3, 6).findings == []
    late = [leaf.replace(b'"flags":["duplicate"]', b'"flags":["out-of-order"]') for leaf in leaves]
    assert looking.found(looking.at_part(shelf(late), 3, 6))[0] == (5, "flags"), "it was there within the part"
    late[5] = leaves[5]
    assert (6, "flags") not in looking.found(looking.at_part(shelf(late), 3, 6)), "it may have been there before"


def test_a_key_that_nobody_registered_is_not_taken_for_one(desk, shelf, looking):
    sealed = desk.open() + desk.seal(
        desk.message(desk.event(people[0], 1)), desk.message(desk.event(people[1], 1, "learning"), "learning")
    )
    leaves = [each.leaf for each in sealed]
    assert sealed[3].flags == ("unknown-key",)
    assert looking.at_part(shelf(leaves), 2, 3).findings == []
    leaves[3] = leaves[3].replace(b'"flags":["unknown-key"]', b'"flags":[]')
    assert (3, "signature") in looking.found(looking.at_part(shelf(leaves), 2, 3))


def test_a_registration_before_the_part_that_was_exchanged_is_found(desk, shelf, looking):
    sealed = desk.open() + desk.seal(desk.message(desk.event(people[0], 1)), desk.message(desk.event(people[0], 2)))
    ledger = shelf([each.leaf for each in sealed])
    other = desk.seal(desk.message(desk.registration("learning", 3), "evidence"))[0].leaf
    ledger.alter(Bundle(0, 4), lambda leaves: leaves.__setitem__(1, other))
    found = looking.found(looking.at_part(ledger, 2, 3))
    assert (1, "tile") in found
    assert {(2, "signature"), (3, "signature")} <= set(found), "the key that they are signed with is nowhere"


def test_signatures_can_be_left_out_and_then_nothing_is_said_of_them(ledger, looking):
    def edit(leaves):
        leaves[50] = leaves[50].replace(b"signature", b"signaturf")

    verdict = looking.at_part(ledger, FIRST, LAST, signatures=False)
    assert verdict.says("signatures") == "not checked: it was asked not to"
    assert "those about signatures were not checked" in verdict.says("flags")
    ledger.alter(Bundle(1, 256), edit)
    assert verdict.findings == []
    assert {what for _, what in looking.found(looking.at_part(ledger, FIRST, LAST, signatures=False))} == {
        "chain",
        "stream",
        "tile",
    }
