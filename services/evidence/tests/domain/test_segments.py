"""A segment cut out of a ledger and opened again: alone, by others, and not if one byte of it was changed."""

from dataclasses import replace
from datetime import date
from hashlib import sha256

import pytest
from nacl.signing import SigningKey

from evidence.adapters.files import TileFolder
from evidence.adapters.guomi import sm3
from evidence.adapters.packing import pack, unpack
from evidence.adapters.signatures import holds
from evidence.domain.notes import Verifier
from evidence.domain.packing import Craft, cut, opened
from evidence.domain.segments import (
    CHECKPOINT,
    ENTRIES,
    MANIFEST,
    TILES,
    Marks,
    NotASegment,
    Segment,
    complete,
    parse_manifest,
)
from evidence.domain.tiles import Bundle, Tile

SMALL = 256
CRAFT = Craft(pack, unpack, sm3, holds)
second = Segment(1, SMALL)


@pytest.fixture
def folder(short_ledger) -> TileFolder:
    """A ledger of 714 records: two segments of 256, and the rest."""
    return TileFolder(short_ledger)


@pytest.fixture
def objects(folder) -> dict[str, bytes]:
    return cut(folder, second, CRAFT, date(2036, 3, 2))


def marked_anew(objects: dict[str, bytes], **said: object) -> dict[str, bytes]:
    """The objects under a manifest that fits their bytes, and says something else beside."""
    manifest = parse_manifest(objects[MANIFEST])
    kept = {name: data for name, data in objects.items() if name != MANIFEST}
    marks = {name: Marks(len(data), sha256(data).hexdigest(), sm3(data)) for name, data in kept.items()}
    return {**objects, MANIFEST: replace(manifest, objects=marks, **said).written()}


def test_a_segment_is_a_full_tile_of_level_1_and_all_beneath_it():
    segment = Segment(3)
    assert (segment.first, segment.end, segment.folder) == (196_608, 262_144, "segments/000000003")
    assert (segment.bundles[0], segment.bundles[-1], len(segment.bundles)) == (Bundle(768), Bundle(1023), 256)
    assert (segment.tiles[0], segment.tiles[-2:], len(segment.tiles)) == (
        Tile(0, 768),
        (Tile(0, 1023), Tile(1, 3)),
        257,
    )
    assert [each.number for each in complete(65_536 * 2 + 65_535)] == [0, 1]
    assert complete(65_535) == []


@pytest.mark.parametrize("wrong", [(-1, 256), (0, 0), (0, 100), (0, 512), (0, 65_537)])
def test_segments_of_other_lengths_are_none(wrong):
    with pytest.raises(ValueError):
        Segment(*wrong)


def test_what_was_cut_opens_as_it_was_published(folder, objects):
    back = opened(objects, second, CRAFT, folder.vkey())
    assert back.covering.size == 714
    assert {piece.path: data for piece, data in back.pieces.items()} == {
        path: folder.read(path) for path in ("tile/entries/001", "tile/0/001")
    }
    assert back.manifest.retained_until == date(2036, 3, 2)
    assert back.manifest.objects[ENTRIES].sm3 == sm3(objects[ENTRIES])


def test_a_manifest_names_the_record_before_so_that_the_chain_can_be_picked_up(folder, objects):
    assert parse_manifest(objects[MANIFEST]).before == folder.tile(Tile(0, 0))[-32:]
    assert parse_manifest(cut(folder, Segment(0, SMALL), CRAFT, None)[MANIFEST]).before is None


def test_a_segment_that_is_not_full_cannot_be_cut(folder):
    with pytest.raises(NotASegment, match="714 records are published; segment 2 ends with 768"):
        cut(folder, Segment(2, SMALL), CRAFT, None)


@pytest.mark.parametrize("name", [ENTRIES, TILES, CHECKPOINT, MANIFEST])
def test_one_changed_byte_of_any_object_is_found(objects, name):
    for at in (0, len(objects[name]) // 2, len(objects[name]) - 1):
        changed = bytearray(objects[name])
        changed[at] ^= 1
        with pytest.raises(NotASegment, match=name):
            opened({**objects, name: bytes(changed)}, second, CRAFT)


@pytest.mark.parametrize("name", [ENTRIES, TILES, CHECKPOINT, MANIFEST])
def test_a_missing_object_is_named(objects, name):
    del objects[name]
    with pytest.raises(NotASegment, match=f"{name} is missing"):
        opened(objects, second, CRAFT)


def test_changed_records_are_found_although_the_manifest_was_made_to_fit_them(objects):
    entries = unpack(objects[ENTRIES]).replace(b"36.5", b"63.5", 1)
    with pytest.raises(NotASegment, match="tile/0/001 and the records differ from record 256 on"):
        opened(marked_anew({**objects, ENTRIES: pack(entries)}), second, CRAFT)


def test_changed_records_and_tiles_are_not_those_that_the_checkpoint_covers(folder, objects):
    other = cut(folder, Segment(0, SMALL), CRAFT, None)
    swapped = marked_anew({**objects, ENTRIES: other[ENTRIES], TILES: other[TILES]})
    with pytest.raises(NotASegment, match="the checkpoint over 714 records does not cover these"):
        opened(swapped, second, CRAFT)


def test_a_checkpoint_of_another_root_or_of_nobody_is_refused(objects):
    note = objects[CHECKPOINT].decode()
    lines = note.split("\n")
    lines[2] = f"{'A' * 43}="
    for forged in ("\n".join(lines), note.replace("\n714\n", "\n713\n")):
        with pytest.raises(NotASegment, match="is not signed by"):
            opened(marked_anew({**objects, CHECKPOINT: forged.encode()}, note=forged), second, CRAFT)


def test_a_checkpoint_by_another_key_than_the_one_asked_for_is_refused(objects):
    other = Verifier("qizheng.example/ledger", bytes(SigningKey(b"\x08" * 32).verify_key))
    with pytest.raises(NotASegment, match="is not signed by"):
        opened(objects, second, CRAFT, str(other))


def test_a_manifest_of_another_segment_or_of_another_beginning_is_refused(objects):
    with pytest.raises(NotASegment, match="is of segment 1"):
        opened(objects, Segment(0, SMALL), CRAFT)
    with pytest.raises(NotASegment, match="another record before the first"):
        opened(marked_anew(objects, before=bytes(32)), second, CRAFT)


@pytest.mark.parametrize("wrong", [b"", b"{}\n", b"[]\n", b'{"segment":"1"}\n', b"\xff\n"])
def test_what_is_no_manifest_is_said_to_be_none(wrong):
    with pytest.raises(NotASegment, match=MANIFEST):
        parse_manifest(wrong)


def test_every_field_of_a_manifest_must_be_of_its_kind(objects):
    for field, value in ((b'"segment":1', b'"segment":null'), (b'"length":256', b'"length":255'), (b'"v":1', b'"v":2')):
        assert field in objects[MANIFEST]
        with pytest.raises(NotASegment, match=MANIFEST):
            parse_manifest(objects[MANIFEST].replace(field, value))


def test_what_was_not_packed_is_not_unpacked():
    for wrong in (b"", b"nothing packed", pack(b"x" * 1_000)[:-1], pack(b"x") + b"more"):
        with pytest.raises(ValueError):
            unpack(wrong)


def test_sm3_is_that_of_the_standard():
    assert sm3(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert sm3(b"abcd" * 16) == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
