# SPDX-License-Identifier: Apache-2.0
"""Checks of the demo corpus (demo/*.jsonl): shape, counts, rates, and that no shortcut gives the label away.

Nothing but the standard library and pytest is used, so that the corpus can be checked on its own.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest

from tests.support import ROOT

Record = dict[str, Any]

DEMO = ROOT / "demo"

APPLICATIONS = {"support", "leaflet", "travel"}
WRONG_KINDS = {
    "wrong_number",
    "swapped_name",
    "wrong_unit_or_date",
    "invented_citation",
    "contradiction",
    "unsupported_addition",
    "over_claim",
    "wrong_condition",
    "mixed_documents",
    "invented_step",
}
OTHER_KINDS = {"toxic_reply", "refusal"}
TRACE_KEYS = {
    "id",
    "application",
    "question",
    "document_ids",
    "answer",
    "model",
    "prompt_version",
    "age_hours",
    "session",
    "user",
    "feedback",
    "error",
    "latency_ms",
    "tokens",
    "label",
    "mistake",
    "mistake_span",
    "toxic",
}


def read(name: str) -> list[Record]:
    with (DEMO / name).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


@pytest.fixture(scope="module")
def documents() -> list[Record]:
    return read("documents.jsonl")


@pytest.fixture(scope="module")
def traces() -> list[Record]:
    return read("traces.jsonl")


def auroc(traces: list[Record]) -> float:
    """Chance that a wrong answer is longer than a right one; ties count half."""
    wrong = [len(t["answer"]) for t in traces if t["label"] == 1]
    right = [len(t["answer"]) for t in traces if t["label"] == 0]
    wins = sum((w > r) + 0.5 * (w == r) for w in wrong for r in right)
    return wins / (len(wrong) * len(right))


def rate(traces: list[Record]) -> float:
    return sum(int(t["label"]) for t in traces) / len(traces)


def opening(text: str) -> str:
    """The first five words, with numbers and capitalised words masked."""
    words = []
    for word in text.split()[:5]:
        core = word.strip(".,;:!?()\"'-*")
        if re.search(r"\d", core):
            words.append("#")
        elif core[:1].isupper():
            words.append("^")
        else:
            words.append(core.lower())
    return " ".join(words)


def test_documents(documents: list[Record]) -> None:
    assert len(documents) >= 42
    assert len({d["id"] for d in documents}) == len(documents)
    assert len({d["text"] for d in documents}) == len(documents)
    assert {d["application"] for d in documents} == APPLICATIONS
    for d in documents:
        assert set(d) == {"id", "application", "title", "text"}
        assert d["id"].startswith(d["application"] + "-")
        assert 120 <= len(d["text"].split()) <= 260, d["id"]


def test_traces_have_the_agreed_shape(traces: list[Record], documents: list[Record]) -> None:
    application_of = {d["id"]: d["application"] for d in documents}
    assert 320 <= len(traces) <= 360
    assert len({t["id"] for t in traces}) == len(traces)
    for t in traces:
        assert set(t) == TRACE_KEYS, t["id"]
        assert re.fullmatch(r"d\d{3}", t["id"])
        assert t["application"] in APPLICATIONS
        assert t["question"].strip()
        assert t["answer"].strip()
        assert 1 <= len(t["document_ids"]) <= 3
        assert len(set(t["document_ids"])) == len(t["document_ids"])
        for document in t["document_ids"]:
            assert application_of[document] == t["application"], t["id"]
        assert t["prompt_version"] in {"v1", "v2"}
        assert 0.1 <= t["age_hours"] <= 336
        assert t["feedback"] in {None, "up", "down"}
        assert isinstance(t["error"], bool)
        assert isinstance(t["latency_ms"], int)
        assert t["latency_ms"] > 0
        assert set(t["tokens"]) == {"input", "output"}
        assert t["label"] in {0, 1}
        assert t["toxic"] in {0, 1}
    assert len({t["model"] for t in traces}) == 3
    assert 1 <= sum(t["error"] for t in traces) <= 12
    assert {t["feedback"] for t in traces} == {None, "up", "down"}


def test_labels_agree_with_mistakes(traces: list[Record]) -> None:
    for t in traces:
        kind, span = t["mistake"], t["mistake_span"]
        assert kind is None or kind in WRONG_KINDS | OTHER_KINDS, t["id"]
        if t["label"] == 1:
            assert kind in WRONG_KINDS | {"toxic_reply"}, t["id"]
            assert span, t["id"]
            assert span in t["answer"], t["id"]
        else:
            assert kind in OTHER_KINDS | {None}, t["id"]
            assert span is None, t["id"]
        assert t["toxic"] == int(kind == "toxic_reply"), t["id"]


def test_every_kind_is_present(traces: list[Record]) -> None:
    counts = Counter(t["mistake"] for t in traces)
    for kind in sorted(WRONG_KINDS):
        assert counts[kind] >= 8, (kind, counts[kind])
    assert counts["toxic_reply"] >= 8
    assert counts["refusal"] >= 12


def test_documents_are_used(traces: list[Record]) -> None:
    assert len({d for t in traces for d in t["document_ids"]}) >= 40
    assert {len(t["document_ids"]) for t in traces} == {1, 2, 3}


def test_rates_by_version_and_week(traces: list[Record]) -> None:
    v1 = [t for t in traces if t["prompt_version"] == "v1"]
    v2 = [t for t in traces if t["prompt_version"] == "v2"]
    assert all(t["age_hours"] < 168 for t in v2)
    first = [t for t in traces if t["age_hours"] >= 168]
    second = [t for t in traces if t["age_hours"] < 168]
    assert 0.40 <= len(v2) / len(second) <= 0.65
    assert 0.36 <= rate(v2) <= 0.47
    assert 0.09 <= rate(first) <= 0.16
    assert 0.09 <= rate([t for t in second if t["prompt_version"] == "v1"]) <= 0.16
    assert 0.09 <= rate(v1) <= 0.16
    # the share of v2 grows through its week
    early = [t for t in second if t["age_hours"] >= 84]
    late = [t for t in second if t["age_hours"] < 84]
    share = [sum(t["prompt_version"] == "v2" for t in part) / len(part) for part in (early, late)]
    assert share[0] < share[1]


def test_length_does_not_give_the_label_away(traces: list[Record]) -> None:
    v2 = [t for t in traces if t["prompt_version"] == "v2"]
    assert 0.44 <= auroc(traces) <= 0.56
    assert 0.44 <= auroc(v2) <= 0.56


@pytest.mark.parametrize("field", ["answer", "question"])
def test_no_template_is_used_more_than_three_times(traces: list[Record], field: str) -> None:
    counts = Counter(opening(t[field]) for t in traces)
    assert {o: n for o, n in counts.items() if n > 3} == {}
    assert len({t[field] for t in traces}) == len(traces)


def test_sessions_are_short_and_close_in_time(traces: list[Record]) -> None:
    sessions: dict[str, list[Record]] = {}
    for t in traces:
        if t["session"] is not None:
            sessions.setdefault(t["session"], []).append(t)
    assert len(sessions) >= 20
    for members in sessions.values():
        assert 2 <= len(members) <= 4
        ages = [t["age_hours"] for t in members]
        assert max(ages) - min(ages) < 1
        assert len({t["application"] for t in members}) == 1
        assert len({t["user"] for t in members}) == 1
