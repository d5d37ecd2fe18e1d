"""What a trace's page says of one outcome of a judge, beside its label, value and reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluator.pipeline.operations.judges.told import Told
from evaluator.web.format import count, duration


@dataclass(frozen=True, slots=True)
class JudgeSaid:
    """`probabilities` are (label, in [0, 100]), the likeliest first; `again` is the second verdict, where there was
    one, and `changed` whether it is another. `facts` are what the calls took."""

    probabilities: list[tuple[str, float]]
    verdicts: list[str]
    again: str | None
    changed: bool
    suspected: list[tuple[str, list[str]]]
    """(which text, what it seems to do) where one seems to speak to the judge."""
    facts: list[str]


def judge_said(outcome: Mapping[str, Any]) -> JudgeSaid:
    """Of an outcome as it is stored."""
    told = Told.of(outcome)
    return JudgeSaid(
        probabilities=[(label, round(100 * p, 2)) for label, p in told.probabilities.items()],
        verdicts=told.verdicts,
        again=told.again[0] if told.again else None,
        changed=told.changed,
        suspected=by_text(told.suspected),
        facts=list(_facts(told)),
    )


def by_text(suspected: tuple[str, ...]) -> list[tuple[str, list[str]]]:
    """``answer: names a verdict`` and others of the kind, by the text that they are about."""
    found: dict[str, list[str]] = {}
    for one in suspected:
        text, _, kind = one.partition(": ")
        found.setdefault(text.replace("_", " "), []).append(kind)
    return list(found.items())


def _facts(told: Told) -> list[str]:
    if told.cached:
        return ["taken over from the same content"]
    found = [told.model] if told.model else []
    if (told.answered or told.calls) and told.seconds is not None:
        calls = int(told.answered or told.calls or 0)
        found.append(f"{count(calls)} {'reply' if calls == 1 else 'replies'} of {duration(1000 * told.seconds)}")
    read, written = told.tokens("input"), told.tokens("output")
    if read is not None and written is not None:
        found.append(f"{read:,.0f} tokens in, {written:,.0f} out")
    if told.repaired:
        found.append("the first reply could not be read")
    if told.parts is not None and told.parts > 1:
        found.append(f"read in {told.parts:,.0f} parts")
    return found
