"""Log records that hold what was said in a span: read at the door, and laid over their span."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse

from evaluator.core.bounds import ATTRIBUTES, DEPTH, EVENTS, REFUSALS, SPANS
from evaluator.core.ids import pseudonym
from evaluator.core.people import seal_users, stored_name
from evaluator.core.trace import Part, SpanKind, Trace
from evaluator.core.user_names import USER_KEYS
from evaluator.ingest.assembly.assemble import assemble
from evaluator.ingest.errors import TooLarge
from evaluator.ingest.otlp.logs import SOURCE
from evaluator.ingest.otlp.requests import Decoded, decode, encode_response
from evaluator.ingest.otlp.signals import LOGS
from evaluator.ingest.redact import redactor
from tests.support.protobuf import field
from tests.support.records import JSON, PROTOBUF, SPAN, START, TRACE, in_form, record, request
from tests.support.spans import span

FORMS = pytest.mark.parametrize("form", [JSON, PROTOBUF])
USER, CHOICE, DETAILS = "gen_ai.user.message", "gen_ai.choice", "gen_ai.client.inference.operation.details"
ASKED, SAID = "May I plant garlic in May?", "Better in October."


def decoded(body: bytes, form: str = JSON, **more: Any) -> Decoded:
    return decode(body, form, None, project="p", signal=LOGS, **more)


def of(*records: Any, form: str = JSON, **more: Any) -> list[Part]:
    """The parts of a request that is taken as a whole."""
    found = decoded(in_form(request(*records), form), form, **more)
    assert not found.rejected, found.errors
    return found.parts


def said(text: str, at: int = 9, **more: Any) -> dict[str, Any]:
    body = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    return record(CHOICE, body, at, **more)


def asked(text: str, at: int = 0, **more: Any) -> dict[str, Any]:
    return record(USER, {"content": text}, at, **more)


def call(*, at: tuple[float, float] = (0, 10), **raw: Any) -> Part:
    """The span that records belong to, without contents."""
    return span(SPAN, None, at=at, raw={"gen_ai.operation.name": "chat", "gen_ai.request.model": "m-1"} | raw)


def put_together(*parts: Part) -> Trace:
    return assemble("p", TRACE, parts)


def texts(trace: Trace) -> list[tuple[str, str]]:
    return [(answer.question, answer.answer) for answer in trace.answers]


@FORMS
def test_a_record_is_a_part_of_its_own(form: str) -> None:
    attributes = {"gen_ai.system": "openai", "user.id": "ada", "text": "a\0b"}
    found = record(USER, {"content": "a\0b", "list": [1, {"x": 0.5}], "no": None}, 5, attributes=attributes)
    (part,) = of(found, form=form)
    assert (part.project, part.trace_id, part.source, part.complete) == ("p", TRACE, SOURCE, False)
    assert part.part_id.startswith(f"{SPAN}.")
    assert part.start == part.end == datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
    (event,) = part.body["events"]
    assert event == {
        "name": USER,
        "time_ns": START + 5,
        "attributes": {"gen_ai.system": "openai", "user.id": pseudonym("p", "ada"), "text": "a\ufffdb"},
        "body": {"content": "a\ufffdb", "list": [1, {"x": 0.5}], "no": None},
    }
    assert part.body["resource"] == {"service.name": "shop"}
    assert part.body["scope"]["name"] == "lib"
    json.dumps(part.body, allow_nan=False)


def test_both_encodings_make_the_same_parts() -> None:
    records = (asked(ASKED), said(SAID, attributes={"event.name": CHOICE}), record("gen_ai.tool.message", "plain"))
    assert of(*records, form=JSON) == of(*records, form=PROTOBUF)


@FORMS
@pytest.mark.parametrize("key", ["event.name", "event_name"])
def test_older_senders_name_the_event_in_an_attribute(form: str, key: str) -> None:
    (part,) = of(record("", {"content": ASKED}, eventName=None, attributes={key: USER}), form=form)
    assert part.body["events"][0]["name"] == USER


@FORMS
def test_other_logs_are_counted_and_not_kept(form: str) -> None:
    plain = record("", "GET / 200", eventName=None, traceId=None, spanId=None)
    other = record("session.start", {"a": 1}, attributes={"event.name": "session.start"})
    found = decoded(in_form(request(plain, asked(ASKED), other), form), form)
    assert (len(found.parts), found.rejected, found.ignored) == (1, 0, 2)
    answer = encode_response(found)
    response = (
        json_format.Parse(answer, ExportLogsServiceResponse())
        if form == JSON
        else ExportLogsServiceResponse.FromString(answer)
    )
    assert response.partial_success.rejected_log_records == 0
    assert "2 of 3 log records not kept" in response.partial_success.error_message
    assert "no error" in response.partial_success.error_message


def test_a_request_without_remarks_is_answered_with_nothing() -> None:
    assert encode_response(decoded(in_form(request(asked(ASKED)), PROTOBUF), PROTOBUF)) == b""


@FORMS
@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"spanId": None}, "spanId"),
        ({"traceId": None}, "spanId"),
        ({"spanId": "00" * 8}, "spanId"),
        ({"traceId": "ab"}, "traceId"),
        ({"spanId": "abcdef"}, "spanId"),
        ({"timeUnixNano": "5"}, "timeUnixNano"),
        ({"timeUnixNano": str(2**63)}, "timeUnixNano"),
    ],
)
def test_a_bad_record_is_refused_alone(form: str, changes: dict[str, Any], name: str) -> None:
    found = decoded(in_form(request(asked(ASKED, **changes), said(SAID)), form), form)
    assert (len(found.parts), found.rejected) == (1, 1)
    assert found.errors[0].field == name
    assert found.errors[0].index == 0
    assert found.errors[0].remedy
    response = json.loads(encode_response(found)) if form == JSON else None
    assert response is None or response["partialSuccess"]["rejectedLogRecords"] == "1"


def test_a_record_of_another_shape_is_refused_alone() -> None:
    found = decoded(in_form(request(7, {"eventName": 3}, asked(ASKED)), JSON))
    assert (len(found.parts), found.rejected) == (1, 2)
    assert [error.field for error in found.errors] == ["log record", "eventName"]


@FORMS
def test_a_record_without_a_time_has_the_time_at_which_it_was_seen(form: str) -> None:
    now = datetime(2026, 9, 22, tzinfo=UTC)
    (seen,) = of(asked(ASKED, timeUnixNano=None, observedTimeUnixNano=str(START + 7)), form=form)
    assert seen.body["events"][0]["time_ns"] == START + 7
    (never,) = of(asked(ASKED, timeUnixNano=None), form=form, received=now)
    assert never.start == now
    again = of(asked(ASKED, timeUnixNano=None), form=form, received=now + timedelta(hours=1))
    assert [part.part_id for part in again] == [never.part_id]


def test_a_retry_is_the_same_part_and_other_words_are_another() -> None:
    first = of(asked("a"), asked("b"), asked("a", observedTimeUnixNano=str(START + 1)), asked("a", spanId="77" * 8))
    assert [part.part_id for part in of(asked("a"), asked("b"))] == [part.part_id for part in first[:2]]
    assert len({part.part_id for part in first}) == 4
    assert of(asked("b"))[0].part_id == first[1].part_id  # in whatever company


def test_the_same_words_twice_at_the_same_time_stay_two() -> None:
    parts = of(asked("yes"), record("gen_ai.assistant.message", {"content": "Sure?"}), asked("yes"))
    assert len({part.part_id for part in parts}) == 3
    assert [part.part_id for part in of(asked("yes"), asked("yes"))] == [parts[0].part_id, parts[2].part_id]


def test_users_are_nowhere_called_by_their_names() -> None:
    named = dict.fromkeys(USER_KEYS, "kim-0815")
    body = request(asked(ASKED, attributes=named) | {"body": record("", named)["body"]}, resource=named)
    (part,) = decoded(in_form(body, JSON)).parts
    assert "kim-0815" not in json.dumps(part.body)
    sealed = json.dumps(seal_users("p", "a secret", part.body))
    assert pseudonym("p", "kim-0815") not in sealed
    assert sealed.count(stored_name("p", "a secret", "kim-0815")) == 3 * len(USER_KEYS) + 1, (
        "and whom the record names"
    )


@pytest.mark.parametrize("place", ["attributes", "body"])
def test_whom_only_a_record_names_is_the_user_of_the_trace(place: str) -> None:
    told = asked(ASKED, attributes={"user.id": "ada"}) if place == "attributes" else record(USER, {"user.id": "ada"})
    trace = put_together(call(), *of(told, said(SAID)))
    assert trace.user == pseudonym("p", "ada")
    assert put_together(call(**{"user.id": "bob"}), *of(told)).user == "bob"


def test_redaction_reaches_what_records_say_and_how_they_are_called() -> None:
    secret = {"content": "Write to ada@example.org."}
    parts = of(record(USER, secret, attributes={"note": "ada@example.org"}), asked("Nothing personal.", 1))
    redacted = redactor("email", lambda project: "secret")(parts)
    assert "ada@" not in json.dumps([part.body for part in redacted])
    assert "Write to" in json.dumps(redacted[0].body)
    # Whoever sees the name of a part can not try addresses until one has the same.
    assert redacted[0].part_id != parts[0].part_id
    assert redacted[1].part_id == parts[1].part_id
    other = of(record(USER, {"content": "Write to bob@example.org."}, attributes={"note": "bob@example.org"}))
    assert redactor("email", lambda project: "secret")(other)[0].part_id == redacted[0].part_id


@FORMS
def test_what_is_out_of_bounds_is_left_out_and_said(form: str) -> None:
    deep: Any = "x"
    for _ in range(DEPTH.size + 2):
        deep = [deep]
    if form == PROTOBUF:
        deep = "x"
    many = {f"k{n}": n for n in range(ATTRIBUTES.size + 1)}
    body = {"content": ASKED, "k" * 501: "long", "deep": deep}
    (part,) = of(record(USER, body, attributes=many), form=form)
    assert len(part.body["events"][0]["attributes"]) == ATTRIBUTES.size
    assert part.body["events"][0]["body"].keys() == {"content"} | ({"deep"} if form == PROTOBUF else set())
    notes = " ".join(part.body["notes"])
    assert "attributes are more than" in notes
    assert "body have a key of more than 500" in notes
    assert (form == PROTOBUF) == ("body.deep is nested deeper" not in notes)
    trace = put_together(call(), part)
    assert trace.metadata["faithline.notes"] == part.body["notes"]


def test_a_record_nested_too_deep_to_be_built_is_refused_alone() -> None:
    value = field(1, b"x")
    for _ in range(60):
        value = field(5, field(1, value))
    plain = in_form(request(asked(ASKED)), PROTOBUF)
    deep = field(1, field(2, field(2, field(5, value) + field(9, b"a" * 16) + field(12, USER.encode()))))
    found = decoded(plain + deep, PROTOBUF)
    assert (len(found.parts), found.rejected) == (1, 1)
    assert "messages within each other" in found.errors[0].problem


def test_more_records_than_a_request_may_hold() -> None:
    records = in_form(request(*[{}] * (SPANS.size + 1)), PROTOBUF)
    with pytest.raises(TooLarge, match="50000 log records"):
        decoded(records, PROTOBUF)


def test_a_large_request_is_read_in_pieces() -> None:
    long = "x" * 100_000
    records = [asked(f"{n} {long}", n) for n in range(60)]
    parts = of(*records, form=PROTOBUF)
    assert [part.body["events"][0]["body"]["content"][:2].strip() for part in parts] == [str(n) for n in range(60)]
    values = b"".join(field(6, field(1, b"k")) for _ in range(600_000))
    with pytest.raises(TooLarge, match="a record holds more than"):
        decoded(field(1, field(2, field(2, values + field(12, USER.encode())))), PROTOBUF)


def test_the_answer_describes_no_more_than_some_refusals() -> None:
    found = decoded(in_form(request(*[asked(ASKED, spanId=None)] * 30), JSON))
    assert len(found.errors) == REFUSALS.size
    assert "and 10 more" in json.loads(encode_response(found))["partialSuccess"]["errorMessage"]


def test_contents_belong_to_their_span() -> None:
    system = record("gen_ai.system.message", {"content": "You know gardens."})
    trace = put_together(*of(said(SAID), system, asked(ASKED)), call())
    assert texts(trace) == [(ASKED, SAID)]
    assert trace.answers[0].system_prompt == "You know gardens."
    assert (trace.model, len(trace.spans), trace.spans[0].kind) == ("m-1", 1, SpanKind.LLM)
    assert (trace.spans[0].input, trace.spans[0].output) == (ASKED, SAID)


def test_messages_are_read_in_the_order_of_time_then_of_place() -> None:
    reply = record("gen_ai.assistant.message", {"content": "In spring."}, 1)
    trace = put_together(call(), *of(said(SAID), asked(ASKED, 2), reply, asked("And leeks?")))
    assert texts(trace) == [(ASKED, SAID)]
    same = put_together(call(), *of(asked("b"), asked("a"), asked("c"), asked("a"), said(SAID)))
    assert texts(same) == [("a", SAID)]


def test_contents_that_come_after_the_span_do_not_make_the_trace_longer() -> None:
    late = timedelta(days=30)  # of `START`, before the span's time
    trace = put_together(call(), *of(asked(ASKED), said(SAID)))
    assert trace.end - trace.start == timedelta(seconds=10)
    assert trace.start - of(asked(ASKED))[0].start > late


def test_the_newer_event_says_everything_in_attributes() -> None:
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.system_instructions": [{"type": "text", "content": "You know gardens."}],
        "gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": ASKED}]}],
        "gen_ai.output.messages": [{"role": "assistant", "parts": [{"type": "text", "content": SAID}]}],
    }
    for parts in (
        of(record(DETAILS, "Inference operation details", attributes=attributes), form=PROTOBUF),
        of(record(DETAILS, attributes)),
        of(record(DETAILS, json.dumps(attributes))),
    ):
        trace = put_together(call(), *parts)
        assert texts(trace) == [(ASKED, SAID)]
        assert trace.answers[0].system_prompt == "You know gardens."


def test_bodies_of_text_and_of_json_in_text() -> None:
    choice = json.dumps({"index": 0, "message": {"role": "assistant", "content": SAID}})
    assert texts(put_together(call(), *of(record(USER, ASKED), record(CHOICE, choice, 1)))) == [(ASKED, SAID)]
    assert texts(put_together(call(), *of(record(USER, "{mulch}?"), record(CHOICE, SAID, 1)))) == [("{mulch}?", SAID)]
    hidden = json.dumps({"content": "mulch\x00 \ud800?"})
    parts = of(record(USER, hidden), record(CHOICE, SAID, 1))
    assert texts(put_together(call(), *parts)) == [("mulch\ufffd \ufffd?", SAID)]


def test_contents_that_are_messages_or_lists_of_parts() -> None:
    gemini = {"content": {"role": "user", "parts": [{"text": ASKED}]}}
    answered = {"index": 0, "content": {"role": "model", "parts": [{"text": SAID}]}, "finish_reason": "STOP"}
    assert texts(put_together(call(), *of(record(USER, gemini), record(CHOICE, answered, 1)))) == [(ASKED, SAID)]
    bedrock = {"message": {"role": "assistant", "content": [{"text": SAID}]}, "finish_reason": "end_turn"}
    parts = of(record(USER, {"content": [{"text": ASKED}]}), record(CHOICE, bedrock, 1))
    assert texts(put_together(call(), *parts)) == [(ASKED, SAID)]


def test_senders_that_call_every_message_a_prompt() -> None:
    name = {"event_name": "gen_ai.content.prompt", "gen_ai.prompt": "as well"}
    messages = [("system", "You know gardens."), ("user", "And leeks?"), ("assistant", "In spring."), ("user", ASKED)]
    records = [
        record("", {"role": role, "content": text}, eventName=None, attributes=name) for role, text in messages
    ]
    body = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": SAID}}
    records.append(record("gen_ai.content.completion", body, attributes={"message.content": SAID}))
    trace = put_together(call(), *of(*records))
    assert texts(trace) == [(ASKED, SAID)]
    assert trace.answers[0].system_prompt == "You know gardens."


def test_what_was_said_of_an_answer_elsewhere() -> None:
    attributes = {"gen_ai.evaluation.name": "user_feedback", "gen_ai.evaluation.score.value": -1.0}
    trace = put_together(call(), *of(record("gen_ai.evaluation.result", attributes=attributes)))
    assert trace.feedback == -1.0


def test_a_span_that_never_comes_is_made_of_its_records() -> None:
    trace = put_together(*of(asked(ASKED), said(SAID, attributes={"user.id": "ada"})))
    (made,) = trace.spans
    assert (made.span_id, made.kind, trace.service) == (SPAN, SpanKind.LLM, "shop")
    assert texts(trace) == [(ASKED, SAID)]
    assert trace.user == pseudonym("p", "ada")
    assert trace.latency_ms == pytest.approx(9e-6, abs=1e-3)
    embedding = of(record(DETAILS, attributes={"gen_ai.operation.name": "embeddings"}))
    assert put_together(*embedding).spans[0].kind is SpanKind.EMBEDDING


def test_a_span_that_never_comes_is_not_the_root_of_those_that_did() -> None:
    root = span("aa" * 8, None, "chain", at=(0, 30), input_value="Help", output_value=SAID)
    trace = put_together(root, *of(asked(ASKED), said(SAID)))
    assert (trace.name, trace.input) == (root.part_id, "Help")
    assert [s.span_id for s in trace.spans if s.kind is SpanKind.LLM] == [SPAN]


def test_no_more_events_than_a_span_may_have() -> None:
    trace = put_together(call(), *of(*(asked(f"{n}", n) for n in range(EVENTS.size + 1))))
    assert any("events are more than" in remark for remark in trace.metadata["faithline.notes"])
    assert trace.spans[0].input == str(EVENTS.size - 1)


def test_the_senders_word_that_nothing_more_will_come() -> None:
    (part,) = of(asked(ASKED, attributes={"faithline.complete": True}))
    assert part.complete


CLIENT, MODEL, STORE = "c1" * 8, "c2" * 8, "c3" * 8
LOG_LINES = [
    (CLIENT, f'Chat Client Prompt Content:\n["system":"You are a gardener.", "user":"{ASKED}"]'),
    (CLIENT, f'Chat Client Completion:\n["{SAID}"]'),
    (MODEL, f'Chat Model Prompt Content:\n["You are a gardener.", "{ASKED}\nUse the "notes" below.\nIn October."]'),
    (MODEL, f'Chat Model Completion:\n["{SAID}"]'),
    (STORE, 'Vector Store Query Response:\n["Garlic goes in\nin October.", "Say "when", they say.", ""]'),
]


@FORMS
def test_lines_of_a_log_that_hold_contents_are_those_of_their_span(form: str) -> None:
    spring = {"gen_ai.operation.name": "framework", "gen_ai.system": "spring_ai"}
    spans = [
        span(CLIENT, None, at=(0, 10), raw=spring | {"spring.ai.kind": "chat_client"}),
        span(STORE, CLIENT, at=(1, 2), raw={"db.operation.name": "query", "db.vector.query.content": ASKED}),
        span(MODEL, CLIENT, at=(3, 9), raw={"gen_ai.operation.name": "chat", "gen_ai.request.model": "m-1"}),
    ]
    lines = [record("", line, spanId=owner, eventName=None) for owner, line in LOG_LINES]
    trace = put_together(*spans, *of(*lines, form=form))
    (answer,) = trace.answers
    assert (answer.question, answer.answer) == (ASKED, SAID)
    assert [p.text for p in answer.passages] == ["Garlic goes in\nin October.", 'Say "when", they say.']
    assert {s.span_id: s.kind for s in trace.spans} == {
        CLIENT: SpanKind.CHAIN,
        STORE: SpanKind.RETRIEVER,
        MODEL: SpanKind.LLM,
    }


@pytest.mark.parametrize("line", ["Chat Client Completion", "Chat Client Completion:\n", "Prompt:\n[x]", '["a"]', ""])
def test_other_lines_of_a_log_are_not_kept(line: str) -> None:
    found = decoded(in_form(request(record("", line, eventName=None)), JSON))
    assert (found.parts, found.rejected) == ([], 0)


@pytest.mark.parametrize("heading", [line.partition(":")[0] for _, line in LOG_LINES])
@pytest.mark.parametrize("listed", ["[", "[]", '["', "[x", '[""]', '["user":"', '["user":', "[null]"])
def test_a_line_that_ends_early_stops_nothing(heading: str, listed: str) -> None:
    put_together(call(), *of(record("", f"{heading}:\n{listed}", eventName=None)))


@FORMS
def test_both_sides_of_a_call_in_one_record_of_any_name(form: str) -> None:
    """AWS's distribution takes the contents off the spans, whoever wrote them, and names the record by the scope."""
    body = {
        "input": {
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": {"content": json.dumps([{"text": ASKED}])}},
            ]
        },
        "output": {"messages": [{"role": "assistant", "content": {"message": SAID, "finish_reason": "end_turn"}}]},
    }
    trace = put_together(call(), *of(record("strands.telemetry.tracer", body, 9), form=form))
    assert texts(trace) == [(ASKED, SAID)]
    assert trace.answers[0].system_prompt == "Be brief."
    for other in ({"input": "a", "output": "b"}, {"input": {"messages": []}, "level": "info"}, {"input": {"x": 1}}):
        assert of(record("some.logger", other, 9), form=form) == []
