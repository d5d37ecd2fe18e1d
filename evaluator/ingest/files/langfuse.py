"""Exports of Langfuse: traces with their observations, from its API, its pages or its storage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evaluator.ingest.files.exported import EMPTY, Step, json_text
from evaluator.ingest.shapes.structure import keyed, structure

_TYPES = {"span", "generation", "event", "agent", "tool", "chain", "retriever", "evaluator", "embedding", "guardrail"}
_OWN = ("attributes", "resourceAttributes", "scope")
"""What of the metadata is the OpenTelemetry span that an observation was."""


def recognises(record: Any) -> bool:
    """Whether a record is a trace or an observation."""
    if not isinstance(record, dict):
        return False
    said = keyed(record)
    if isinstance(said.get("trace"), dict):
        said = keyed(said["trace"])
    if isinstance(said.get("observations"), list) and "timestamp" in said:
        return True
    kind = said.get("type")
    return isinstance(kind, str) and kind.lower() in _TYPES and "traceid" in said and "starttime" in said


def steps(record: Mapping[str, Any]) -> Iterator[Step]:
    """The observations of a record as spans; a trace without any is one itself."""
    said = keyed(record)
    if "traceid" in said and "observations" not in said:
        yield _observation(said, said["traceid"], {})
        return
    trace = keyed(said["trace"]) if isinstance(said.get("trace"), dict) else said
    known: dict[str, dict[str, Any]] = {}
    for holder in (said,) if trace is said else (said, trace):
        listed = holder.get("observations")
        for item in [keyed(one) for one in (listed if isinstance(listed, list) else ()) if isinstance(one, dict)]:
            known.setdefault(str(item.get("id") or f"the nameless {len(known)}"), item)
    whole = _whole(trace)
    roots = [key for key, item in known.items() if str(item.get("parentobservationid")) not in known]
    if not known:
        times = {"starttime": trace.get("timestamp"), "endtime": trace.get("timestamp")}
        yield _observation({"id": trace.get("id"), "name": trace.get("name"), **times}, trace.get("id"), whole)
    for key, item in known.items():
        yield _observation(item, trace.get("id"), whole if roots[:1] == [key] else {})


def scores(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The scores of a record, as the SDKs send them."""
    said = keyed(record)
    trace = keyed(said["trace"]) if isinstance(said.get("trace"), dict) else said
    listed = trace.get("scores")
    for score in listed if isinstance(listed, list) else ():
        if isinstance(score, dict):
            text = score.get("stringValue")
            value = text if score.get("value") is None or score.get("dataType") == "CATEGORICAL" else score["value"]
            yield {**score, "traceId": score.get("traceId") or trace.get("id"), "value": value}


def _whole(trace: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of the whole trace, as attributes of its outermost span."""
    found = {
        "langfuse.trace.name": trace.get("name"),
        "langfuse.trace.tags": trace.get("tags"),
        "langfuse.trace.input": json_text(trace.get("input")),
        "langfuse.trace.output": json_text(trace.get("output")),
        "langfuse.session.id": trace.get("sessionid"),
        "langfuse.user.id": trace.get("userid"),
        "langfuse.environment": trace.get("environment"),
    }
    metadata = structure(trace.get("metadata"))
    if isinstance(metadata, dict):
        found |= {f"langfuse.trace.metadata.{key}": value for key, value in metadata.items() if key not in _OWN}
    return found


def _observation(said: Mapping[str, Any], trace_id: Any, whole: Mapping[str, Any]) -> Step:
    metadata = structure(said.get("metadata"))
    metadata = metadata if isinstance(metadata, dict) else {}
    own = {name: inner for name in _OWN if isinstance(inner := metadata.get(name), dict)}
    usage = said.get("usagedetails") or said.get("usage")
    failed = str(said.get("level", "")).upper() == "ERROR"
    written = {
        "langfuse.observation.type": str(said.get("type") or "span").lower(),
        "langfuse.observation.input": json_text(said.get("input")),
        "langfuse.observation.output": json_text(said.get("output")),
        "langfuse.observation.model.name": said.get("model") or said.get("providedmodelname"),
        "langfuse.observation.usage_details": json_text(usage),
        "langfuse.observation.cost_details": json_text(said.get("costdetails")),
        "langfuse.observation.prompt.name": said.get("promptname"),
        "langfuse.observation.prompt.version": said.get("promptversion"),
        "langfuse.observation.level": said.get("level"),
        "langfuse.environment": said.get("environment"),
        "langfuse.session.id": said.get("sessionid"),
        "langfuse.user.id": said.get("userid"),
    }
    rest = {f"langfuse.observation.metadata.{k}": v for k, v in metadata.items() if k not in _OWN}
    return Step(
        trace_id=trace_id,
        span_id=said.get("id"),
        parent_id=said.get("parentobservationid"),
        name=said.get("name"),
        start=said.get("starttime"),
        end=said.get("endtime"),
        status="error" if failed else "unset",
        message=said.get("statusmessage"),
        attributes={**own.get("attributes", {}), **rest, **_there(written), **_there(whole)},
        resource=own.get("resourceAttributes", {}),
        scope={k: v for k, v in own.get("scope", {}).items() if k in ("name", "version") and isinstance(v, str)},
    )


def _there(said: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in said.items() if value not in EMPTY}
