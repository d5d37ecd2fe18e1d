"""Further names for users: what may be one, how soon one counts, and in which projects."""

from __future__ import annotations

from typing import Any

import pytest

from evaluator.core.bounds import USER_KEY, USER_KEYS
from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.pipeline.access import user_keys as module
from evaluator.pipeline.access.keys import create_project
from evaluator.pipeline.access.user_keys import UserKeys, set_user_keys
from evaluator.store.store import Store
from tests.support.house import TurnedClock

CLOCK = TurnedClock()


def test_names_are_those_of_their_project_and_of_the_default_one_too(store: Store) -> None:
    create_project(store, "shop", CLOCK)
    assert set_user_keys(store, "shop", [" cid ", "ref", "cid"], CLOCK) == ("cid", "ref")
    assert UserKeys(store).of("shop") == ("cid", "ref")
    assert UserKeys(store).of(DEFAULT_PROJECT) == UserKeys(store).of("nowhere") == ()
    assert set_user_keys(store, DEFAULT_PROJECT, ["kunde"], CLOCK, "key_1") == UserKeys(store).of(DEFAULT_PROJECT)
    with store.read() as unit:
        event = unit.of(DEFAULT_PROJECT).audit.events()[0]
    assert (event.actor, event.action) == ("key_1", "project.user_keys")
    assert event.details == {"before": [], "after": ["kunde"]}
    with pytest.raises(NotFound, match="faithline projects create"):
        set_user_keys(store, "nowhere", ["cid"], CLOCK)


@pytest.mark.parametrize(
    ("names", "field", "says"),
    [
        (["cid", ""], "user_keys[1]", "1 to 200 printable"),
        (["a\x00b"], "user_keys[0]", "printable"),
        (["x" * (USER_KEY.size + 1)], "user_keys[0]", "printable"),
        (["-.-"], "user_keys[0]", "has no letters"),
        (["gen_ai.input.messages"], "user_keys[0]", "something else"),
        (["faithline.session"], "user_keys[0]", "something else"),
        (["Service.Name"], "user_keys[0]", "something else"),
        (["member", "gen_ai.usage.input_tokens"], "user_keys[1]", "something else"),
        (["conversationId"], "user_keys[0]", "would take 'gen_ai.conversation.id'"),
        (["id"], "user_keys[0]", "would take"),
        ([f"k{n}x" for n in range(USER_KEYS.size + 1)], "user_keys", f"at most {USER_KEYS.most}"),
    ],
)
def test_what_can_be_no_name_is_told(store: Store, names: list[str], field: str, says: str) -> None:
    with pytest.raises(InvalidInput) as error:
        set_user_keys(store, DEFAULT_PROJECT, names, CLOCK)
    assert error.value.field == field
    assert says in str(error.value)
    assert UserKeys(store).of(DEFAULT_PROJECT) == ()


def test_names_are_read_once_for_a_while_and_not_for_ever(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    known = UserKeys(store)
    assert known.of(DEFAULT_PROJECT) == ()
    set_user_keys(store, DEFAULT_PROJECT, ["cid"], CLOCK)
    now[0] += module.REMEMBERED_SECONDS - 0.1
    with monkeypatch.context() as patched:
        patched.setattr(store, "read", _fail)
        assert known.of(DEFAULT_PROJECT) == ()
    now[0] += 0.2
    assert known.of(DEFAULT_PROJECT) == ("cid",)
    set_user_keys(store, DEFAULT_PROJECT, [], CLOCK)
    known.forget(DEFAULT_PROJECT)
    assert known.of(DEFAULT_PROJECT) == ()


def test_what_is_remembered_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_REMEMBERED", 3)
    known = UserKeys(store)
    for name in "abcdef":
        known.of(name)
    assert sorted(known._known) == ["d", "e", "f"]


def _fail(*_: Any) -> None:
    raise AssertionError("the database was asked")
