"""What the help desk really had, turn by turn, and which of it a trace's values show."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.senders.desk import scenario

Values = list[Any]


def answer(turn: int, models: tuple[str, str]) -> dict[str, Any]:
    """Turn 1 or 2, the triage as 3, or the turn that fails as 4, as the application had it; `models` are the one
    asked, the one that served."""
    told = [*scenario.TURNS, scenario.TRIAGE, scenario.FAILURE][turn - 1]
    calls = [{"input_tokens": used["input"], "output_tokens": used["output"]} for used in told["usage"]]
    return {
        "question": told["question"],
        "answer": told["answer"],
        "system_prompt": scenario.SYSTEM,
        "passages": [
            {"id": hit["id"], "text": scenario.DOCUMENTS[hit["id"]]["text"], "score": hit["score"]}
            for hit in told["found"]
        ],
        "tool": {"name": scenario.TOOL["name"], **told["call"]} if "call" in told else None,
        "model_asked": models[0],
        "model_served": models[1],
        "calls": calls,
    }


def around() -> dict[str, Any]:
    """What holds of every trace of the help desk."""
    told = scenario.SCENARIO
    return {name: told[name] for name in ("session", "user", "prompt", "tags", "metadata", "service", "environment")}


def missing(answers: list[dict[str, Any]], values: Values) -> set[str]:
    """The facts of a trace with these answers that its values do not show, at all or in full."""
    checks = [check for told in answers for check in _of_turn(told).items()] + list(_AROUND.items())
    return {name for name, shown in checks if not shown(values)}


def names() -> set[str]:
    """Every fact that is looked for."""
    return set(_of_turn(answer(1, ("", "")))) | set(_AROUND)


def _text(wanted: str | None) -> Callable[[Values], bool]:
    return lambda values: wanted is not None and any(isinstance(value, str) and wanted in value for value in values)


def _same(wanted: str | float) -> Callable[[Values], bool]:
    """The value alone, also written as a text."""
    return lambda values: any(
        str(value) == str(wanted) or (isinstance(value, float) and value == wanted) for value in values
    )


def _one_of(wanted: str) -> Callable[[Values], bool]:
    """The text alone, or in a list that is written with commas."""
    return lambda values: any(isinstance(value, str) and wanted in value.split(", ") for value in values)


def _all(checks: list[Callable[[Values], bool]]) -> Callable[[Values], bool]:
    return lambda values: all(shown(values) for shown in checks)


def _either(*checks: Callable[[Values], bool]) -> Callable[[Values], bool]:
    return lambda values: any(shown(values) for shown in checks)


def _object(text: str) -> Callable[[Values], bool]:
    return _either(_text(text), lambda values: json.loads(text) in values)


def _of_turn(told: dict[str, Any]) -> dict[str, Callable[[Values], bool]]:
    checks = {name: _text(told[name]) for name in ("question", "answer", "system_prompt")}
    checks["passages"] = _all([_text(passage["text"]) for passage in told["passages"]])
    checks["passage_ids"] = _all([_text(passage["id"]) for passage in told["passages"]])
    checks["passage_scores"] = _all([_same(passage["score"]) for passage in told["passages"]])
    checks |= {name: _same(told[name]) for name in ("model_asked", "model_served")}
    for name in ("input_tokens", "output_tokens"):
        counts = [call[name] for call in told["calls"]]
        checks[name] = _either(_all([_same(count) for count in counts]), _same(sum(counts)))
    if tool := told["tool"]:
        checks["tool_name"] = _text(tool["name"])
        checks["tool_arguments"] = _object(json.dumps(tool["arguments"]))
        checks["tool_output"] = _object(tool["output"])
    return checks


_AROUND: dict[str, Callable[[Values], bool]] = {
    "session": _same(scenario.SESSION),
    "user": _same(scenario.USER),
    "prompt_name": _text(scenario.PROMPT["name"]),
    "prompt_version": _same(scenario.PROMPT["version"]),
    "tags": _all([_one_of(tag) for tag in scenario.TAGS]),
    "metadata": _all([_same(value) for value in scenario.METADATA.values()]),
    "service": _same(scenario.SERVICE),
    "environment": _same(scenario.SCENARIO["environment"]),
}
