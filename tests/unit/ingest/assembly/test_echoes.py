"""What a tool only gives back is no evidence; what it found stays, even where the answer repeats it word for word."""

from __future__ import annotations

import json

import pytest

from evaluator.core.trace import Part, Trace
from evaluator.ingest.assembly.echoes import Call, evidence, quoted_calls
from evaluator.ingest.shapes import read_messages
from tests.support.spans import llm, put_together, span, texts

ANSWER = "The shop is open on Monday, until nine in the evening."
QUESTION = "How long is the shop open?"
FOUND = "Monday: 09:00 to 21:00"
MCP = {"content": [{"type": "text", "text": ANSWER}], "isError": False}

HANDED: dict[str, str] = {
    "as json": json.dumps({"answer": ANSWER}),
    "by position": json.dumps({"args": [ANSWER], "kwargs": {}}),
    "by name": json.dumps({"args": [], "kwargs": {"answer": ANSWER, "sanitize": True}}),
    "in a list": json.dumps([ANSWER]),
    "as text": ANSWER,
    "as a call": f"final_answer({ANSWER!r})",
    "as an object of Python": str({"answer": ANSWER}),
    "in quotes": json.dumps(json.dumps({"answer": ANSWER})),
    "in a letter": json.dumps({"to": "ann@x.example", "body": f"Hello Ann,\n{ANSWER}\nYours, the shop"}),
    "without its end": json.dumps({"text": ANSWER[:-4]}),
    "in other case and spacing": json.dumps({"text": ANSWER.upper().replace(" ", "\n ")}),
    "with markup": json.dumps({"text": ANSWER.replace("Monday", "**Monday**")}),
}
OUTPUTS: dict[str, str] = {
    "text": ANSWER,
    "in quotes": f'"{ANSWER}"',
    "json": json.dumps({"sent": True, "text": ANSWER}),
    "json in json": json.dumps({"result": json.dumps({"final_answer": ANSWER})}),
    "mcp": json.dumps(MCP),
    "vercel": json.dumps({"type": "text", "value": ANSWER}),
    "acknowledged": json.dumps({"ok": True, "id": "m-17", "ts": 1764489600, "message": {"text": ANSWER}}),
    "nothing but acknowledged": json.dumps({"sent": True}),
    "after a word": f"Message sent: {ANSWER}",
    "after a name that is longer in small letters": f"İstanbul, İzmir: {ANSWER}",
    "with a word after it": f"{ANSWER} (delivered)",
    "in markdown": f"> **{ANSWER}**",
    "in a block of code": f"```\n{ANSWER}\n```",
    "in other case": ANSWER.lower(),
    "in other spacing": ANSWER.replace(" ", "\n"),
    "broken off": ANSWER[:40] + "…",
}
SAID_AGAIN = [name for name in OUTPUTS if name != "nothing but acknowledged"]


@pytest.mark.parametrize("given", HANDED)
@pytest.mark.parametrize("gave", OUTPUTS)
def test_a_tool_that_was_handed_the_answer_is_no_source(given: str, gave: str) -> None:
    assert evidence(Call(OUTPUTS[gave], HANDED[given], True), ANSWER) == ()


@pytest.mark.parametrize("gave", SAID_AGAIN)
@pytest.mark.parametrize("earlier", [True, False])
def test_an_echo_of_the_answer_is_no_source_where_nobody_recorded_what_was_given(gave: str, earlier: bool) -> None:
    assert evidence(Call(OUTPUTS[gave], None, earlier), ANSWER) == ()


@pytest.mark.parametrize("gave", SAID_AGAIN)
def test_what_repeats_the_answer_after_it_was_written_is_no_source(gave: str) -> None:
    assert evidence(Call(OUTPUTS[gave], json.dumps({"chat": "c-1"}), False), ANSWER) == ()


@pytest.mark.parametrize(
    ("output", "arguments"),
    [
        (ANSWER, json.dumps({"day": "Monday"})),
        (ANSWER, ""),
        (FOUND, json.dumps({"query": QUESTION})),
        (FOUND, None),
        (f"{QUESTION} {FOUND}", json.dumps({"query": QUESTION})),
        (f"{QUESTION} No.", json.dumps({"query": QUESTION})),
        (f"{FOUND}. {ANSWER} Closed on Sunday, and on every public holiday.", None),
        ("42", json.dumps({"expression": "6 * 7"})),
        ("42", json.dumps({"of": [17, 42]})),
        ("42", None),
        ("Monday", json.dumps({"days": ["Sunday", "Monday"]})),
    ],
)  # fmt: skip
def test_what_a_tool_found_stays(output: str, arguments: str | None) -> None:
    assert texts(evidence(Call(output, arguments, True), ANSWER)) == [output]


@pytest.mark.parametrize("answer", ["Yes", "42", "No.", "", "👍"])
@pytest.mark.parametrize("arguments", [None, "", json.dumps({"query": QUESTION})])
def test_a_short_answer_wipes_nothing(answer: str, arguments: str | None) -> None:
    for output in ("Yes, it is open.", "42", json.dumps({"open": "Yes"}), "No. Closed on Sunday."):
        assert texts(evidence(Call(output, arguments, True), answer)) == [output]


@pytest.mark.parametrize("answer", ["It is in Bonn.", "Bonn", "42"])
def test_a_short_answer_that_was_handed_over_is_no_source(answer: str) -> None:
    for arguments in (json.dumps({"answer": answer}), json.dumps({"args": [answer], "kwargs": {}}), answer):
        assert evidence(Call(answer, arguments, True), answer) == ()
    assert evidence(Call(answer, json.dumps({"answer": 42}), True), "42") == () or answer != "42"


def test_what_was_found_beside_an_echo_stays_without_it() -> None:
    query = json.dumps({"query": "opening hours of the shop on Monday"})
    output = json.dumps({"query": "Opening hours of the shop on Monday", "hours": "9 to 21", "id": 7})
    assert texts(evidence(Call(output, query, True), ANSWER)) == ['{"hours": "9 to 21", "id": 7}']
    later = f"Sent to Ann, who asked on the fourth of May and had ordered a kettle: {ANSWER}"
    assert texts(evidence(Call(later, None, False), ANSWER)) == [
        "Sent to Ann, who asked on the fourth of May and had ordered a kettle:"
    ]


def test_a_word_of_acknowledgement_that_tells_something_stays() -> None:
    note = json.dumps({"note": "The parcel of Ann goes to Bonn"})
    output = json.dumps({"note": "The parcel of Ann goes to Bonn", "status": "It left Cologne on Monday at nine"})
    assert texts(evidence(Call(output, note, True), ANSWER)) == ['{"status": "It left Cologne on Monday at nine"}']
    assert (
        evidence(Call(json.dumps({"note": "The parcel of Ann goes to Bonn", "status": "kept"}), note, True), ANSWER)
        == ()
    )
    assert evidence(Call("Noted: The parcel of Ann goes to Bonn.", note, True), ANSWER) == ()


def test_documents_that_a_tool_found_are_passages() -> None:
    output = json.dumps({"results": [{"id": "a", "text": FOUND, "score": 0.5}, {"text": ANSWER, "score": 0.4}]})
    assert texts(evidence(Call(output, json.dumps({"query": QUESTION}), True), ANSWER)) == [FOUND, ANSWER]


@pytest.mark.parametrize(
    "said",
    [
        {"blocks": [{"block_type": "text", "text": FOUND}], "raw_output": "<Hours object at 0x7f3>"},
        {"content": FOUND, "raw_output": {"monday": [9, 21]}},
        {"blocks": [{"block_type": "image", "url": "x"}], "raw_output": FOUND},
    ],
)
def test_what_a_tool_of_llamaindex_found_is_its_text(said: dict[str, object]) -> None:
    output = json.dumps(
        {**said, "tool_name": "hours", "raw_input": {"args": [], "kwargs": {"day": 1}}, "is_error": False}
    )
    assert texts(evidence(Call(output, json.dumps({"kwargs": {"day": 1}}), True), ANSWER)) == [FOUND]


def test_tools_that_a_prompt_quotes_are_read_with_their_arguments() -> None:
    call = {"type": "function", "function": {"name": "reply", "arguments": json.dumps({"text": ANSWER})}}
    look = {"type": "function", "function": {"name": "hours", "arguments": '{"day": "Monday"}'}}
    messages = [
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "tool_calls": [look, call]},
        {"role": "tool", "content": FOUND},
        {"role": "tool", "content": json.dumps({"sent": True, "text": ANSWER})},
    ]
    found = [p for one in quoted_calls(read_messages(messages)) for p in evidence(one, ANSWER)]
    assert texts(found) == [FOUND]


def agent(*inside: Part) -> Trace:
    return put_together(span("a", None, "agent", (0, 20), input_value=QUESTION, output_value=ANSWER), *inside)


SEARCH = span("s", "a", "retriever", (1, 2), docs=[FOUND])
CHAT = llm("m", "a", (3, 5), ANSWER, f"{FOUND}\n{QUESTION}")


@pytest.mark.parametrize("given", [*HANDED, None])
@pytest.mark.parametrize("gave", SAID_AGAIN)
def test_a_whole_trace_with_a_tool_that_speaks(given: str | None, gave: str) -> None:
    said = {} if given is None else {"input_value": HANDED[given]}
    trace = agent(SEARCH, CHAT, span("t", "a", "tool", (6, 7), output_value=OUTPUTS[gave], **said))
    assert [texts(answer.passages) for answer in trace.answers] == [[FOUND]]


def test_a_whole_trace_whose_answer_is_what_a_tool_found() -> None:
    look = span("t", "a", "tool", (1, 2), input_value='{"day": "Monday"}', output_value=ANSWER)
    assert [texts(a.passages) for a in agent(look, CHAT).answers] == [[ANSWER]]
    assert [texts(a.passages) for a in agent(look).answers] == [[ANSWER]]  # no model at all


def test_an_agent_as_a_tool_hands_on_the_word_of_its_model() -> None:
    helper = span("t", "a", "tool", (1, 4), input_value=json.dumps({"query": QUESTION}), output_value=ANSWER)
    inner = llm("i", "t", (2, 3), ANSWER, QUESTION)
    last = llm("m", "a", (5, 6), ANSWER, QUESTION)
    assert [texts(a.passages) for a in agent(helper, inner, last).answers] == [[]]
    looked = span("l", "t", "tool", (2, 2.5), input_value='{"day": "Monday"}', output_value=FOUND)
    assert all(ANSWER not in texts(a.passages) for a in agent(helper, looked, inner, last).answers)
