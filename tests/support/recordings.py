"""What real senders sent, replayed: `tests/recordings` beside what Faithline makes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from evaluator.core.ids import pseudonym
from evaluator.core.trace import Part, Status, ToolCall, Trace
from evaluator.ingest.assembly.assemble import assemble
from evaluator.ingest.otlp.requests import decode
from evaluator.ingest.otlp.signals import LOGS, TRACES

FOLDER = Path(__file__).parent.parent / "recordings"
PROJECT = "shop"
_SIGNALS = {"traces": TRACES, "logs": LOGS}


@dataclass(frozen=True)
class Recording:
    """One recording: what its `sender.json` says (see `tests/recordings/README.md`), and the folder of its bytes."""

    folder: Path
    said: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.said["name"])

    def requests(self) -> Iterator[tuple[dict[str, Any], bytes]]:
        """Each request as it was recorded, with its body."""
        for request in self.said["requests"]:
            yield request, (self.folder / request["file"]).read_bytes()

    def parts(self) -> dict[str, dict[str, Part]]:
        """What it holds, by the ids of traces and of parts."""
        parts: dict[str, dict[str, Part]] = {}
        for request, body in self.requests():
            signal = _SIGNALS.get(request["path"].rpartition("/")[2])
            if signal is None:
                continue
            decoded = decode(body, request["headers"]["content-type"], None, project=PROJECT, signal=signal)
            assert not decoded.rejected, decoded.errors
            for part in decoded.parts:
                parts.setdefault(part.trace_id, {})[part.part_id] = part
        return parts

    @cached_property
    def traces(self) -> dict[str, Trace]:
        """Its traces as Faithline puts them together from the bytes, by their ids."""
        return {trace: assemble(PROJECT, trace, list(found.values())) for trace, found in self.parts().items()}


@cache
def recordings() -> tuple[Recording, ...]:
    """All recordings, in the order of their names."""
    return tuple(Recording(p.parent, json.loads(p.read_text())) for p in sorted(FOLDER.glob("*/sender.json")))


FACTS = (
    "question", "answer", "system_prompt", "passages", "tool_output", "tool_call", "model", "input_tokens",
    "output_tokens", "session", "user", "prompt_version", "tags", "metadata", "service", "environment", "status",
)  # fmt: skip
"""What is compared, and shown as columns in docs/senders.md."""


def expected(said: dict[str, Any]) -> dict[str, Any]:
    """What a trace of a recording had, of `FACTS`, where the sender sent it."""
    answers, prompt = said["answers"], said.get("prompt") or {}
    gone = said.get("not_sent", {}).keys() | said.get("elsewhere", {}).keys()
    last = answers[-1]
    version = "@".join(
        str(prompt[key]) for key in ("name", "version") if key in prompt and f"prompt_{key}" not in gone
    )
    models = [last[key] for key in ("model_served", "model_asked") if key not in said.get("not_sent", {})]
    had: dict[str, Any] = {
        "question": last["question"],
        "answer": last["answer"],
        "system_prompt": last["system_prompt"],
        "passages": [p["text"] for p in last["passages"]],
        "tool_output": last["tool"] and last["tool"]["output"],
        "tool_call": last["tool"] and _called(last["tool"], gone),
        "model": models or None,
        "input_tokens": sum(c["input_tokens"] for a in answers for c in a["calls"]) or None,
        "output_tokens": sum(c["output_tokens"] for a in answers for c in a["calls"]) or None,
        "session": said.get("session"),
        "user": pseudonym(PROJECT, said["user"]) if said.get("user") else None,
        "prompt_version": version or None,
        "tags": said.get("tags"),
        "metadata": said.get("metadata"),
        "service": said.get("service"),
        "environment": said.get("environment"),
        "status": "ok",
    }
    if last["answer"] is None:  # the model call failed
        had |= {"system_prompt": None, "passages": None, "status": "error"}
    return {fact: value for fact, value in had.items() if fact not in gone and value not in (None, [], {})}


def _called(tool: dict[str, Any], gone: set[str]) -> dict[str, Any] | None:
    """What is said of a tool's call, where there is an answer to which it led."""
    facts = (("tool_name", "name"), ("tool_arguments", "arguments"), ("tool_output", "output"))
    return (
        {name: tool[name] for fact, name in facts if fact not in gone} if not gone & {"tool_name", "answer"} else None
    )


def found(trace: Trace, fact: str, wanted: Any) -> Any:
    """What Faithline made of a fact, in the form of `wanted`: the same where all of it arrived."""
    answer = trace.answers[-1] if trace.answers and trace.answers[0].id != "root" else next(iter(trace.answers), None)
    if fact in ("question", "answer", "system_prompt"):
        # A call that asks for a tool answers nothing, but the trace shows what was asked.
        text = getattr(answer, fact) if answer is not None else trace.input if fact == "question" else None
        same = text and (_same(text.strip(), wanted) or (fact == "system_prompt" and wanted in text))
        return wanted if same else text
    if fact in ("passages", "tool_output"):
        texts = [p.text for p in answer.passages] if answer is not None else []
        there = all(any(_holds(t, one) for t in texts) for one in ([wanted] if isinstance(wanted, str) else wanted))
        return wanted if there else texts
    if fact == "tool_call":
        calls = answer.tool_calls if answer is not None else ()
        return wanted if any(_is_call(call, wanted) for call in calls) else calls
    if fact == "status":
        return "error" if trace.status is Status.ERROR else "ok"
    if fact == "model":
        return wanted if trace.model in wanted else trace.model
    if fact == "tags":
        return wanted if set(wanted) <= set(trace.tags) else list(trace.tags)
    if fact == "metadata":
        there = all(str(trace.metadata.get(key)) == str(value) for key, value in wanted.items())
        return wanted if there else trace.metadata
    return getattr(trace, fact)


def _is_call(call: ToolCall, wanted: dict[str, Any]) -> bool:
    arguments = "arguments" not in wanted or json.loads(call.arguments or "null") == wanted["arguments"]
    result = "output" not in wanted or _same(call.result or "", wanted["output"])
    # Some name a tool with its plugin or module.
    return call.name.endswith(wanted["name"]) and arguments and result and call.error is None


def _holds(text: str, wanted: str) -> bool:
    """The same text, or the same JSON."""
    return wanted in text or _same(text, wanted)


def _same(text: str, wanted: str) -> bool:
    if text == wanted:
        return True
    try:
        return bool(json.loads(text) == json.loads(wanted))
    except ValueError:
        return False
