"""Conversations as providers and frameworks write them: every text in its role and in its order, what tools gave as
tool messages, what a model thought by itself left out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evaluator.ingest.shapes import conversation_in, read_messages
from tests.support.conversations import CONVERSATIONS, Turn


def turns(messages: Any) -> list[Turn]:
    found: list[Turn] = []
    for message in messages:
        if message.calls and not (message.text or message.tool_call):
            continue  # a tool that the provider ran itself: of it the conversation has what it found
        turn: Turn = (message.role, message.text)
        if message.tool_call:
            arguments = [json.dumps(json.loads(call)) for call in message.arguments if call]
            turn = (message.role, message.text, *arguments[:1])
        found.append(turn)
    return found


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_a_conversation(name: str) -> None:
    value, expected = CONVERSATIONS[name]
    assert turns(conversation_in(value)) == expected


@pytest.mark.parametrize("quoted", [1, 2, 3])
@pytest.mark.parametrize("name", [name for name in CONVERSATIONS if not isinstance(CONVERSATIONS[name][0], str)])
def test_the_same_as_json_in_quotes(name: str, quoted: int) -> None:
    value, expected = CONVERSATIONS[name]
    for _ in range(quoted):
        value = json.dumps(value)
    assert turns(conversation_in(value)) == expected


@pytest.mark.parametrize("name", [name for name in CONVERSATIONS if isinstance(CONVERSATIONS[name][0], list)])
def test_a_list_of_messages_wherever_it_lies(name: str) -> None:
    value, expected = CONVERSATIONS[name]
    assert turns(read_messages(value)) == expected
    assert turns(conversation_in({"messages": value})) == expected
    assert turns(conversation_in({"inputs": {"messages": json.dumps(value)}})) == expected
    assert turns(conversation_in({"args": [], "kwargs": {"model": "m", "messages": value}})) == expected
