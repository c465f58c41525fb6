"""Attacks by somebody with the database and the files, and without any key: which layer detects them, and which does not."""

import pytest

from evidence.domain.canonical import canonical, parse
from evidence.domain.tree import leaf_hash

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(180)]


def test_a_ledger_that_nobody_touched(house, auditor, detected):
    """The control: what the tests below find, they find because of the attack."""
    detected(
        auditor.layers(),
        by=set(),
        not_by={
            "records",
            "chain",
            "streams",
            "flags",
            "signatures",
            "tree",
            "checkpoint",
            "stamps",
            "witnesses",
            "older checkpoint",
            "last verification",
        },
    )
    detected(
        auditor.offline(),
        by=set(),
        not_by={"checkpoint", "witnesses", "tree", "chain", "streams", "flags", "signatures"},
    )


def test_edit_bytes(attacker, auditor, detected):
    """One record says something else, in the database and in its bundle; its hash, the tree and the checkpoint stay."""
    leaves = attacker.leaves
    hashes = [leaf_hash(leaf) for leaf in leaves]
    leaves[4] = attacker.changed(leaves[4])
    attacker.rewrites(leaves, hashes)
    detected(
        auditor.layers(),
        by={"chain", "streams", "signatures", "tree"},
        not_by={"records", "flags", "checkpoint", "stamps", "witnesses", "older checkpoint", "last verification"},
    )
    detected(
        auditor.offline(), by={"tree", "chain", "streams", "flags", "signatures"}, not_by={"checkpoint", "witnesses"}
    )


def test_edit_and_fix_the_leaf_hash(attacker, auditor, detected):
    """The same, and the record's hash and the tiles above it are made to fit; the checkpoint stays."""
    leaves = attacker.leaves
    leaves[4] = attacker.changed(leaves[4])
    attacker.rewrites(leaves)
    detected(
        auditor.layers(),
        by={"chain", "streams", "signatures", "tree", "stamps", "last verification"},
        not_by={"records", "flags", "checkpoint", "witnesses", "older checkpoint"},
    )
    detected(
        auditor.offline(), by={"tree", "chain", "streams", "flags", "signatures"}, not_by={"checkpoint", "witnesses"}
    )


def test_delete(attacker, auditor, detected):
    """A record is gone, and the checkpoint states what is left, over the signatures that it had."""
    leaves = attacker.leaves
    del leaves[4]
    attacker.states(attacker.rewrites(leaves))
    detected(
        auditor.layers(),
        by={
            "records",
            "chain",
            "streams",
            "flags",
            "checkpoint",
            "stamps",
            "witnesses",
            "older checkpoint",
            "last verification",
        },
        not_by={"signatures", "tree"},
    )
    detected(
        auditor.offline(), by={"checkpoint", "witnesses", "chain", "streams", "flags"}, not_by={"tree", "signatures"}
    )


def test_insert(attacker, auditor, detected):
    """A record that nobody sent stands between two others, links to the one before it, and says that it is signed."""
    leaves = attacker.leaves
    made = attacker.changed(attacker.made(leaves[4], seq=5, offset=2, prev=leaf_hash(leaves[4]).hex()))
    attacker.states(attacker.rewrites([*leaves[:5], made, *leaves[5:]]))
    detected(
        auditor.layers(),
        by={
            "records",
            "chain",
            "streams",
            "flags",
            "checkpoint",
            "stamps",
            "witnesses",
            "older checkpoint",
            "last verification",
            "signatures",
        },
        not_by={"tree"},
    )
    detected(
        auditor.offline(), by={"checkpoint", "witnesses", "chain", "streams", "flags", "signatures"}, not_by={"tree"}
    )


def test_reorder(attacker, auditor, detected):
    """Two neighbours, of two streams, have changed places."""
    leaves = attacker.leaves
    leaves[4], leaves[5] = leaves[5], leaves[4]
    attacker.states(attacker.rewrites(leaves))
    detected(
        auditor.layers(),
        by={"records", "chain", "checkpoint", "stamps", "witnesses", "older checkpoint", "last verification"},
        not_by={"streams", "flags", "signatures", "tree"},
    )
    detected(
        auditor.offline(), by={"checkpoint", "witnesses", "chain"}, not_by={"tree", "streams", "flags", "signatures"}
    )


def test_swap_two_streams(attacker, auditor, detected):
    """What was told of ada is told of lin and the other way round, and every link and hash is made to fit."""
    leaves = attacker.leaves
    ada, lin = (parse(leaves[seq].partition(b"\n")[2]) for seq in (2, 3))

    def told_of(seq: int, whose: dict[str, object]) -> bytes:
        names = {name: whose[name] for name in ("id", "streamid", "correlationid")}
        body = canonical(parse(leaves[seq].partition(b"\n")[2]) | names | {"data": {"part": "总部", "hours": "1"}})
        return attacker.made(leaves[seq], body, event=whose["id"], stream=whose["streamid"])

    leaves[2], leaves[3] = told_of(2, lin), told_of(3, ada)
    attacker.states(attacker.rewrites(attacker.relinked(leaves)))
    detected(
        auditor.layers(),
        by={"signatures", "checkpoint", "stamps", "witnesses", "older checkpoint", "last verification"},
        not_by={"records", "chain", "streams", "flags", "tree"},
    )
    detected(
        auditor.offline(), by={"checkpoint", "witnesses", "flags", "signatures"}, not_by={"tree", "chain", "streams"}
    )


def test_truncate_the_tail(attacker, auditor, detected):
    """The last two records are gone; the checkpoint is kept, and states them still."""
    attacker.rewrites(attacker.leaves[:-2])
    detected(
        auditor.layers(),
        by={"records", "checkpoint", "last verification"},
        not_by={"chain", "streams", "flags", "signatures", "tree", "stamps", "witnesses", "older checkpoint"},
    )
    detected(
        auditor.offline(), by={"tree"}, not_by={"checkpoint", "witnesses", "chain", "streams", "flags", "signatures"}
    )


def test_replace_a_suffix_and_rehash(attacker, auditor, detected):
    """From lin's last record on the ledger is told anew, without it. What is left was signed by its service, no stream
    has a gap, and every hash and link fits; what is missing is the key of the ledger.
    """
    leaves = attacker.leaves
    attacker.states(attacker.rewrites(attacker.relinked([*leaves[:8], *leaves[9:]])))
    detected(
        auditor.layers(),
        by={"checkpoint", "witnesses", "older checkpoint", "last verification"},
        not_by={"records", "chain", "streams", "flags", "signatures", "tree", "stamps"},
    )
    detected(
        auditor.offline(), by={"checkpoint", "witnesses"}, not_by={"tree", "chain", "streams", "flags", "signatures"}
    )
