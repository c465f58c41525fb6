"""The build of a service: one hash over its sources and what it stands on."""

import shutil
import sys
from importlib import import_module
from pathlib import Path

import pytest

from chassis.facing.build import build_of


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A service of two sources, which may be changed."""
    root = tmp_path / "small_service"
    (root / "migrations").mkdir(parents=True)
    (root / "__init__.py").write_text("")
    (root / "migrations" / "0001.sql").write_text("create table a ();")
    monkeypatch.syspath_prepend(str(tmp_path))
    import_module("small_service")
    yield root
    del sys.modules["small_service"]


def test_the_same_sources_are_the_same_build_wherever_they_lie_beside_what(package):
    build = build_of("small_service")
    (package / "notes.txt").write_text("no source")
    (package / "__pycache__").mkdir(exist_ok=True)
    assert build_of("small_service") == build
    assert len(build) == 64


@pytest.mark.parametrize("change", ["edited", "added", "removed", "renamed", "moved text"])
def test_any_other_source_is_another_build(package, change):
    build, sql = build_of("small_service"), package / "migrations" / "0001.sql"
    match change:
        case "edited":
            sql.write_text("create table b ();")
        case "added":
            (package / "new.py").write_text("")
        case "removed":
            sql.unlink()
        case "renamed":
            shutil.move(sql, sql.with_name("0002.sql"))
        case _:
            (package / "__init__.py").write_text("create")
            sql.write_text(" table a ();")
    assert build_of("small_service") != build
