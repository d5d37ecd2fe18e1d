"""JSON lines of any shape: what is where, as somebody says or as it looks."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from typing import Any

import pytest

from evaluator.core.errors import InvalidInput
from evaluator.core.trace import ToolCall
from evaluator.ingest.assembly.assemble import assemble
from evaluator.ingest.files.mapped import Mapped, guess, is_native

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ROW: dict[str, Any] = {
    "req": {"q": "When do you close?", "client": {"user_id": "u-1"}},
    "rsp": {"final answer": "We close at nine.", "engine": {"model": "m-1"}},
    "hits": [{"text": "Open until nine."}, {"text": "Closed on Sunday."}],
    "tier": "gold",
    "created_at": "2026-11-20T10:00:00Z",
}


def test_paths_say_what_is_where() -> None:
    said = Mapped.read(
        [
            "question=$.req.q",
            "answer=$.rsp['final answer']",
            "context=$.hits[*].text",
            "metadata.tier=$.tier",
            "id=$.no",
        ]
    )
    parts, errors = said.parse([ROW, 7, ROW | {"hits": []}], project="p", received=NOW)
    assert [(e.index, e.field) for e in errors] == [(1, "record")]
    trace = assemble("p", parts[0].trace_id, parts[:1])
    (answer,) = trace.answers
    assert (answer.question, answer.answer) == ("When do you close?", "We close at nine.")
    assert [p.text for p in answer.passages] == ["Open until nine.", "Closed on Sunday."]
    assert trace.metadata == {"tier": "gold"}
    assert len(parts) == 2


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (["question"], "is not FIELD=PATH"),
        (["question="], "is not FIELD=PATH"),
        (["qestion=$.q"], "question"),
        (["metadata.=$.q"], "metadata.NAME"),
        (["question=$.q", "question=$.r"], "twice"),
        (["question=$.q["], "is no path"),
    ],
)
def test_what_is_no_mapping_is_refused_by_name(given: list[str], problem: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Mapped.read(given)
    assert refused.value.field == "--map"
    assert problem in f"{refused.value.problem} {refused.value.remedy}"


@pytest.mark.parametrize(
    ("row", "paths"),
    [
        (
            {
                "inputs": {"user_query": "When do you close?"},
                "outputs": {"text": "At nine."},
                "docs": ["Open till nine."],
            },
            {"question": "$.inputs.user_query", "answer": "$.outputs.text", "context": "$.docs"},
        ),
        (
            {
                "prompt": [{"role": "user", "content": "When?"}],
                "completion": "At nine.",
                "ts": 1,
                "model_name": "m-1",
            },
            {"question": "$.prompt", "answer": "$.completion", "model": "$.model_name"},
        ),
        (
            {"data": {"request id": "r1", "user message": "When do you close?", "bot": {"reply": "At nine."}}},
            {"question": "$.data['user message']", "answer": "$.data.bot.reply", "id": "$.data['request id']"},
        ),
        ({"a\nb'\"\\": {"answer": "At nine."}}, {"answer": "$['a\\nb\\'\"\\\\'].answer"}),
    ],
)
def test_a_guess_goes_by_names_and_values(row: dict[str, Any], paths: dict[str, str]) -> None:
    found = guess([row] * 3 + [{"other": 1}])
    assert found is not None
    assert dict(found.paths) == paths
    assert found.parse([row], project="p", received=NOW).errors == []
    _, *options = shlex.split(f"faithline {found.options()}")
    assert options[1::2] == [f"{field}={path}" for field, path in paths.items()]


def test_nothing_is_guessed_where_nothing_looks_like_it() -> None:
    assert guess([{"a": 1, "b": "two words"}]) is None
    assert guess([1, "x", None]) is None


def test_our_own_format_is_known_by_its_names() -> None:
    assert is_native([{"question": "Q", "answer": "A"}, {"input": "Q"}])
    assert not is_native([ROW])


def test_calls_of_tools_are_mapped_and_guessed_but_definitions_of_tools_are_not() -> None:
    calls = [{"name": "hours", "args": {"day": "Sunday"}, "output": "closed"}]
    row = {"q": "When do you close?", "answer": "We close at nine.", "tools": calls}
    found = guess([row])
    assert found is not None
    assert found.paths["tool_calls"] == "$.tools"
    parts, errors = found.parse([row, row | {"tools": 7}], project="p", received=NOW)
    assert [error.index for error in errors] == [1]
    (answer,) = assemble("p", parts[0].trace_id, parts[:1]).answers
    assert answer.tool_calls == (ToolCall(name="hours", arguments='{"day": "Sunday"}', result="closed"),)
    defined = [{"type": "function", "function": {"name": "hours", "parameters": {"type": "object"}}}]
    other = guess([row | {"tools": defined}])
    assert other is not None
    assert "tool_calls" not in other.paths
