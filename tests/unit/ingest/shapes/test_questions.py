"""What a person asked, out of whatever an application was called with."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evaluator.ingest.shapes import conversation_in, question_in, system_of

ASKED = "Is it open?"
HISTORY = [{"role": "user", "content": "Hello shop"}, {"role": "assistant", "content": "Hello you"}]

CASES: dict[str, tuple[Any, str | None]] = {
    "text": (ASKED, ASKED),
    "nothing": (None, None),
    "empty wrappers": ({"inputs": {}, "config": None}, None),
    "inputs": ({"inputs": {"question": ASKED}}, ASKED),
    "inputs, tags and metadata": (
        {"inputs": {"query": ASKED}, "tags": ["seq:step:1"], "metadata": {"thread": "t"}, "kwargs": {"name": "x"}},
        ASKED,
    ),
    "input as text": ({"input": ASKED}, ASKED),
    "arguments by position": ({"args": [ASKED], "kwargs": {}}, ASKED),
    "arguments by name": ({"args": [], "kwargs": {"question": ASKED, "top_k": 3}}, ASKED),
    "arguments by a name nobody knows": ({"args": [], "kwargs": {"customer_says": ASKED, "shop": "north"}}, ASKED),
    "an argument by position beside options": ({"args": [ASKED], "kwargs": {"temperature": 0.5}}, ASKED),
    "arguments of a method": ({"self": "<Bot object>", "question": ASKED}, ASKED),
    "arguments in a list": (["session-1", ASKED, 3], ASKED),
    "messages": ({"messages": [{"role": "user", "content": ASKED}], "model": "m"}, ASKED),
    "messages that end with a tool": (
        [{"role": "user", "content": ASKED}, {"role": "tool", "content": "9 to 21"}],
        ASKED,
    ),
    "a message in an argument": ({"args": [{"role": "user", "content": ASKED}], "kwargs": {}}, ASKED),
    "a message for the agent": ({"new_message": {"role": "user", "parts": [{"text": ASKED}]}, "user_id": "u"}, ASKED),
    "a question after its history": ({"input": ASKED, "chat_history": HISTORY}, ASKED),
    "a question before its history": ({"history": HISTORY, "question": ASKED}, ASKED),
    "a question with messages of before": ({"message": ASKED, "message_history": HISTORY}, ASKED),
    "a question whose history is in pairs": (
        {"question": ASKED, "chat_history": [["Hello shop", "Hello you"]]},
        ASKED,
    ),
    "cohere": (
        {"message": ASKED, "chat_history": [{"role": "USER", "message": "Hello shop"}], "preamble": "Brief."},
        ASKED,
    ),
    "gemini": ({"model": "m", "contents": ASKED}, ASKED),
    "gemini, texts": ({"model": "m", "contents": [ASKED]}, ASKED),
    "openai responses": ({"model": "m", "instructions": "Be brief.", "input": ASKED}, ASKED),
    "openai completion": ({"model": "m", "prompt": ASKED, "max_tokens": 5}, ASKED),
    "bedrock titan": ({"inputText": ASKED, "textGenerationConfig": {"maxTokenCount": 5}}, ASKED),
    "ollama": ({"model": "m", "prompt": ASKED, "stream": False}, ASKED),
    "prompts": ({"prompts": [ASKED]}, ASKED),
    "prompts of old": ({"prompts": ["System: Be brief.\nHuman: Is it open?"]}, ASKED),
    "a prompt of one": ({"prompts": ["Human: Is it open?"]}, ASKED),
    "a transcript": ("system: You help.\nAnswer in French.\nuser: Is it open?\nOr not?", "Is it open?\nOr not?"),
    "text that only looks like a transcript": ("Note: the user: field is empty", "Note: the user: field is empty"),
    "langgraph state": (
        {"messages": [{"type": "human", "content": ASKED}], "remaining_steps": 9, "documents": []},
        ASKED,
    ),
    "langgraph node": (
        {
            "question": ASKED,
            "documents": [{"page_content": "Open from nine to nine.", "metadata": {}}],
            "generation": "",
        },
        ASKED,
    ),
    "llamaindex": ({"str_or_query_bundle": ASKED}, ASKED),
    "llamaindex bundle": ({"query_bundle": {"query_str": ASKED, "image_path": None, "embedding": None}}, ASKED),
    "haystack": ({"data": {"retriever": {"query": ASKED}, "prompt_builder": {"question": ASKED}}}, ASKED),
    "crewai": ({"inputs": {"topic": "opening hours on Sunday"}}, "opening hours on Sunday"),
    "smolagents": ({"task": ASKED, "stream": False, "reset": True, "images": None, "additional_args": None}, ASKED),
    "pydantic ai": ({"user_prompt": ASKED, "message_history": None, "deps": {"shop": "north"}}, ASKED),
    "dspy": ({"kwargs": {"question": ASKED}, "signature": "question -> answer"}, ASKED),
    "vercel": ({"system": "Be brief.", "prompt": ASKED}, ASKED),
    "adk": ({"user_id": "u", "session_id": "s", "new_message": {"parts": [{"text": ASKED}], "role": "user"}}, ASKED),
    "http": ({"method": "POST", "path": "/chat", "body": json.dumps({"message": ASKED})}, ASKED),
    "a sentence in a wrapper that nobody knows": ({"shop": "north", "ticket": {"says": ASKED, "no": 3}}, ASKED),
    "in quotes": (json.dumps(json.dumps({"inputs": json.dumps({"question": ASKED})})), ASKED),
    "an object that was asked": (
        {"inputs": {"from": "DE", "to": "FR", "weight": 2}},
        '{"from": "DE", "to": "FR", "weight": 2}',
    ),
    "an object": ({"from": "DE", "to": "FR", "weight": 2}, '{"from": "DE", "to": "FR", "weight": 2}'),
}


@pytest.mark.parametrize("name", CASES)
def test_a_question(name: str) -> None:
    value, expected = CASES[name]
    assert question_in(value) == expected


@pytest.mark.parametrize("name", [name for name in CASES if isinstance(CASES[name][0], list | dict)])
def test_a_question_as_text_and_within_wrappers(name: str) -> None:
    value, expected = CASES[name]
    quoted = json.dumps(value)
    assert [question_in(quoted), question_in(json.dumps(quoted)), question_in({"inputs": value})] == [expected] * 3
    assert question_in({"args": [], "kwargs": {"input": value}}) == expected


def test_instructions_beside_a_question_are_no_part_of_it() -> None:
    for key in ("instructions", "system", "system_prompt", "systemInstruction", "preamble"):
        found = conversation_in({key: "Be brief.", "input": ASKED})
        assert system_of(found) == "Be brief."
        assert [m.text for m in found if m.role == "user"] == [ASKED]


def test_what_was_said_before_a_question_stays_before_it() -> None:
    found = conversation_in({"input": ASKED, "chat_history": HISTORY})
    assert [(m.role, m.text) for m in found] == [("user", "Hello shop"), ("assistant", "Hello you"), ("user", ASKED)]
