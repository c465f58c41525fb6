"""What a witness signs, and what it does not: C2SP tlog-witness and tlog-cosignature, request by request."""

from base64 import b64decode, b64encode

import pytest
from nacl.signing import SigningKey

from evidence.adapters.signatures import holds
from evidence.domain.notes import WITNESS, Checkpoint, Verifier, parse_note, parse_vkey, signed
from evidence.domain.tree import Frontier, consistency_proof, fold, leaf_hash
from evidence.domain.witnessing import (
    Growth,
    NotAGrowth,
    NotGrown,
    Seen,
    SeenOtherwise,
    SignedByNobodyKnown,
    SplitView,
    UnknownLedger,
    cosigned,
    cosigned_at,
    judge,
    parse_growth,
    seen_by,
)

LEDGER_SECRET, WITNESS_SECRET = SigningKey(b"\x01" * 32), SigningKey(b"\x02" * 32)
LEDGER = Verifier("qizheng.example/ledger", bytes(LEDGER_SECRET.verify_key))
UNION = Verifier("union.example/witness", bytes(WITNESS_SECRET.verify_key), WITNESS)
KEYS = {LEDGER.name: LEDGER}
HASHES = [leaf_hash(b"%d" % n) for n in range(20)]
monday_at_eight = 1_772_438_400


def sign(message: bytes) -> bytes:
    return LEDGER_SECRET.sign(message).signature


def cosign(message: bytes) -> bytes:
    return WITNESS_SECRET.sign(message).signature


def root(size: int) -> bytes:
    return Frontier().grown(HASHES[:size])[0].root()


def node(level: int, index: int) -> bytes:
    return fold(HASHES[index << level : (index + 1) << level])


def note(size: int, *, origin: str = LEDGER.name, other: bytes | None = None) -> bytes:
    return str(signed(Checkpoint(origin, size, other or root(size)).text, LEDGER, sign)).encode()


def growth(old: int, new: int) -> Growth:
    return Growth(old, consistency_proof(old, new, node), note(new))


def judged(asked: Growth, seen: Seen) -> int:
    return judge(asked, seen, KEYS, holds).size


def test_a_request_is_read_as_it_was_written():
    asked = growth(7, 20)
    assert bytes(asked).startswith(b"old 7\n")
    assert parse_growth(bytes(asked)) == asked
    assert parse_growth(bytes(growth(0, 20))) == Growth(0, (), note(20))


def test_the_request_in_the_specification_is_read():
    example = (
        "old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\njrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
        "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\n"
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    ).encode()
    asked = parse_growth(example)
    assert (asked.old, len(asked.hashes)) == (20852014, 4)
    assert bytes(asked) == example


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"old 1\n" + note(2),
        b"old\n\n" + note(2),
        b"old 01\n\n" + note(2),
        b"old -1\n\n" + note(2),
        b"new 1\n\n" + note(2),
        b"old 1\nnot base64!\n\n" + note(2),
        b"old 1\n" + b64encode(b"short") + b"\n\n" + note(2),
        b"old 1\n" + (b64encode(bytes(32)) + b"\n") * 64 + b"\n" + note(2),
        b"old 1\n\xff\n\n" + note(2),
        b"old 0\n\nno checkpoint at all\n",
        b"old " + b"9" * 5_000 + b"\n\n" + note(2),
        b"old 0\n\n" + note(2).replace(b"\n2\n", b"\n" + b"9" * 5_000 + b"\n"),
    ],
)
def test_what_is_no_request_is_refused(sent: bytes):
    with pytest.raises(NotAGrowth):
        judged(parse_growth(sent), Seen())


def test_a_ledger_that_was_never_seen_is_taken_as_it_stands():
    assert judged(growth(0, 7), Seen()) == 7


@pytest.mark.parametrize(("old", "new"), [(1, 2), (7, 8), (7, 20), (8, 20), (20, 20)])
def test_a_ledger_that_only_grew_may_be_cosigned(old: int, new: int):
    assert judged(growth(old, new), Seen(old, root(old))) == new


def test_a_ledger_that_nobody_watches_is_unknown():
    with pytest.raises(UnknownLedger):
        judged(Growth(0, (), note(7, origin="other.example/ledger")), Seen())


def test_a_checkpoint_that_its_ledger_did_not_sign_is_refused():
    stranger = SigningKey(b"\x09" * 32)
    forged = signed(Checkpoint(LEDGER.name, 7, root(7)).text, LEDGER, lambda said: stranger.sign(said).signature)
    with pytest.raises(SignedByNobodyKnown):
        judged(Growth(0, (), str(forged).encode()), Seen())


def test_a_request_from_another_size_is_told_which_was_seen():
    with pytest.raises(SeenOtherwise) as told:
        judged(growth(7, 20), Seen(8, root(8)))
    assert told.value.size == 8


def test_a_ledger_that_shrank_is_not_cosigned():
    with pytest.raises(SeenOtherwise):
        judged(growth(7, 8), Seen(20, root(20)))
    with pytest.raises(NotAGrowth):
        judged(Growth(20, (), note(8)), Seen(20, root(20)))


def test_another_tree_of_a_size_that_was_seen_is_a_split_view():
    with pytest.raises(SplitView):
        judged(Growth(7, (), note(7, other=bytes(32))), Seen(7, root(7)))


def test_a_proof_that_does_not_hold_is_refused():
    with pytest.raises(NotGrown):
        judged(Growth(7, growth(7, 20).hashes[:-1], note(20)), Seen(7, root(7)))
    with pytest.raises(NotGrown):
        judged(growth(7, 20), Seen(7, bytes(32)))


def test_nothing_has_one_root_only():
    assert judged(growth(0, 0), Seen()) == 0
    with pytest.raises(NotGrown):
        judged(Growth(0, (), note(0, other=bytes(32))), Seen())


def test_a_note_with_a_second_line_of_its_ledger_that_fails_is_refused():
    seen = parse_note(note(7))
    broken = signed(seen.text, LEDGER, lambda said: sign(said)[::-1]).signatures[0]
    with pytest.raises(SignedByNobodyKnown):
        judged(Growth(0, (), f"{seen}{broken}".encode()), Seen())


def test_of_what_begins_with_nothing_there_is_no_proof():
    with pytest.raises(NotGrown):
        judged(Growth(0, (bytes(32),), note(7)), Seen())


def test_a_cosignature_says_when_and_holds_for_its_checkpoint_alone():
    seen = parse_note(note(7))
    line = cosigned(seen.text, UNION, cosign, monday_at_eight)
    both = parse_note(f"{seen}{line}".encode())
    assert both.signed_by(LEDGER, holds)
    assert cosigned_at(both, UNION, holds) == monday_at_eight
    assert cosigned_at(seen, UNION, holds) is None
    assert cosigned_at(parse_note(f"{parse_note(note(8))}{line}".encode()), UNION, holds) is None


def test_the_time_in_a_cosignature_cannot_be_moved():
    seen = parse_note(note(7))
    line = str(cosigned(seen.text, UNION, cosign, monday_at_eight))
    raw = b64decode(line.split(" ")[2])
    later = b64encode(raw[:4] + (monday_at_eight + 1).to_bytes(8, "big") + raw[12:]).decode()
    moved = f"\u2014 {UNION.name} {later}\n"
    assert cosigned_at(parse_note(f"{seen}{moved}".encode()), UNION, holds) is None


def test_the_key_of_a_witness_is_none_of_a_ledger():
    assert parse_vkey(str(UNION), WITNESS) == UNION
    assert UNION.key_hash != Verifier(UNION.name, UNION.public).key_hash
    for text, kind in ((str(UNION), b"\x01"), (str(LEDGER), WITNESS)):
        with pytest.raises(ValueError, match="of kind"):
            parse_vkey(text, kind)


def test_a_cosignature_that_says_no_time_is_none():
    seen = parse_note(note(7))
    line = cosigned(seen.text, UNION, cosign, 0)
    assert cosigned_at(parse_note(f"{seen}{line}".encode()), UNION, holds) is None


def test_who_shares_the_name_of_a_witness_is_not_taken_for_it():
    seen = parse_note(note(7))
    both = parse_note(f"{seen}{cosigned(seen.text, UNION, cosign, monday_at_eight)}".encode())
    namesake = Verifier(UNION.name, LEDGER.public, WITNESS)
    for asked in ((namesake, UNION), (UNION, namesake)):
        assert [finding.detail for finding in seen_by(both, asked, holds)[1]] == [f"{UNION.name} did not cosign it"]
