"""Plain runs: told quickly and taken as a whole, and yet nothing is judged otherwise than record by record."""

import json
from dataclasses import dataclass
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.adapters.signatures import holds
from evidence.domain.examining import FIELDS, Examined, examine
from evidence.domain.plain import Plain, look
from evidence.domain.tree import leaf_hash
from evidence.domain.verifying import Standing, follow

VALUES = [None, 0, 1, 7, True, 1.0, "x", "", "E1002", (), ("duplicate",), (("signature", "a b"),)]
linus, ken = UUID("0190a1b2-0000-4000-8000-000000001195"), UUID("0190a1b2-0000-4000-8000-0000000000ce")


@pytest.fixture(scope="module")
def leaves(desk_of_all) -> list[bytes]:
    """A ledger with every flag in it, and with runs of plain records between them."""
    desk = desk_of_all
    sealed = [*desk.sample()]
    for version in range(1, 6):
        sealed += desk.seal(desk.message(desk.event(linus, version)), desk.message(desk.event(ken, version)))
    sealed += desk.seal(
        desk.message(desk.event(str(ken).upper(), 6)),
        desk.message(desk.event(ken, 6)),
        desk.message(desk.event(linus, 6)),
        desk.message(desk.event(linus, 9)),
        desk.message(desk.event(linus, 7)),
        desk.message(desk.event(linus, 10)),
        desk.message(desk.event(ken, 7, subject="工号一")),
    )
    return [each.leaf for each in sealed]


def answer(asked) -> list[bool]:
    return [holds(*check) for check in asked]


def judged(leaves: list[bytes], quickly: bool, signatures: bool):
    """What is found, and where the walk stands then, record by record or in plain runs."""
    standing = Standing()
    hashes = [leaf_hash(leaf) for leaf in leaves]
    looked = look(leaves, hashes, 0, {}, holds if signatures else None) if quickly else map(examine, leaves)

    def again(run: Plain) -> list[Examined]:
        return [examine(leaf) for leaf in leaves[run.first : run.first + run.count]]

    findings = list(follow(looked, standing, answer if signatures else None, None, again))
    return findings, standing


def read_or_nothing(line: bytes) -> dict[str, object]:
    try:
        return json.loads(line)
    except ValueError:
        return {"seq": 0}


@dataclass(frozen=True)
class Deed:
    """One thing that is done to a ledger."""

    kind: str
    at: int
    other: int
    name: str
    value: object
    byte: int

    def done_to(self, leaves: list[bytes]) -> list[bytes]:
        if not leaves:
            return leaves
        at, other, done = self.at % len(leaves), self.other % len(leaves), list(leaves)
        line, _, body = leaves[at].partition(b"\n")
        match self.kind:
            case "rewrite":
                done[at] = rewritten(line, self.name, self.value) + b"\n" + body
            case "borrow":
                borrowed = read_or_nothing(leaves[other].partition(b"\n")[0]).get(self.name)
                done[at] = rewritten(line, self.name, borrowed) + b"\n" + body
            case "flip":
                place = self.other % len(leaves[at])
                done[at] = leaves[at][:place] + bytes([self.byte]) + leaves[at][place + 1 :]
            case "delete":
                del done[at]
            case "insert":
                done.insert(at, leaves[other])
            case "swap":
                done[at], done[other] = done[other], done[at]
            case "cut":
                done = done[:at]
            case _:
                done[at] = leaves[at].replace(b'"hours":"36.5"', b'"hours":36.5')
        return done


def rewritten(line: bytes, name: str, value: object) -> bytes:
    said = read_or_nothing(line) | {name: value}
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


deeds = st.builds(
    Deed,
    st.sampled_from(["rewrite", "borrow", "flip", "delete", "insert", "swap", "cut", "float"]),
    st.integers(0, 10_000),
    st.integers(0, 10_000),
    st.sampled_from(sorted(FIELDS)),
    st.sampled_from(VALUES),
    st.integers(0, 255),
)


@given(st.lists(deeds, max_size=3), st.booleans())
@settings(deadline=None)
def test_a_walk_in_plain_runs_ends_as_one_record_by_record(leaves, done, signatures):
    for deed in done:
        leaves = deed.done_to(leaves)
    quick, quick_end = judged(leaves, quickly=True, signatures=signatures)
    slow, slow_end = judged(leaves, quickly=False, signatures=signatures)
    assert quick == slow
    assert quick_end == slow_end


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_no_field_of_a_plain_record_can_say_something_else_unnoticed(leaves, name):
    at = next(
        seq for seq, leaf in enumerate(leaves) if b'"stream_version":3' in leaf and b'"flags":[]' in leaf and seq > 16
    )
    for value in VALUES:
        done = Deed("rewrite", at, 0, name, value, 0).done_to(leaves)
        quick, slow = (judged(done, quickly=quickly, signatures=False)[0] for quickly in (True, False))
        assert quick == slow
        assert done == leaves or quick, (name, value)


def test_ordinary_records_are_plain_and_flagged_ones_are_not(leaves):
    runs = list(look(leaves, [leaf_hash(leaf) for leaf in leaves], 0, {}, holds))
    plain = {seq for run in runs if isinstance(run, Plain) for seq in range(run.first, run.first + run.count)}
    for seq, leaf in enumerate(leaves):
        envelope = json.loads(leaf.partition(b"\n")[0])
        registers = b"ServiceKeyRegistered" in leaf
        usual = envelope["stream"] == str(envelope["stream"]).lower() and "工号一" not in leaf.decode(errors="replace")
        assert (seq in plain) == (not envelope["flags"] and not registers and usual), seq


def begun(leaves: list[bytes], answer) -> tuple[Plain, Standing]:
    """The first plain run, and a walk that stands just before it."""
    hashes = [leaf_hash(leaf) for leaf in leaves]
    run = next(each for each in look(leaves, hashes, 0, {}, holds) if isinstance(each, Plain))
    standing = Standing()
    assert list(follow(map(examine, leaves[: run.first]), standing, answer)) == []
    return run, standing


def test_a_run_is_taken_only_where_it_goes_on(leaves, answered):
    run, standing = begun(leaves, answered)
    elsewhere = Standing()
    assert not elsewhere.takes(run)
    assert elsewhere == Standing()
    assert standing.takes(run)
    assert not standing.takes(run)


def test_a_run_signed_with_a_key_that_the_ledger_does_not_know_by_then_is_not_taken(leaves, answered):
    run, standing = begun(leaves, answered)
    keys = dict(standing.chain.keys)
    standing.chain.keys.update(dict.fromkeys(run.keys, b"another"))
    assert not standing.takes(run)
    standing.chain.keys.update(keys)
    assert standing.takes(run)


def test_a_run_in_a_partition_that_is_further_already_is_not_taken(leaves, answered):
    run, standing = begun(leaves, answered)
    standing.offsets[next(iter(run.offsets))] = 1_000
    assert not standing.takes(run)


def test_a_run_in_a_stream_that_ends_elsewhere_is_not_taken(leaves, answered):
    run, standing = begun(leaves, answered)
    stream = next(iter(run.begins))
    standing.streams.ends[stream] = b"\x07" * 32 + standing.streams.ends[stream][32:]
    assert not standing.takes(run)
