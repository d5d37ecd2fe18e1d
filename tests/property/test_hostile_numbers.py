"""Whatever number comes in through whichever door, it is refused by name, left out and said, or carried to the end:
stored, settled, planned, scored and aggregated on both databases, beside traces that mean well."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from sqlalchemy import text

from evaluator.core import bounds
from evaluator.core.annotation import AnnotationKind
from evaluator.core.trace import Part
from evaluator.ingest.assembly.assemble import assemble
from evaluator.ingest.assembly.trim import NOTES_KEY
from evaluator.ingest.native import traces as native
from evaluator.ingest.numbers import NUMBERS
from evaluator.ingest.otlp.requests import decode, encode_response
from evaluator.ingest.otlp.tracestate import sampling_probability
from evaluator.pipeline.series.read import SeriesQuery, read_series
from evaluator.pipeline.stages.annotate import annotate
from evaluator.pipeline.stages.ingest import store_parts
from evaluator.store.store import Store
from tests.support.house import NOW, PROJECT, QUIET, House, trace

HOSTILE: tuple[Any, ...] = (
    math.nan, math.inf, -math.inf, 1e300, 5e-324, -1, 0.5, 1e-7, True, 10**400, 2**31, 2**63, 10**9 + 1, 1.1e15,
    "1e300", "nan", "1" * 5000, "", None, [1],
)  # fmt: skip
NUMBER = st.one_of(st.sampled_from(HOSTILE), st.floats(), st.integers(), st.integers(-(2**70), 2**70))
NATIVE = (
    "input_tokens", "output_tokens", "cost", "latency_ms", "feedback", "sampling_probability", "start_time",
    "end_time", "metadata", "score",
)  # fmt: skip
OTLP = (
    "gen_ai.usage.input_tokens", "faithline.cost", "user.feedback", "faithline.sampling_probability",
    "startTimeUnixNano", "endTimeUnixNano", "timeUnixNano", "flags", "kind",
)  # fmt: skip
DOORS = [("native", field) for field in NATIVE]
DOORS += [(door, field) for door in ("json", "protobuf") for field in OTLP]
DOORS += [(door, field) for door in ("score", "feedback") for field in ("value", "timestamp", "metadata")]
SENT = st.lists(st.tuples(st.sampled_from(DOORS), NUMBER), min_size=20, max_size=60)
MIME = {"json": "json", "protobuf": "x-protobuf"}
NS = int(NOW.timestamp()) * 10**9
_ids = count(1)


def readable(number: Any) -> Any:
    """What a JSON parser of ours would make of it: NaN and infinity are no JSON, but 1e400 is."""
    return json.loads(json.dumps(number).replace("NaN", "1e999").replace("Infinity", "1e999"))


def native_item(field: str, number: Any, trace_id: str) -> dict[str, Any]:
    item = trace(1, id=trace_id)
    if field == "score":
        return item | {"context": [{"text": "some context", "score": number}]}
    return item | {field: {"n": number} if field == "metadata" else number}


TEXTS = {"openinference.span.kind": "LLM", "input.value": "question?", "output.value": "a calm answer"}
KINDS = {bool: "bool", str: "string", float: "double", int: "int"}
AMOUNTS = {"input_tokens": bounds.TOKENS, "cost": bounds.COST, "latency_ms": bounds.LATENCY}
TIMES = {"startTimeUnixNano": "start_time_unix_nano", "endTimeUnixNano": "end_time_unix_nano"}


def as_json(field: str, number: Any, trace_id: str) -> bytes:
    """A request with one span that states a number, in JSON."""
    attributes = [{"key": key, "value": {"stringValue": said}} for key, said in TEXTS.items()]
    made: dict[str, Any] = {
        "traceId": trace_id,
        "spanId": "1" * 16,
        "startTimeUnixNano": str(NS - 10**9),
        "endTimeUnixNano": str(NS),
    }
    if field in NUMBERS:
        kind = KINDS.get(type(number))
        attributes.append({"key": field, "value": {f"{kind}Value": number} if kind else {}})
    elif field == "timeUnixNano":
        made["events"] = [{"name": "e", field: number}]
    else:
        made[field] = number
    made["attributes"] = attributes
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [made]}]}]}).replace("Infinity", "1e999").encode()


def as_protobuf(field: str, number: Any, trace_id: str) -> bytes:
    """The same in protobuf, as far as it has numbers like this."""
    message = ExportTraceServiceRequest()
    made = message.resource_spans.add().scope_spans.add().spans.add()
    made.trace_id, made.span_id = bytes.fromhex(trace_id), b"1" * 8
    made.start_time_unix_nano, made.end_time_unix_nano = NS - 10**9, NS
    for key, said in TEXTS.items():
        made.attributes.add(key=key).value.string_value = said
    with suppress(KeyError, TypeError, ValueError):
        if field in NUMBERS:
            setattr(made.attributes.add(key=field).value, f"{KINDS[type(number)]}_value", number)
        elif field == "timeUnixNano":
            made.events.add(name="e", time_unix_nano=number)
        else:
            setattr(made, TIMES.get(field, field), number)
    return bytes(message.SerializeToString())


def parts_of(door: str, field: str, number: Any) -> list[Part]:
    """What a door takes in of a trace that states a number; whatever it does not take, it refuses by name."""
    trace_id = f"{next(_ids):032x}"
    if door == "native":
        parts, errors = native.parse([native_item(field, number, trace_id)], project=PROJECT, received=NOW)
        assert len(parts) + len(errors) == 1
        assert all(error.field and error.problem and error.remedy for error in errors)
        return parts
    body = as_json(field, number, trace_id) if door == "json" else as_protobuf(field, number, trace_id)
    decoded = decode(body, f"application/{MIME[door]}", None, project=PROJECT, received=NOW)
    encode_response(decoded)
    assert len(decoded.parts) + decoded.rejected == 1
    assert field not in NUMBERS or decoded.rejected == 0  # one bad attribute costs nothing else
    return decoded.parts


def say(house: House, kind: AnnotationKind, field: str, numbers: list[Any]) -> None:
    """Scores or feedback that state these numbers."""
    stated = [{field: {"n": n} if field == "metadata" else n} for n in numbers]
    items = [{"trace_id": "well", "name": "n", "value": 1} | one for one in stated]
    done = annotate(house.store, PROJECT, kind, items, house.clock)
    assert done.accepted + len(done.errors) == len(items)
    assert all(error.field and error.problem and error.remedy for error in done.errors)


@pytest.fixture
def house(store: Store) -> House:
    made = House(store)
    made.rule()
    made.feed(trace(1, "a calm answer", id="well"))
    return made


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(SENT)
@example([(door, number) for door in DOORS for number in HOSTILE])
def test_every_number_is_refused_by_name_or_carried_to_the_end(house: House, sent: list[Any]) -> None:
    said = defaultdict(list)
    parts = []
    for (door, field), number in sent:
        if door in ("score", "feedback"):
            said[AnnotationKind(door), field].append(readable(number))
        else:
            parts += parts_of(door, field, readable(number))
    for (kind, field), numbers in said.items():
        say(house, kind, field, numbers)
    store_parts(house.store, parts, house.clock, QUIET)
    house.feed(trace(2, "A LOUD ANSWER", id=f"well{next(_ids)}"))
    with house.store.write() as unit:
        unit.connection.execute(text("ANALYZE"))  # a database that lives does so by itself
    house.clock.turn(2 * QUIET.total_seconds())
    house.run()
    with house.store.read() as unit:
        assert not unit.arrivals.due_projects(house.clock.now() + timedelta(days=2))
        assert not unit.marks.projects()
        for trace_id in {part.trace_id for part in parts}:
            row = unit.of(PROJECT).views.trace(trace_id)
            assert row is not None
            assert (row["state"], row["problem"]) == ("planned", "")
            for name, bound in AMOUNTS.items():
                assert row[name] is None or bound.holds(row[name])
            assert bounds.PROBABILITY.holds(row["sampling_probability"])
        query = SeriesQuery(start=NOW - timedelta(days=10_000), end=house.clock.now() + timedelta(days=2))
        (series,) = read_series(unit, PROJECT, query)
    total = series.total
    assert total.counts.scored >= len({part.trace_id for part in parts})
    assert total.counts.pending == total.counts.failed == 0
    assert total.estimate is not None
    assert all(map(math.isfinite, (total.estimate, total.low, total.high, total.effective, total.traffic)))


@pytest.mark.parametrize("field", sorted(NUMBERS))
def test_what_is_left_out_is_said_to_the_sender_and_on_the_trace(field: str) -> None:
    body = as_json(field, 1e300, "ab" * 16)
    decoded = decode(body, "application/json", None, project=PROJECT, received=NOW)
    assert field in json.loads(encode_response(decoded))["partialSuccess"]["errorMessage"]
    (said,) = assemble(PROJECT, "ab" * 16, decoded.parts).metadata[NOTES_KEY]
    assert field in said
    assert str(NUMBERS[field]) in said


@given(st.text("0123456789abcdef", min_size=1, max_size=14))
def test_no_threshold_gives_a_weight_that_is_out_of_bounds(digits: str) -> None:
    found = sampling_probability(f"ot=th:{digits}")
    assert found is None or bounds.PROBABILITY.holds(found)
