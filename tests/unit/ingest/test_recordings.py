"""Whatever real senders sent is read right: every recording, replayed from its bytes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.recordings import Recording, expected, found, recordings

_TRACES = [(recording, said) for recording in recordings() for said in recording.said["traces"]]


def _answered(said: dict[str, Any]) -> bool:
    return "answer" not in said.get("not_sent", {})


def _name(value: Any) -> str:
    return value.name if isinstance(value, Recording) else str(value["trace_id"])[:6]


@pytest.mark.parametrize(("recording", "said"), _TRACES, ids=_name)
def test_what_a_sender_sent_is_read(recording: Recording, said: dict[str, Any]) -> None:
    trace = recording.traces[said["trace_id"]]
    wanted = expected(said)
    assert {fact: found(trace, fact, value) for fact, value in wanted.items()} == wanted
    assert len(trace.answers) == (len(said["answers"]) if _answered(said) else 0)


@pytest.mark.parametrize(("recording", "said"), _TRACES, ids=_name)
def test_nothing_else_stands_in_for_it(recording: Recording, said: dict[str, Any]) -> None:
    """No wrapper, no prompt and no second copy: passages are what was retrieved and what the tool said."""
    trace = recording.traces[said["trace_id"]]
    for answer, had in zip(trace.answers, said["answers"] if _answered(said) else (), strict=True):
        assert answer.question == had["question"]
        texts = {p["text"] for p in had["passages"]}
        rest = [p.text for p in answer.passages if p.text not in texts]
        assert len(rest) <= (had["tool"] is not None)
        # Whether by a span, by messages or by both: a call is one, and none of an earlier turn. smolagents answers by
        # a tool.
        called = [call.name for call in answer.tool_calls if call.name != "final_answer"]
        assert len(called) == (had["tool"] is not None and "tool_name" not in said.get("not_sent", {}))
    user = said.get("user")
    assert user is None or user not in repr(trace)
