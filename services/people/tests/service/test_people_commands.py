"""What operators of people type, on a real database."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from chassis.keeping.sealing import CannotUnseal
from chassis.keeping.store import Store
from people.adapters.vault import Vault, new_data_key, wrap
from people.main import cli

pytestmark = pytest.mark.postgres
OLD = b"o" * 32
KEYS = {owner: new_data_key(owner) for owner in ("E1", "E2")}


@pytest.fixture
def store(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A database with two data keys under the old key-encryption key, and an environment that names both."""
    (tmp_path / "old.kek").write_bytes(OLD)
    settings = {"DATABASE_URL": database, "KEY_ENCRYPTION_KEY": tmp_path / "old.kek", "KEYS": tmp_path}
    for name, value in {**settings, "FOLDER": tmp_path, "SETTINGS": tmp_path / "none"}.items():
        monkeypatch.setenv(f"QIZHENG_{name}", str(value))
    store = Store(database)
    store.migrate("people")
    for owner, key in KEYS.items():
        store.rows("insert into data_keys values (%s, %s, %s, 'old') returning owner", owner, key.id, wrap(key, OLD))
    return store


def test_the_key_encryption_key_is_changed_and_the_data_keys_stay_what_they_were(store: Store, tmp_path: Path):
    done = CliRunner().invoke(cli, ["rewrap", str(tmp_path / "new.kek")])

    assert (done.exit_code, done.output.split(" ")[0]) == (0, "2"), done.output
    new = Vault(tmp_path / "new.kek")
    assert new.open(store, KEYS) == KEYS
    assert {row["wrapped_by"] for row in store.rows("select wrapped_by from data_keys")} == {new.name}
    with pytest.raises(CannotUnseal):
        Vault(tmp_path / "old.kek").open(store, KEYS)


def test_under_a_key_that_is_not_the_one_that_keeps_them_nothing_is_rewrapped(store: Store, tmp_path: Path):
    (tmp_path / "old.kek").write_bytes(b"x" * 32)

    done = CliRunner().invoke(cli, ["rewrap", str(tmp_path / "new.kek")])

    assert done.exit_code == 1
    assert done.output.count("\n") == 1, "one sentence"
    assert {row["wrapped_by"] for row in store.rows("select wrapped_by from data_keys")} == {"old"}
