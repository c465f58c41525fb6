"""The vault: data keys of persons, each named without telling it, and kept only under the outer key."""

import pytest

from chassis.keeping.sealing import CannotUnseal
from people.adapters.vault import new_data_key, unwrap, wrap

ADA = new_data_key("ada")


def test_a_data_key_is_kept_wrapped_and_wrapped_anew_when_the_outer_key_changes():
    old, new = b"o" * 32, b"n" * 32
    kept = wrap(ADA, old)
    assert ADA.secret not in kept
    assert unwrap(ADA.id, wrap(unwrap(ADA.id, kept, old), new), new) == ADA
    with pytest.raises(CannotUnseal):
        unwrap(ADA.id, kept, new)


def test_each_key_has_a_name_that_says_whose_it_is_and_nothing_of_it():
    assert ADA.id.startswith("ada/")
    assert ADA.id != new_data_key("ada").id
    assert ADA.secret.hex() not in ADA.id
