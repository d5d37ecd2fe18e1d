"""A trace that has no answer, no question or no passages says why."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest

from evaluator.core.trace import Fact, Part
from evaluator.ingest.assembly.assemble import assemble
from evaluator.ingest.assembly.gaps import NAME_CHARS, SHOWN
from evaluator.ingest.native import traces as native
from evaluator.ingest.senders import by_id, reasons
from tests.support.spans import NOON, llm, put_together, span

MODEL = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.output_tokens": 4}


def call(span_id: str, parent: str | None = None, at: tuple[float, float] = (1, 2), **attributes: Any) -> Part:
    """A model call in the GenAI conventions, without contents unless they are given."""
    return span(span_id, parent, at=at, raw=MODEL | attributes, body={"scope": {"name": "opentelemetry.util.genai"}})


def messages(text: str, role: str, **more: Any) -> str:
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]} | more])


def asked(text: str = "When does it close?") -> dict[str, str]:
    return {"gen_ai.input.messages": messages(text, "user")}


def why(*parts: Part) -> dict[str, str]:
    """The reason of each gap by its fact; the same in every order of the parts."""
    found = {tuple((g.fact.value, g.reason) for g in put_together(*some).gaps) for some in permutations(parts)}
    assert len(found) == 1
    return dict(found.pop())


def test_a_trace_that_tells_all_has_no_gap() -> None:
    trace = put_together(
        span("root", None, "chain", input_value="When?", output_value="At nine.", at=(0, 5)),
        span("found", "root", "retriever", docs=["It closes at nine."], at=(1, 2)),
        llm("call", "root", (3, 4), "At nine.", "When?"),
    )
    assert (trace.sender, trace.gaps) == ("openinference", ())


def test_calls_without_contents_name_the_remedy_of_their_sender() -> None:
    trace = put_together(call("a"), call("b", "a"))
    assert {gap.fact: gap.reason for gap in trace.gaps} == {
        Fact.ANSWER: "not_recorded",
        Fact.QUESTION: "not_recorded",
        Fact.PASSAGES: "no_source",
    }
    assert trace.gaps[0].said == f"contents are not recorded: {by_id()['opentelemetry-genai'].contents}"
    assert "SPAN_ONLY" in trace.gaps[0].said.upper()


def test_retrieval_without_contents_is_not_recorded_either() -> None:
    retrieval = span("r", "a", raw={"gen_ai.operation.name": "retrieval", "gen_ai.data_source.id": "x"}, at=(0, 1))
    assert why(call("a"), retrieval)["passages"] == "not_recorded"


TOOL_CALL = {
    "gen_ai.output.messages": json.dumps(
        [{"role": "assistant", "parts": [{"type": "tool_call", "name": "find", "arguments": {"q": "x"}}]}]
    )
}
SAID = {"gen_ai.output.messages": messages("At nine.", "assistant")}
IDS = {"gen_ai.operation.name": "retrieval", "gen_ai.retrieval.documents": '[{"id": "d1", "score": 0.4}]'}
FAILED = {"status": "error"}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([call("a", **asked(), **TOOL_CALL)], {"answer": "tool_asked", "passages": "no_source"}),
        ([call("a", **asked())], {"answer": "no_output", "passages": "no_source"}),
        ([call("a", **SAID)], {"question": "no_input", "passages": "no_source"}),
        (
            [span("a", raw=MODEL | asked(), body=FAILED)],
            {"answer": "call_failed", "passages": "no_source"},
        ),
        (
            [span("a", raw=MODEL, body=FAILED)],
            {"answer": "call_failed", "question": "no_input", "passages": "no_source"},
        ),
        ([call("a", **asked(), **SAID), span("r", "a", raw=IDS, at=(0, 1))], {"passages": "no_texts"}),
        (
            [call("a", **asked(), **SAID), span("r", "a", "retriever", output_value="[]", at=(0, 1))],
            {"passages": "nothing_found"},
        ),
        (
            [call("a", **asked(), **SAID), span("r", "a", "retriever", body=FAILED, at=(0, 1))],
            {"passages": "source_failed"},
        ),
        ([call("a", **asked(), **SAID), span("r", "a", "tool", at=(0, 1))], {"passages": "no_result"}),
        (
            [
                call("a", **asked(), **SAID),
                span("r", "a", "tool", input_value="At nine o'clock, as ever, sir.",
                     output_value="At nine o'clock, as ever, sir.", at=(0, 0.5)),
            ],
            {"passages": "echo"},
        ),
        (
            [span("a", None, "llm", input_value="__REDACTED__", output_value="__REDACTED__", raw=MODEL)],
            {"answer": "masked", "question": "masked", "passages": "no_source"},
        ),
        (
            [span("a", None, "chain", raw={"openinference.span.kind": "CHAIN"})],
            {"answer": "no_model_text", "question": "no_input", "passages": "no_source"},
        ),
        (
            [span("a", "gone", "chain"), span("b", "lost", "chain")],
            {"answer": "incomplete", "question": "incomplete", "passages": "no_source"},
        ),
        (
            [span("a", raw={"http.method": "GET", "url.path": "/"}), span("b", "a", raw={"db.system": "x"})],
            dict.fromkeys(("answer", "question", "passages"), "plain_spans"),
        ),
        (
            [span("a", raw={"http.method": "GET", "acme.prompt.body": "When?"})],
            dict.fromkeys(("answer", "question", "passages"), "sender_unknown"),
        ),
    ],
    ids=lambda value: "-".join(dict.fromkeys(value.values())) if isinstance(value, dict) else "",
)  # fmt: skip
def test_the_reason_is_told(parts: list[Part], expected: dict[str, str]) -> None:
    assert why(*parts) == expected


def test_every_reason_fits_into_its_sentence() -> None:
    values = {"remedy": "set X", "attributes": "a, b", "field": "context"}
    for code, text in reasons().items():
        said = text.format_map(values)
        assert said[0].islower() or said.startswith("HTTP"), code
        assert not said.endswith("."), code


def test_names_of_strangers_are_cut_cleaned_and_few() -> None:
    names = {f"acme.{n:04}\u202e\x1b[31m<script>{'x' * 400}": n for n in range(500)}
    said = put_together(span("a", raw=names)).gaps[0].said
    assert said.startswith("sender not known; attributes seen: acme.0000")
    assert said.count("acme.") == SHOWN
    assert len(said) < SHOWN * (NAME_CHARS + 3) + 50
    assert not {"\u202e", "\x1b"} & set(said)


def native_trace(**item: Any) -> list[Part]:
    return native.parse([{"id": "t", "start_time": NOON.isoformat()} | item], project="p", received=NOON).parts


def test_native_json_says_which_field_it_left_out() -> None:
    trace = assemble("p", "t", native_trace(question="When?"))
    assert trace.sender == "faithline"
    assert [gap.said for gap in trace.gaps] == ["the native JSON has no answer", "the native JSON has no context"]
    whole = assemble("p", "t", native_trace(question="When?", answer="At nine.", context="At nine."))
    assert (whole.sender, whole.gaps) == ("faithline", ())


def test_feedback_before_its_trace_is_a_part_of_it() -> None:
    trace = assemble("p", "t", native_trace(feedback="down"))
    assert trace.sender is None
    assert {gap.reason for gap in trace.gaps} == {"incomplete"}
