"""Evidence as others meet it over HTTP: the published files, records with their proofs, and how the ledger stands."""

from base64 import b64decode

import pytest

from evidence.domain.tree import includes, leaf_hash

pytestmark = pytest.mark.postgres


@pytest.fixture
def ask(office, desk, door):
    """Asks as a role; without one, as somebody without a token."""
    office.seal(
        *desk.opening(),
        *(desk.hears(desk.event(version=n, data={"on": "2026-03-01"})) for n in range(1, 300)),
        desk.hears(desk.event("0190a1b2-0000-4000-8000-000000000002", subject="E1002")),
        desk.hears(b"poison"),
    )
    return door.ask


def test_full_tiles_may_be_kept_for_ever_and_the_checkpoint_not_at_all(ask):
    tile, checkpoint = ask("/ledger/tile/0/000"), ask("/ledger/checkpoint")
    assert (tile.status_code, len(tile.content)) == (200, 256 * 32)
    assert "immutable" in tile.headers["cache-control"]
    assert checkpoint.headers["cache-control"] == "no-cache"
    assert checkpoint.text.split("\n")[1] == "303"
    assert ask("/ledger/vkey").text.startswith("qizheng.example/ledger+")


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-31", 0, 31),
        ("bytes=32-", 32, 8_191),
        ("bytes=-32", 8_160, 8_191),
        ("bytes=8000-99999", 8_000, 8_191),
        ("bytes=-99999", 0, 8_191),
        ("Bytes= 5-5 ", 5, 5),
    ],
)
def test_a_range_of_a_tile_is_answered_with_just_that(ask, asked, first, last):
    whole, part = ask("/ledger/tile/0/000"), ask("/ledger/tile/0/000", range=asked)
    assert (part.status_code, part.content) == (206, whole.content[first : last + 1])
    assert part.headers["content-range"] == f"bytes {first}-{last}/8192"
    assert part.headers["content-length"] == str(last - first + 1)
    assert part.headers["etag"] == whole.headers["etag"]
    assert "immutable" in part.headers["cache-control"]


@pytest.mark.parametrize(
    "asked", ["bytes=5-4", "bytes=-", "bytes", "lines=0-1", "bytes=a-b", "bytes=0-1,4-5", "bytes=0-1-2", "bytes=-1-2"]
)
def test_a_range_that_makes_no_sense_or_is_several_is_answered_with_the_whole(ask, asked):
    answer = ask("/ledger/tile/0/000", range=asked)
    assert (answer.status_code, len(answer.content)) == (200, 8_192)
    assert answer.headers["accept-ranges"] == "bytes"
    assert "content-range" not in answer.headers


@pytest.mark.parametrize("asked", ["bytes=8192-", "bytes=9000-9001", "bytes=-0"])
def test_a_range_behind_the_end_of_the_file_is_refused_with_its_length(ask, asked):
    answer = ask("/ledger/tile/0/000", range=asked)
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */8192")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["title"], answer.json()["length"]) == ("NoSuchRange", "8192")


def test_who_has_a_tile_is_not_sent_it_again(ask):
    tag = ask("/ledger/tile/0/000").headers["etag"]
    assert tag.startswith('"'), "a strong tag: the same bytes for ever"
    assert tag != ask("/ledger/tile/entries/000").headers["etag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        for method in ("GET", "HEAD"):
            answer = ask("/ledger/tile/0/000", method=method, if_none_match=known, range="bytes=0-1")
            assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert ask("/ledger/tile/0/000", if_none_match='"other"').status_code == 200


def test_a_part_of_another_file_is_answered_with_the_whole_of_this_one(ask):
    tag = ask("/ledger/tile/0/000").headers["etag"]
    statuses = {
        known: ask("/ledger/tile/0/000", range="bytes=0-1", if_range=known).status_code for known in (tag, '"x"')
    }
    assert statuses == {tag: 206, '"x"': 200}
    assert ask("/ledger/tile/0/000", range="bytes=0-1", if_range=f"W/{tag}").status_code == 200


@pytest.mark.parametrize("path", ["checkpoint", "vkey", "tile/0/000", "tile/entries/000"])
def test_a_head_says_what_a_get_would_bring(ask, path):
    get, head = ask(f"/ledger/{path}"), ask(f"/ledger/{path}", method="HEAD", range="bytes=0-1")
    assert (head.status_code, head.content) == (200, b"")
    if path.startswith("tile"):
        assert head.headers == get.headers
        assert head.headers["content-length"] == str(len(get.content))
    assert ask("/ledger/tile/0/001", method="HEAD").status_code == 404
    assert ask(f"/ledger/{path}", method="HEAD", public=False).status_code == 401


@pytest.mark.parametrize("path", ["tile/0/001", "tile/0/1", "tile/0/%2e%2e/%2e%2e/vkey", "tile/entries/000.p/0"])
def test_a_path_that_names_no_tile_finds_nothing(ask, path):
    assert ask(f"/ledger/{path}").status_code == 404


def test_a_ledger_that_is_not_public_is_read_by_those_who_look_after_it(ask):
    assert ask("/ledger/checkpoint", public=False).status_code == 401
    assert ask("/ledger/checkpoint", "hr", public=False).status_code == 403
    assert ask("/ledger/checkpoint", "auditor", public=False).status_code == 200


def test_records_are_found_by_what_they_are_about_and_page_by_page(ask):
    first = ask("/records?subject=E1001&limit=200", "hr").json()
    second = ask(f"/records?subject=E1001&limit=200&cursor={first['next']}", "hr").json()
    assert [len(page["records"]) for page in (first, second)] == [200, 99]
    assert second["next"] is None
    assert first["records"][0]["data"] == {"on": "2026-03-01"}
    assert (
        len(ask("/records?day=2026-03-01&type=people.EmployeeHired.v1&limit=1000", "auditor").json()["records"]) == 299
    )
    assert ask("/records?cursor=eA", "hr").status_code == 422


def test_employees_read_their_own_records_and_nobody_elses(ask):
    assert ask("/records?subject=E1002", "employee", "E1002").status_code == 200
    assert ask("/records?subject=E1001", "employee", "E1002").status_code == 403
    assert ask("/records", "employee", "E1002").status_code == 403
    assert ask("/records?subject=E1001", "operator").status_code == 403


def test_a_record_comes_with_the_proof_that_it_is_in_the_published_tree(ask):
    (record,) = ask("/records?subject=E1002", "hr").json()["records"]
    read = ask(f"/records/{record['id']}", "auditor").json()
    leaf, proof = b64decode(read["leaf"]), read["proof"]
    root = b64decode(proof["checkpoint"].split("\n")[2])
    hashes = [bytes.fromhex(each) for each in proof["hashes"]]
    assert leaf_hash(leaf).hex() == read["leaf_hash"]
    assert includes(leaf_hash(leaf), proof["index"], proof["size"], hashes, root)
    assert ask("/records/0190a1b2-0000-4000-8000-00000000dead", "hr").status_code == 404


def test_the_status_says_how_far_the_ledger_has_come(ask):
    status = ask("/status", "auditor").json()
    assert (status["size"], status["epoch"]) == (303, 1)
    assert status["events"] == {"evidence": 2, "people": 300}
    assert status["flags"] == {"not-an-event": 1}
    assert status["positions"]["people.events.v1"] == {"1/3": 301}
    assert len(status["keys"]) == 2
    assert ask("/status", "employee").status_code == 403
