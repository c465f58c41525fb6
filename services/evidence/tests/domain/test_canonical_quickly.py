"""The quick way of reading canonical JSON: whatever it is sure of, the exact rules say too."""

import json
from uuid import UUID, uuid5

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contracts.canonical import certainly, written
from evidence.domain.canonical import NotCanonical, canonical, id_of, parse_exactly

texts = st.one_of(st.text(), st.sampled_from(["\u2028", "\x7f", "\x1f\b\f", "😀", "\ufeff", '"\\/', "1.5", ":1.5"]))
numbers = st.one_of(st.integers(), st.floats(), st.sampled_from([2**53 - 1, 2**53, -(2**53), 2**63, 2**64, -0.0, 1e5]))
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)


def exactly(raw: bytes) -> dict[str, object] | None:
    try:
        return parse_exactly(raw)
    except NotCanonical:
        return None


def spelled(value: object, *, ascii: bool = False, sort: bool = True, space: bool = False) -> bytes:
    separators = (", ", ": ") if space else (",", ":")
    said = json.dumps(value, ensure_ascii=ascii, sort_keys=sort, separators=separators)
    return said.encode(errors="surrogatepass")


@given(values, st.booleans(), st.booleans(), st.booleans())
@settings(max_examples=150)
def test_what_is_certain_is_exact(value, ascii, sort, space):
    for raw in (spelled({"a": value}, ascii=ascii, sort=sort, space=space), spelled(value)):
        quick, exact = certainly(raw), exactly(raw)
        assert quick is None or (quick == exact and list(quick) == list(exact or ()))


@given(
    st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers(-9, 9) | st.text("añ😀"), max_size=5)
)
def test_ordinary_objects_are_certain(value):
    assert certainly(spelled(value)) == exactly(spelled(value)) == value


exact_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(1 - 2**53, 2**53 - 1)
    | texts.filter(str.isprintable)
    | st.just("\x1f\x7f\n"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4) | st.tuples(inner),
    max_leaves=12,
)


@given(exact_values)
def test_what_is_written_quickly_is_what_is_written_exactly(value):
    assert written(value) == spelled(value)
    assert canonical(value) == spelled(value)


def test_what_cannot_be_written_quickly_is_written_all_the_same():
    deep: object = 1
    for _ in range(300):
        deep = [deep]
    assert written(deep) is None
    assert canonical(deep) == spelled(deep)
    assert canonical(2**53) == b"9007199254740992"


@given(st.binary(max_size=40) | st.text('{}[]",:0123456789.eE+-\\u "adNnIitfrslue').map(str.encode))
@settings(max_examples=150)
def test_bytes_of_no_meaning_are_never_certain(raw):
    assert certainly(raw) == (exactly(raw) if certainly(raw) is not None else None)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1.0}', b'{"a":1e5}', b'{"a":1E5}', b'{"a":-0}', b'{"a":-0.0}', b'{"a":00}', b'{"a":9007199254740992}',
        b'{"a":-9007199254740992}', b'{"a":18446744073709551616}', b'{"a":NaN}', b'{"a":Infinity}', b'{"a":[0.1]}',
        b'{"a":{"b":[[2.5]]}}', b'{"a":1,"a":1}', b'{"a":"\\ud800"}', b'{"a":"\\ud83d\\ude00"}', b'{"a":"\\u00e9"}',
        b'{"a":"\\/"}', b'{"a":"\\u000A"}', b'{"a":"\xed\xa0\x80"}', b'{"a":"\xff"}', b'{"b":1,"a":1}', b"\xef\xbb\xbf{}",
        b'{"a":' * 300 + b"1" + b"}" * 300, b'{"a":"\t"}', b'{"a":1} ', b"[]", b'"a"', b"1", b"", b'{"a":\x00}',
    ],
    ids=range(31),
)  # fmt: skip
def test_odd_bytes_are_never_certain(raw):
    assert certainly(raw) is None


@given(st.uuids(), st.integers(1, 2**53 - 1))
@example(UUID(int=0), 1)
def test_an_id_is_what_the_standard_says(stream, version):
    assert id_of(str(stream), version) == str(uuid5(stream, str(version)))
    assert id_of(str(stream).upper(), version) == id_of(f"{{{stream}}}", version) == str(uuid5(stream, str(version)))
    assert id_of(f"{stream} ", version) is None
