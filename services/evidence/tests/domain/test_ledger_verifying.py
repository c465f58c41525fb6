"""The walk: an untouched ledger is whole, and each kind of tampering is found where it was done."""

import json
from hashlib import sha256

import pytest

from evidence.domain.notes import Checkpoint
from evidence.domain.records import Sealed
from evidence.domain.tree import leaf_hash
from evidence.domain.verifying import Finding, Progress, Standing, compare, walk


@pytest.fixture
def records(desk) -> list[Sealed]:
    return desk.sample()


@pytest.fixture
def leaves(records) -> list[bytes]:
    return [record.leaf for record in records]


@pytest.fixture
def found(answered):
    """The findings of a walk over these leaves, as (seq, what)."""

    def walked(leaves, documents=None) -> list[tuple[int | None, str]]:
        steps = walk(leaves, Standing(), answered, documents)
        return [(step.seq, step.what) for step in steps if isinstance(step, Finding)]

    return walked


def rewritten(leaf: bytes, **changes: object) -> bytes:
    line, _, body = leaf.partition(b"\n")
    said = json.loads(line) | changes
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n" + body


def relinked(leaves: list[bytes], start: int) -> list[bytes]:
    """The same leaves, from `start` on with the place and chain set right again, as a forger would."""
    done = leaves[:start]
    for leaf in leaves[start:]:
        done.append(rewritten(leaf, seq=len(done), prev=leaf_hash(done[-1]).hex() if done else None))
    return done


def test_the_sample_holds_every_flag(records):
    flags = {flag for record in records for flag in record.flags}
    assert flags == {
        "duplicate", "unsigned", "bad-signature", "unknown-key", "not-an-event", "oversize", "out-of-order",
    }  # fmt: skip


def test_an_untouched_ledger_is_whole(records, leaves, found):
    documents = {sha256(each).hexdigest(): each for record in records for each in record.documents}
    assert found(leaves) == []
    assert found(leaves, documents.get) == []


def test_a_walk_ends_with_the_root_and_says_how_far_it_came(leaves, answered):
    standing = Standing()
    steps = list(walk(leaves, standing, answered))
    assert steps == [Progress(len(leaves))]
    stated = Checkpoint("o", len(leaves), standing.frontier.root())
    assert list(compare(standing, stated)) == []


def test_a_walk_can_go_on_where_another_stopped(leaves, answered):
    at_once, in_parts = Standing(), Standing()
    list(walk(leaves, at_once, answered))
    assert list(walk(leaves[:5], in_parts, answered)) == [Progress(5)]
    assert list(walk(leaves[5:], in_parts, answered)) == [Progress(len(leaves))]
    assert in_parts == at_once


def test_an_edited_event_is_found_by_its_signature_and_by_the_next_link(leaves, found):
    leaves[2] = leaves[2].replace(b"E1001", b"E1002").replace(b'"key":"E1002"', b'"key":"E1001"')
    assert found(leaves)[:2] == [(2, "signature"), (3, "chain")]


def test_an_edited_envelope_is_found_by_the_next_link(leaves, found):
    leaves[7] = rewritten(leaves[7], key="E1002")
    assert found(leaves) == [(8, "chain"), (8, "stream")]


def test_an_edit_with_all_links_made_anew_is_found_by_the_stream_or_the_checkpoint(leaves, found, answered):
    whole = Standing()
    list(walk(leaves, whole, answered))
    stated = Checkpoint("o", len(leaves), whole.frontier.root())
    forged = relinked([*leaves[:13], rewritten(leaves[13], key="E1002")], 13)
    assert found(forged) == []
    standing = Standing()
    list(walk(forged, standing, answered))
    assert [finding.what for finding in compare(standing, stated)] == ["root"]


def test_a_deleted_record_is_found(leaves, found):
    del leaves[2]
    assert found(leaves)[:2] == [(2, "place"), (2, "chain")]


def test_a_deleted_record_with_the_chain_made_anew_is_found_by_its_stream(leaves, found):
    del leaves[2]
    assert (2, "stream") in found(relinked(leaves, 2))


def test_an_inserted_record_is_found(leaves, found):
    assert (3, "place") in found([*leaves[:3], leaves[2], *leaves[3:]])
    assert (3, "offset") in found(relinked([*leaves[:3], leaves[2], *leaves[3:]], 3))


def test_reordered_records_are_found(leaves, found):
    leaves[2], leaves[3] = leaves[3], leaves[2]
    assert [what for seq, what in found(leaves) if seq == 2][:2] == ["place", "chain"]
    assert (2, "stream") in found(relinked(leaves, 2))


def test_a_cut_off_end_is_found_only_by_the_checkpoint(leaves, found, answered):
    whole, cut = Standing(), Standing()
    list(walk(leaves, whole, answered))
    stated = Checkpoint("o", len(leaves), whole.frontier.root())
    assert found(leaves[:-1]) == []
    list(walk(leaves[:-1], cut, answered))
    assert [finding.what for finding in compare(cut, stated)] == ["size"]


@pytest.mark.parametrize("seq", range(13))
def test_a_flag_that_is_not_the_truth_is_found(leaves, found, seq):
    said = json.loads(leaves[seq].partition(b"\n")[0])["flags"]
    other = [flag for flag in said if flag == "oversize"] + ["unknown-key"] * ("unknown-key" not in said)
    leaves[seq] = rewritten(leaves[seq], flags=sorted(other))
    assert {(seq, "flags"), (seq, "signature")} & set(found(leaves))


@pytest.mark.parametrize(
    "changes",
    [
        {"extra": 1},
        {"headers": "none"},
        {"headers": [["h"]]},
        {"headers": [[1, "v"]]},
        {"key": 5},
        {"key": {"base64": "!"}},
        {"ingested": "today"},
        {"ingested": "2026-13-01T00:00:00.000000Z"},
        {"epoch": "1"},
        {"flags": None},
    ],
    ids=str,
)
def test_an_envelope_out_of_form_is_found(leaves, found, changes):
    leaves[3] = rewritten(leaves[3], **changes)
    assert (3, "envelope") in found(leaves)


def test_text_that_is_written_as_base64_is_found(leaves, found):
    leaves[3] = rewritten(leaves[3], key={"base64": "RTEwMDE="})
    assert (3, "envelope") in found(leaves)


def test_an_envelope_that_is_not_canonical_is_found(leaves, found):
    leaves[3] = leaves[3].replace(b'{"epoch":', b'{ "epoch":', 1)
    assert found(leaves)[0] == (3, "envelope")


def test_an_envelope_that_names_another_event_is_found(leaves, found):
    leaves[3] = rewritten(leaves[3], stream_version=3)
    assert (3, "event") in found(leaves)


def test_an_oversize_record_is_held_against_its_document(records, leaves, found):
    (seq,) = (record.seq for record in records if "oversize" in record.flags)
    (document,) = records[seq].documents
    assert found(leaves, {}.get) == [(seq, "document")]
    assert found(leaves, lambda _: document + b" ") == [(seq, "document")]
    leaves[seq] = rewritten(leaves[seq], flags=["bad-signature", "oversize"])
    assert (seq, "flags") not in found(leaves)
    assert (seq, "oversize") in found(leaves, lambda _: document)


def test_an_oversize_record_may_hide_nothing_in_its_second_line(records, leaves, found):
    (seq,) = (record.seq for record in records if "oversize" in record.flags)
    leaves[seq] += b"more"
    assert (seq, "oversize") in found(leaves)
    leaves[seq] = rewritten(leaves[seq][:-4], event="x")
    assert (seq, "event") in found(leaves)


def test_a_key_registered_under_a_name_that_is_not_its_own_is_found(desk, found):
    records = desk.seal(desk.message(desk.registration("evidence", 1, key_id="evidence/00000000"), "evidence"))
    assert found([record.leaf for record in records]) == [(0, "key")]


def test_a_leaf_too_long_to_publish_is_found(leaves, found):
    leaves[-1] = leaves[-1] + b" " * 65_535
    assert (len(leaves) - 1, "leaf") in found(leaves)
