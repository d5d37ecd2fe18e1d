"""Redaction: marks in place of values, JSON that stays JSON, and nothing else touched."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from evaluator.text.pii.finder import KINDS
from evaluator.text.pii.redact import Redactor, hint_of

ALL = Redactor(KINDS)
SECRETS = ("anna@example.com", "4111111111111111", "536-22-1234", "hunter2", "+44 20 7946 0958", "Anna Lee")


def test_marks_take_the_place_of_values() -> None:
    text = "Mail anna@example.com or ring +44 20 7946 0958 (my name is Anna Lee)."
    assert ALL.text(text) == "Mail [email] or ring [phone] (my name is [person])."
    assert Redactor(["phone"]).text(text) == text.replace("+44 20 7946 0958", "[phone]")


def test_marks_are_not_found_again() -> None:
    once = ALL.text("password: hunter2, card 4111111111111111, Mr. Anna Lee, phone 212-555-0100")
    assert once == "password: [secret], card [credit_card], Mr. [person], phone [phone]"
    assert ALL.text(once) == once


def test_json_stays_json_and_keeps_its_form() -> None:
    text = '{\n  "to" : "anna@example.com",\t"rate": 1.50, "é": "ü anna@example.com", "n": [1e400, null]\n}'
    assert ALL.text(text) == text.replace("anna@example.com", "[email]")


def test_escapes_hide_nothing() -> None:
    text = r'{"to": "anna\u0040example.com\n\ud800", "k": "\u00e9"}'
    redacted = ALL.text(text)
    assert json.loads(redacted) == {"to": "[email]\n\ud800", "k": "é"}
    assert redacted == r'{"to": "[email]\n\ud800", "k": "\u00e9"}'


def test_json_within_json_is_read() -> None:
    inner = json.dumps({"mail": "anna\t<anna@example.com>"}).replace("@", "\\u0040")
    redacted = ALL.text(json.dumps({"arguments": inner}))
    assert json.loads(json.loads(redacted)["arguments"]) == {"mail": "anna\t<[email]>"}


def test_keys_say_what_values_are() -> None:
    text = '{"customerName": "Anna Lee", "ssn": "536221234", "Password": "hunter2", "tool_name": "Anna Lee"}'
    assert json.loads(ALL.text(text)) == {
        "customerName": "[person]",
        "ssn": "[us_ssn]",
        "Password": "[secret]",
        "tool_name": "Anna Lee",
    }


def test_a_field_says_nothing_of_the_next_one() -> None:
    assert ALL.text('{"phone": "none", "size": "1234567"}') == '{"phone": "none", "size": "1234567"}'
    value = {"phone": "none", "size": "1234567", "Name:": "x", "y": "Anna"}
    assert ALL.value(value) == value


def test_numbers_that_are_personal_data_become_marks_and_others_stay_numbers() -> None:
    text = '{"card": 4111111111111111, "phone": 2125550100, "total_tokens": 2125550100, "phone_id": 2125550100}'
    expected = {"card": "[credit_card]", "phone": "[phone]", "total_tokens": 2125550100, "phone_id": 2125550100}
    assert json.loads(ALL.text(text)) == expected
    assert ALL.value(json.loads(text)) == expected


def test_keys_that_become_alike_stay_apart() -> None:
    value = {"a@example.com": 1, "b@example.com": 2, "[email]": 3, "plain": 4}
    expected = {"[email]": 1, "[email] 2": 2, "[email] 3": 3, "plain": 4}
    assert ALL.value(value) == expected
    assert json.loads(ALL.text(json.dumps(value))) == expected


def test_hints_come_from_the_end_of_a_key() -> None:
    assert hint_of("metadata.customer.phoneNumber") == "customer phone number"
    assert hint_of("gen_ai.tool.call.id") == ""
    assert hint_of("x" * 10_000) == ""


Json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(Json, st.booleans(), st.sampled_from([None, 2]))
def test_any_json_with_a_secret_in_it_stays_json_without_it(value: Any, ascii_only: bool, indent: int | None) -> None:
    document = {"before": value, "mail": "to anna@example.com", "after": value}
    for redacted in (
        json.loads(ALL.text(json.dumps(document, ensure_ascii=ascii_only, indent=indent))),
        ALL.value(document),
    ):
        assert redacted["mail"] == "to [email]"
        assert "anna@example.com" not in json.dumps(redacted)


@given(st.lists(st.sampled_from(SECRETS) | st.text(max_size=8), max_size=6))
def test_one_search_of_many_texts_gives_what_a_search_of_each_gives(texts: list[str]) -> None:
    assert ALL.value(texts) == [ALL.text(text) for text in texts]
