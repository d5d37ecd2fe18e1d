"""Redaction before storage: of what real senders send, nothing personal is anywhere in the database."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from evaluator.bootstrap import Secrets, open_services
from evaluator.core.errors import InvalidInput
from evaluator.core.ids import pseudonym
from evaluator.core.people import stored_name
from evaluator.core.ports import NoHints, keep
from evaluator.core.trace import Part, Trace
from evaluator.ingest.assembly.assemble import assemble
from evaluator.ingest.native import traces as native
from evaluator.ingest.otlp.requests import decode
from evaluator.ingest.redact import redactor
from evaluator.pipeline.stages.ingest import Intake
from evaluator.settings import Settings
from evaluator.store.store import Store
from tests.support.databases import dump
from tests.support.house import NOW, PROJECT, QUIET, TurnedClock, control

MAIL, CARD, PHONE, TOKEN, NAME = "anna@example.com", "4111111111111111", "212-555-0100", "s3cr3t-Hunter2", "Anna Lee"
PLAIN = (MAIL, CARD, PHONE, TOKEN, NAME)
TRACE_ID = bytes(range(16))
START = 1_763_640_000_000_000_000
PASSAGE = json.dumps({"customer_name": NAME, "card": int(CARD), "stock": 12, "mail": MAIL})
ARGUMENTS = json.dumps({"to": MAIL, "call": json.dumps({"phone": PHONE})})

NATIVE: dict[str, Any] = {
    "id": "order-7",
    "name": f"mail to {MAIL}",
    "question": f"My name is {NAME}, my card {CARD} was refused.",
    "answer": f"We wrote to {MAIL}.",
    "context": [{"text": PASSAGE, "id": "doc-1", "score": 0.5}, f"Ring {PHONE}."],
    "system_prompt": f"password: {TOKEN}",
    "tool_calls": [
        {"name": "mail", "arguments": {"to": MAIL, "card": int(CARD)}, "result": f"sent to {MAIL}"},
        {"name": "ring", "arguments": ARGUMENTS, "error": f"Call {PHONE}: engaged"},
    ],
    "session_id": MAIL,
    "user_id": MAIL,
    "tags": [MAIL, "vip"],
    "metadata": {"card": int(CARD), MAIL: 1, "deep": [{"customer.name": NAME}]},
    "error": f"no route to {MAIL}",
    "latency_ms": 12.5,
    "input_tokens": 12345678,
    "start_time": NOW.isoformat(),
    "answers": [{"id": "second", "question": "And now?", "answer": f"Call {PHONE}", "tool_calls": [{"name": MAIL}]}],
    "spans": [
        {
            "id": "a1",
            "name": "tool",
            "start_time": NOW.isoformat(),
            "input": ARGUMENTS,
            "output": [{"role": "tool", "content": MAIL}],
            "attributes": {"session.id": MAIL, "user.id": MAIL, "phone": int(PHONE.replace("-", ""))},
        }
    ],
}


def text(value: str) -> AnyValue:
    return AnyValue(string_value=value)


def export() -> bytes:
    """An ExportTraceServiceRequest with personal data in every place that takes text."""
    message = ExportTraceServiceRequest()
    batch = message.resource_spans.add()
    batch.resource.attributes.add(key="owner", value=text(MAIL))
    scope = batch.scope_spans.add()
    scope.scope.name = f"lib of {MAIL}"
    span = scope.spans.add(trace_id=TRACE_ID, span_id=bytes(range(8)), name=f"GET /{MAIL}", kind=3)
    span.start_time_unix_nano, span.end_time_unix_nano = START, START + 1_000_000
    span.status.code, span.status.message = 2, f"{MAIL} is unknown"
    for key, value in {
        "openinference.span.kind": text("LLM"),
        "input.value": text(f"My name is {NAME}, my card is {CARD}"),
        "output.value": text(f"Call {PHONE}"),
        "tool.parameters": text(ARGUMENTS),
        "retrieval.documents.0.document.content": text(PASSAGE),
        "metadata": text(json.dumps({"password": TOKEN})),
        "customer.name": text(NAME),
        "card": AnyValue(int_value=int(CARD)),
        "session.id": text(MAIL),
        "user.id": text(MAIL),
        "llm.token_count.prompt": AnyValue(int_value=12345678),
        f"seen {MAIL}": AnyValue(bool_value=True),
    }.items():
        span.attributes.add(key=key, value=value)
    several = span.attributes.add(key="list").value.array_value.values
    several.append(text(MAIL))
    nested = several.add().kvlist_value.values.add(key="password")
    nested.value.string_value = TOKEN
    event = span.events.add(name=f"to {MAIL}", time_unix_nano=START)
    event.attributes.add(key="gen_ai.event.content", value=text(f"my phone {PHONE}"))
    return bytes(message.SerializeToString())


def otlp_parts() -> list[Part]:
    return decode(export(), "application/x-protobuf", None, project=PROJECT).parts


def native_parts() -> list[Part]:
    parts, errors = native.parse([NATIVE], project=PROJECT, received=NOW)
    assert not errors
    return parts


def reading(parts: list[Part]) -> Callable[[], native.Parsed]:
    return lambda: native.Parsed(parts, [])


def ingest(store: Store, kinds: str) -> None:
    """Both kinds of parts through the intake, settled and put together."""
    clock = TurnedClock()
    intake = Intake(store, clock, QUIET, NoHints(), redactor(kinds, Secrets(store, clock)))
    for parts in (otlp_parts(), native_parts()):
        assert intake.submit(reading(parts)).result(timeout=60).parts == parts
    intake.close()
    clock.turn(3600)
    control(store, clock)


def trace_of(store: Store, trace_id: str) -> Trace:
    with store.read() as unit:
        return assemble(PROJECT, trace_id, list(unit.of(PROJECT).parts.every(trace_id)))


def test_nothing_personal_is_in_the_database(store: Store) -> None:
    ingest(store, "all")
    held = dump(store.url)
    assert [value for value in PLAIN if value in held] == []
    assert "[email]" in held
    assert "order-7" in held


def test_without_the_setting_it_is(store: Store) -> None:
    """What the test above looks for can be found."""
    ingest(store, "")
    held = dump(store.url)
    assert [value for value in PLAIN if value not in held] == []
    assert "[email]" not in held


def test_only_the_kinds_that_are_asked_for_go(store: Store) -> None:
    ingest(store, "Email, credit_card")
    held = dump(store.url)
    assert [value for value in PLAIN if value in held] == [PHONE, TOKEN, NAME]


def test_what_is_left_is_a_whole_trace(store: Store) -> None:
    ingest(store, "all")
    for trace_id in (TRACE_ID.hex(), "order-7"):
        trace = trace_of(store, trace_id)
        (main, *_) = trace.answers
        assert main.question == trace.input
        assert main.question.startswith("My name is [person], my card ")
        with store.read() as unit:
            stored = stored_name(PROJECT, unit.projects.secret(PROJECT), MAIL)
        assert (trace.session, trace.user) == (stored, stored)
        assert trace.input_tokens == 12345678
        assert json.loads((main.passages or trace.spans[0].passages)[0].text) == {
            "customer_name": "[person]", "card": "[credit_card]", "stock": 12, "mail": "[email]",
        }  # fmt: skip


def test_spans_keep_their_ids_times_and_places(store: Store) -> None:
    before, after = otlp_parts()[0], redactor("all", lambda _: "secret")(otlp_parts())[0]
    for name in ("trace_id", "part_id", "project", "source", "start", "end", "complete"):
        assert getattr(after, name) == getattr(before, name)
    for name in ("span_id", "parent_id", "start_ns", "end_ns", "kind", "status"):
        assert after.body[name] == before.body[name]
    assert after.name == after.body["name"] == "GET /[email]"
    attributes = after.body["attributes"]
    assert json.loads(json.loads(attributes["tool.parameters"])["call"]) == {"phone": "[phone]"}
    assert attributes["list"] == ["[email]", {"password": "[secret]"}]
    assert attributes["seen [email]"] is True
    assert after.body["events"][0]["attributes"] == {"gen_ai.event.content": "my phone [phone]"}
    assert after.body["resource"] == {"owner": "[email]"}


def harmless() -> list[Part]:
    """Parts as they come every day, without anything personal."""
    swap: Mapping[str, str] = {MAIL: "someone", CARD: "12", PHONE: "us", TOKEN: "none", NAME: "someone"}
    said = json.dumps(NATIVE)
    for value, other in swap.items():
        said = said.replace(value, other)
    items = json.loads(said) | {"metadata": {"b": 1, "a": {"z": [1.5, None, True]}, "ü": "é \u2011 １"}}
    items["spans"][0]["attributes"]["phone"] = "none"
    return native.parse([items], project=PROJECT, received=NOW)[0]


@pytest.mark.parametrize("kinds", ["", " , ", "all", "email,phone"])
def test_parts_without_personal_data_stay_byte_for_byte(kinds: str) -> None:
    before = harmless()
    after = redactor(kinds, lambda _: "secret")(before)
    assert [json.dumps(p.body) for p in after] == [json.dumps(p.body) for p in harmless()]
    assert list(after) == before


def test_off_is_the_default_and_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAITHLINE_REDACT", raising=False)
    services = open_services(Settings(database_url=f"sqlite:///{tmp_path}/t.db"), migrated=False)
    assert services.redact is keep
    parts = otlp_parts()
    assert services.redact(parts) is parts
    services.close()


def test_the_environment_switches_it_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAITHLINE_REDACT", "email")
    services = open_services(Settings(database_url=f"sqlite:///{tmp_path}/t.db"))
    intake = services.intake()
    intake.submit(reading(native_parts())).result(timeout=60)
    intake.close()
    held = dump(services.store.url)
    services.close()
    assert MAIL not in held
    assert PHONE in held


def test_a_kind_that_there_is_not_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"FAITHLINE_REDACT: there is no kind 'mail'. Kinds are: all, email, "):
        open_services(Settings(database_url=f"sqlite:///{tmp_path}/t.db", redact="phone,mail"), migrated=False)


def test_a_session_that_is_a_card_s_number_is_no_pseudonym() -> None:
    item = {
        "id": "t",
        "question": "Q",
        "answer": "A",
        "session": CARD,
        "user_id": "ada",
        "metadata": {"user.id": "ada"},
    }
    item |= {"spans": [{"name": "s", "attributes": {"session.id": CARD, "user.id": "ada"}}]}
    parts = native.parse([item], project=PROJECT, received=NOW).parts
    (part,) = redactor("all", lambda _: "secret")(parts)
    hidden = stored_name(PROJECT, "secret", CARD)
    (span,) = part.body["spans"]
    assert CARD not in json.dumps(part.body)
    assert part.body["session"] == span["attributes"]["session.id"] == hidden
    user = pseudonym(PROJECT, "ada")
    assert part.body["user"] == part.body["metadata"]["user.id"] == span["attributes"]["user.id"] == user


def test_a_note_finds_its_trace_after_redaction() -> None:
    note = {"id": "order-7", "feedback": "down", "metadata": {"said": MAIL}}
    (part,) = redactor("all", lambda _: "secret")(native.parse([note], project=PROJECT, received=NOW)[0])
    assert (part.trace_id, part.body["feedback"]) == ("order-7", -1.0)
    assert part.body["metadata"] == {"said": "[email]"}
