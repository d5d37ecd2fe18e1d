"""Pseudonyms under a secret: a permutation that the secret alone can make and undo."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.core.ids import pseudonym
from evaluator.core.people import PSEUDONYM, Hidden, seal_users, sealed, stored_name, unsealed
from evaluator.core.user_names import USER_KEYS

NAMES = st.integers(0, 2**64 - 1).map(lambda n: f"{n:016x}")
SECRETS = st.text("0123456789abcdef", min_size=32, max_size=60)


@given(SECRETS, NAMES)
def test_what_is_sealed_can_be_undone_with_the_secret_alone(secret: str, name: str) -> None:
    found = sealed(secret, name)
    assert PSEUDONYM.fullmatch(found)
    assert unsealed(secret, found) == name
    assert unsealed(secret[::-1] + "0", found) != name


def test_a_bit_of_the_name_or_of_the_secret_changes_half_of_the_rest() -> None:
    names = [f"{n:016x}" for n in range(500)]
    found = [int(sealed("secret", name), 16) for name in names]
    assert len(set(found)) == len(names)
    changed = sum((a ^ b).bit_count() for a, b in pairwise(found)) / (len(names) - 1)
    others = [int(sealed("secrets", name), 16) for name in names]
    differ = sum((a ^ b).bit_count() for a, b in zip(found, others, strict=True)) / len(names)
    assert 30 < changed < 34
    assert 30 < differ < 34


@pytest.mark.parametrize("name", ["", "ada", "0123456789ABCDEF", "0123456789abcde", "0123456789abcdef0", "\x00" * 16])
def test_what_is_no_pseudonym_is_not_sealed(name: str) -> None:
    with pytest.raises(ValueError, match="no pseudonym"):
        sealed("secret", name)
    assert unsealed("secret", name) == name


def test_users_are_sealed_wherever_a_part_names_them() -> None:
    ada = Hidden(pseudonym("p", "ada"))
    said = dict.fromkeys(USER_KEYS, ada) | {"name": "ada", "other": str(ada), "nested": [{"owner": ada}, [ada]]}
    body = {
        "named": {"own": ada},
        "user": ada,
        "attributes": said,
        "resource": said,
        "metadata": said | {"user": "x"},
        "scope": {"name": "lib", "attributes": said},
        "events": [{"name": "e", "attributes": said}, {"name": "f", "attributes": {}}],
        "spans": [{"attributes": said}],
    }
    found = seal_users("p", "secret", body)
    stored = stored_name("p", "secret", "ada")
    assert stored == sealed("secret", ada)
    assert found["attributes"].pop("other") == ada  # which merely looks like one
    assert all(ada not in str(found[place]) for place in ("user", "named", "attributes"))
    assert found["attributes"]["nested"] == [{"owner": stored}, [stored]]
    assert found["user"] == found["resource"]["user.id"] == found["spans"][0]["attributes"]["enduser.id"] == stored
    assert found["scope"]["attributes"] == found["events"][0]["attributes"] == found["resource"]
    assert (found["metadata"]["user"], found["metadata"]["user.id"]) == ("x", stored)
    assert (found["attributes"]["name"], found["events"][1]) == ("ada", {"name": "f", "attributes": {}})
    assert body["user"] == body["metadata"]["user.id"] == ada  # what was given stays as it is
    once = {name: value for name, value in found.items() if name != "user"}
    assert seal_users("p", "secret", once) == once
    assert seal_users("p", "secret", {"attributes": None, "spans": []}) == {"attributes": None, "spans": []}
    for raw in ("ada", 7, True):  # of a source that makes no pseudonyms
        assert seal_users("p", "secret", {"user": raw})["user"] == stored_name("p", "secret", str(raw))
