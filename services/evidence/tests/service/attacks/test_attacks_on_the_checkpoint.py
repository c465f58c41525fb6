"""Attacks on what the ledger has signed, by somebody who has its key too, or needs none, as the name or the text says.

What was signed holds by itself: an auditor who kept nothing, and asks nobody else, finds none of these in the files.
"""

from uuid import UUID

import pytest

from evidence.domain.examining import examine

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(180)]
ADA = UUID("0190a1b2-0000-4000-8000-00000000ada0")


def test_a_ledger_that_grew_as_it_should(house, auditor, detected):
    """The control: the ledger goes on, its witness looks on, and the authority stamps it again."""
    house.says((ADA, 5))
    house.stamp()
    house.publish()
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


def test_truncate_to_an_older_signed_checkpoint(attacker, auditor, detected):
    """Database and files are those of an earlier day, when ledger and witness signed them: no key is needed."""
    attacker.rewrites(attacker.leaves[:7])
    attacker.puts_back(attacker.older)
    assert not auditor.finds_something_in_the_files_alone()
    detected(
        auditor.layers(),
        by={"older checkpoint", "last verification"},
        not_by={"records", "chain", "streams", "flags", "signatures", "tree", "checkpoint", "stamps", "witnesses"},
    )
    detected(
        auditor.offline(),
        by=set(),
        not_by={"checkpoint", "witnesses", "tree", "chain", "streams", "flags", "signatures"},
    )


def test_rewind_below_a_witnessed_size(attacker, auditor, detected):
    """With the ledger's key: it is wound back to 7 records, of which the witness has seen 10, and goes on otherwise."""
    leaves = attacker.leaves
    attacker.rewrites(attacker.relinked([*leaves[:7], leaves[8]]))
    assert "holds a checkpoint of 10 records" in attacker.signs_with_the_key()
    assert not auditor.finds_something_in_the_files_alone()
    detected(
        auditor.layers(),
        by={"witnesses", "older checkpoint", "last verification"},
        not_by={"records", "chain", "streams", "flags", "signatures", "tree", "checkpoint", "stamps"},
    )
    detected(
        auditor.offline(), by={"witnesses"}, not_by={"checkpoint", "tree", "chain", "streams", "flags", "signatures"}
    )


def test_replace_a_suffix_with_the_signing_key(attacker, auditor, detected):
    """What was told of lin is left out from her second record on, and all is signed anew. If the time stamp over those
    records is left out too, nothing in the files says so; if it is kept, it does.
    """
    leaves = attacker.leaves
    attacker.rewrites(attacker.relinked([*leaves[:5], leaves[7], leaves[9]]))
    assert "holds a checkpoint of 10 records" in attacker.signs_with_the_key()
    assert not auditor.finds_something_in_the_files_alone()
    detected(
        auditor.layers(),
        by={"witnesses", "older checkpoint", "last verification"},
        not_by={"records", "chain", "streams", "flags", "signatures", "tree", "checkpoint", "stamps"},
    )
    attacker.rewrites(attacker.relinked([*leaves[:5], *leaves[6:8], leaves[9]]))
    assert "holds a checkpoint of 10 records" in attacker.signs_with_the_key()
    detected(
        auditor.layers(),
        by={"stamps", "witnesses", "older checkpoint", "last verification"},
        not_by={"records", "chain", "streams", "flags", "signatures", "tree", "checkpoint"},
    )
    detected(
        auditor.offline(), by={"witnesses"}, not_by={"checkpoint", "tree", "chain", "streams", "flags", "signatures"}
    )


def test_split_view(attacker, auditor, detected):
    """With the ledger's key: of the same size, one reader is shown another order than was shown to everybody else."""
    leaves = attacker.leaves
    first, second = (examine(leaves[seq]).envelope["offset"] for seq in (7, 8))
    leaves[7:9] = attacker.made(leaves[8], offset=first), attacker.made(leaves[7], offset=second)
    attacker.rewrites(attacker.relinked(leaves))
    assert "holds a checkpoint of 10 records" in attacker.signs_with_the_key()
    assert not auditor.finds_something_in_the_files_alone()
    detected(
        auditor.layers(),
        by={"witnesses", "older checkpoint", "last verification"},
        not_by={"records", "chain", "streams", "flags", "signatures", "tree", "checkpoint", "stamps"},
    )
    detected(
        auditor.offline(), by={"witnesses"}, not_by={"checkpoint", "tree", "chain", "streams", "flags", "signatures"}
    )
