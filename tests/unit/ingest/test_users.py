"""Users are hidden wherever a name says that they stand, and nothing else is touched."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from evaluator.core.ids import pseudonym
from evaluator.core.people import Hidden, Level
from evaluator.ingest.numbers import MASKED
from evaluator.ingest.users import MARK, Named, Users

KIM = "kim.77@example.org"
NAME = pseudonym("p", KIM)


def hide(attributes: dict[str, Any], *added: str, level: Level = Level.OWN) -> tuple[dict[str, Any], dict[str, str]]:
    """What is left of attributes, and whom they name."""
    named, body = Named(), dict[str, Any]()
    out = Users("p", added).hide(attributes, named, level)
    named.tell(body)
    return out, body.get("named", {})


@pytest.mark.parametrize(
    ("attributes", "left"),
    [
        ({"user.id": KIM}, {"user.id": NAME}),
        ({"appUserId": [KIM, "", KIM]}, {"appUserId": [NAME, NAME]}),
        ({"mlflow.trace.user": json.dumps(KIM)}, {"mlflow.trace.user": NAME}),
        ({"x": {"y": [{"user": {"id": KIM, "tier": 2}}]}}, {"x": {"y": [{"user": {"id": NAME, "tier": 2}}]}}),
        ({"x": [[{"user_id": KIM}]]}, {"x": [[{"user_id": NAME}]]}),
        ({"metadata": json.dumps({"a": [{"userId": KIM}], "b": 1})}, {"metadata": {"a": [{"userId": NAME}], "b": 1}}),
        ({"x.properties": f' {{"user":"{KIM}"}}'}, {"x.properties": {"user": NAME}}),
        ({"metadata": {"deep": json.dumps({"end_user_id": KIM})}}, {"metadata": {"deep": {"end_user_id": NAME}}}),
        ({"metadata": json.dumps({"x": json.dumps([{"user_id": KIM}])})}, {"metadata": {"x": [{"user_id": NAME}]}}),
        ({"user": json.dumps({"id": KIM, "age": 7})}, {"user": {"id": NAME, "age": 7}}),
        ({"user_id": {"value": KIM, "none": ""}}, {"user_id": {"value": NAME}}),
        ({"llm.invocation_parameters": json.dumps({"user": KIM})}, {"llm.invocation_parameters": {"user": NAME}}),
    ],
)  # fmt: skip
def test_users_are_hidden_in_any_form(attributes: dict[str, Any], left: dict[str, Any]) -> None:
    before = json.dumps(attributes)
    found, named = hide(attributes | {"name": "x"})
    assert found == left | {"name": "x"}
    assert KIM not in json.dumps(found)
    assert json.dumps(attributes) == before
    assert named == ({} if "user_id" in attributes and isinstance(attributes["user_id"], dict) else {"own": NAME})


def test_only_numbers_and_texts_are_names_and_an_empty_one_is_left_out() -> None:
    said = {"user.id": 7, "user_id": "", "enduser.id": " ", "userId": None, "x.user_id": True, "cpu.share.user": 0.3}
    out, named = hide(said | {"y.user_id": MASKED})
    seven = pseudonym("p", "7")
    assert out == {
        "user.id": seven, "userId": None, "x.user_id": True, "cpu.share.user": 0.3, "y.user_id": MASKED,
    }  # fmt: skip
    assert named == {"own": seven}
    assert isinstance(out["user.id"], Hidden)


@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai.input.messages": [{"role": "user", "arguments": {"user_id": KIM}}]},
        {"input.value": json.dumps({"user_id": KIM}), "ai.toolCall.args": json.dumps({"userId": KIM})},
        {"gen_ai.tool.definitions": [{"parameters": {"properties": {"user_id": {"type": "string"}}}}]},
        {"metadata": json.dumps({"user_agent": "x", "users": 3})},
        {"metadata": "the user_id is not JSON"},
        {"db.user": "root", "user_prompt": "Hello", "email": "Dear Sir, I write to you"},
    ],
)
def test_what_was_said_and_what_names_nobody_stays_as_it_is(attributes: dict[str, Any]) -> None:
    out, named = hide(attributes)
    assert out is attributes
    assert named == {}


@pytest.mark.parametrize(
    "text",
    [
        f'{{"a": 1, "user_id": "{KIM}", "b": "cut of',
        f"{{'user_id': '{KIM}', 'b': None}}",
        f'{{"user": {{"id": "{KIM}"}}, "b": NaN}}',
        '{"user_id": "' + KIM,
    ],
)
def test_a_text_that_is_no_json_loses_what_looks_like_a_user(text: str) -> None:
    out, named = hide({"metadata": text})
    assert KIM not in out["metadata"]
    assert MARK in out["metadata"]
    assert named == {}


def test_whom_a_part_names_the_surest_first() -> None:
    mails = {"user.email": "m@example.org", "user.name": "Kim"}
    assert hide(mails)[1] == {"mail": pseudonym("p", "m@example.org")}
    assert hide(mails, level=Level.AROUND)[1] == {}
    assert hide(mails | {"my.user_id": "b", "user.id": "a", "langfuse.user.id": "c"})[1]["own"] == pseudonym("p", "a")
    assert hide({"my.user_id": "b", "cid": "a"}, "cid")[1] == {"own": pseudonym("p", "a")}
    assert hide({"user_id": "a"}, level=Level.AROUND)[1] == {"around": pseudonym("p", "a")}
    assert hide({"user": "How long does a parcel to Spain take? " * 20})[1] == {}


def test_what_a_project_adds_is_hidden_in_any_place() -> None:
    said = {"app.cid": KIM, "x": {"CID": KIM}, "metadata": json.dumps({"cid": KIM}), "acid": KIM}
    assert hide(said, "cid")[0] == {"app.cid": NAME, "x": {"CID": NAME}, "metadata": {"cid": NAME}, "acid": KIM}
    assert hide(said)[0] is said


@pytest.mark.parametrize(
    "text",
    [
        '{"user_id": ' + "[" * 200_000,
        '{"user":' * 100_000,
        '[{"user_id":""},' + '"user' * 200_000,
        "{'" * 300_000 + "user",
        '{"user_id":"' + "\\" * 500_000,
        '{"' + "user_id " * 100_000,
        "[" + '{"user_id": "a"},' * 60_000 + "1]",
    ],
)
def test_hostile_texts_take_no_time(text: str) -> None:
    started = time.process_time()
    hide({"metadata": text})
    assert time.process_time() - started < 5


def test_long_keys_within_values_take_no_time() -> None:
    started = time.process_time()
    said = {"x": {"k" * 2_000_000: {f"{n}": {"user_id": KIM} for n in range(5000)}}}
    assert KIM not in str(hide(said)[0])
    assert time.process_time() - started < 5


def test_what_texts_are_made_of_is_bounded_for_a_request() -> None:
    users = Users("p")
    text = json.dumps([{"user_id": KIM}, *[1] * 60_000])
    made = [users.hide({"metadata": text}, Named())["metadata"] for _ in range(9)]
    assert isinstance(made[0], list)
    assert isinstance(made[-1], str)
    assert all(KIM not in str(one) for one in made)
