"""Wherever a user is named, in whatever spelling and form, nothing that is stored says who it is."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf import json_format  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from evaluator.core.ids import pseudonym
from evaluator.core.people import Hidden, seal_users, stored_name
from evaluator.core.trace import Part
from evaluator.core.user_names import USER_KEYS
from evaluator.ingest.assembly.assemble import assemble
from evaluator.ingest.native import traces as native
from evaluator.ingest.otlp.requests import decode
from evaluator.pipeline.retention.erase import erase_user
from evaluator.pipeline.stages.ingest import store_parts
from evaluator.store.store import Store
from tests.support.databases import everything
from tests.support.house import NOW, PROJECT, QUIET, House
from tests.support.placed import PLACES, request

SECRET = "b" * 64
SPELLINGS = ("user_id", "userId", "User-ID", "end_user_id", "enduser.id", "USER.UID", "currentUserId", "user.guid")
PREFIXES = ("", "app.", "metadata.", "x/y.", "baggage-", "ls.metadata.")
NAMES = st.one_of(
    st.sampled_from(USER_KEYS), st.tuples(st.sampled_from(PREFIXES), st.sampled_from(SPELLINGS)).map("".join)
)
Form = Callable[[str, str], tuple[str, Any]]
FORMS: dict[str, Form] = {
    "plain": lambda name, user: (name, user),
    "quoted": lambda name, user: (name, json.dumps(user)),
    "listed": lambda name, user: (name, [user]),
    "nested": lambda name, user: ("app.state", {"a": [{"b": 1, name: user}]}),
    "JSON": lambda name, user: ("metadata", json.dumps({"tier": 3, name: user})),
    "JSON in quotes": lambda name, user: ("metadata", json.dumps(json.dumps({"tier": 3, name: user}))),
    "JSON in JSON": lambda name, user: ("run.metadata", json.dumps({"x": json.dumps([{name: user}])})),
    "broken JSON": lambda name, user: ("properties", json.dumps({name: user})[:-1]),
}


def otlp(place: str, said: dict[str, Any], number: int = 1, user_keys: tuple[str, ...] = ()) -> Part:
    """The part of a span with attributes in one of its places, by the encoding that has all of them."""
    body = json_format.ParseDict(_base64(request({place: said}, number)), ExportTraceServiceRequest())
    data = body.SerializeToString()
    (part,) = decode(data, "application/x-protobuf", None, project=PROJECT, user_keys=user_keys).parts
    return part


def otlp_json(place: str, said: dict[str, Any], number: int = 1, user_keys: tuple[str, ...] = ()) -> Part:
    """The same, by the other encoding."""
    data = json.dumps(request({place: said}, number)).encode()
    (part,) = decode(data, "application/json", None, project=PROJECT, user_keys=user_keys).parts
    return part


def _base64(body: dict[str, Any]) -> dict[str, Any]:
    """A request with ids as protobuf's own JSON mapping has them."""
    (span,) = body["resourceSpans"][0]["scopeSpans"][0]["spans"]
    span |= {name: b64encode(bytes.fromhex(span[name])).decode() for name in ("traceId", "spanId")}
    return body


def own(place: str, said: dict[str, Any], number: int = 1, user_keys: tuple[str, ...] = ()) -> Part:
    """The part of a native object with these words in its metadata, or among the attributes of a step."""
    item: dict[str, Any] = {"id": f"{number:032x}", "question": "Hi?", "answer": "Hello."}
    beside = {f"{key}.metadata" if key == "metadata" else key: value for key, value in said.items()}
    item |= {"metadata": said} if place == "metadata" else beside if place == "beside" else {}
    item |= {"spans": [{"name": "s", "attributes": said}]} if place == "step" else {}
    (part,) = native.parse([item], project=PROJECT, received=NOW, user_keys=user_keys).parts
    return part


MAKERS = [
    *((make, place) for make in (otlp, otlp_json) for place in PLACES),
    *((own, place) for place in ("metadata", "beside", "step")),
]
USERS = st.from_regex(r"\A[a-zA-Z0-9_\-]{6,20}@[a-z]{4,9}\.example\Z")


def check(part: Part, user: str, form: str) -> None:
    stored = Part(**{name: getattr(part, name) for name in Part.__dataclass_fields__})
    body = seal_users(PROJECT, SECRET, part.body)
    said = json.dumps(body)
    assert user not in said
    assert pseudonym(PROJECT, user) not in said
    assert not any(isinstance(value, Hidden) for value in leaves(body))
    if form != "broken JSON":
        assert stored_name(PROJECT, SECRET, user) in said
        object.__setattr__(stored, "body", body)
        assert assemble(PROJECT, part.trace_id, [stored]).user == stored_name(PROJECT, SECRET, user)


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for one in value.values() for leaf in leaves(one)]
    return [leaf for one in value for leaf in leaves(one)] if isinstance(value, list) else [value]


@given(NAMES, USERS, st.sampled_from(sorted(FORMS)), st.sampled_from(MAKERS))
def test_no_part_says_who_its_user_is(name: str, user: str, form: str, maker: Any) -> None:
    make, place = maker
    key, value = FORMS[form](name, user)
    check(make(place, {key: value}), user, form)


@given(st.text("abcxyzABC._-/", min_size=1, max_size=12), USERS, st.sampled_from(MAKERS))
def test_nor_under_names_that_a_project_adds(name: str, user: str, maker: Any) -> None:
    make, place = maker
    if any(c.isalpha() for c in name) and not name.lower().endswith(("id", "name")):
        check(make(place, {f"tenant_{name}_q": user}, user_keys=(f"{name}_q",)), user, "plain")


def test_nothing_in_the_database_says_who_a_user_was_and_erasing_them_takes_their_traces(store: Store) -> None:
    house = House(store)
    parts, users = [], {}
    for make, place in MAKERS:
        for form in FORMS:
            number = len(parts) + 1
            users[f"{number:032x}"] = user = f"kim.{number:05d}@example.org"
            key, value = FORMS[form](SPELLINGS[number % len(SPELLINGS)], user)
            parts.append(make(place, {key: value}, number))
    store_parts(store, parts, house.clock, QUIET)
    house.clock.turn(31)
    house.run()
    kept = "\n".join(value for _, value in everything(store.url))
    assert "kim.0" not in kept
    assert not any(pseudonym(PROJECT, user) in kept for user in users.values())
    broken = {f"{n + 1:032x}" for n in range(len(parts)) if list(FORMS)[n % len(FORMS)] == "broken JSON"}
    with store.read() as unit:
        shown = {trace: unit.of(PROJECT).views.trace(trace) for trace in users}
    for trace, user in users.items():
        row = shown[trace]
        assert row is not None
        assert row["user"] == (None if trace in broken else house.name_of(user))
        erased = erase_user(store, PROJECT, user, house.clock)
        assert erased.deleted["trace"] == (trace not in broken)
    with store.read() as unit:
        assert {t for t in users if unit.of(PROJECT).views.trace(t) is not None} == broken


@pytest.mark.parametrize("place", ["span", "event", "metadata"])
def test_a_trace_that_is_still_open_is_erased_by_what_it_names(store: Store, place: str) -> None:
    house = House(store)
    make = own if place == "metadata" else otlp
    store_parts(store, [make(place, {"x": {"user_id": "kim"}})], house.clock, QUIET)
    assert erase_user(store, PROJECT, "kim", house.clock).deleted["trace"] == 1
