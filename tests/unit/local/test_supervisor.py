"""The whole service, from the real SDK's exporter to a rate, and through the death of its scoring process."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import Any

import openai
import pytest
from openinference.instrumentation.openai import OpenAIInstrumentor

from bench.servers.serving import Served, serving
from tests.support import senders

TORCH = re.compile(r"/torch/|/libtorch")
DOCUMENTS = ["Parcels to Norway take six working days.", "Returns are free within 30 days of delivery."]


def ask(served: Served, question: str, answer: str) -> None:
    """A small RAG application: a retriever span and an instrumented OpenAI call under one root."""
    instrumentor = OpenAIInstrumentor()
    with senders.tracer_provider(f"{served.address}/v1/traces") as provider:
        instrumentor.instrument(tracer_provider=provider)
        try:
            with (
                senders.openai_stand_in(lambda _: answer) as url,
                openai.OpenAI(base_url=url, api_key="none") as client,
                provider.get_tracer("shop").start_as_current_span("answer") as root,
            ):
                root.set_attributes({"openinference.span.kind": "CHAIN", "input.value": question})
                with provider.get_tracer("shop").start_as_current_span("search") as search:
                    search.set_attribute("openinference.span.kind", "RETRIEVER")
                    for n, text in enumerate(DOCUMENTS):
                        search.set_attribute(f"retrieval.documents.{n}.document.content", text)
                client.chat.completions.create(model="m-1", messages=[{"role": "user", "content": question}])
                root.set_attributes({"output.value": answer, "faithline.complete": True})
        finally:
            instrumentor.uninstrument()


@pytest.mark.models
def test_from_the_sdk_to_the_rate_and_no_torch_in_the_api(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        from_the_sdk_to_the_rate(served)
        mapped = _mapped(served.process.pid)
        assert not TORCH.search(mapped), "torch is in the API process"
        assert "sqlite" in mapped.lower(), "the look itself must be able to find a library"
        scoring = served.scoring_pid()
        assert scoring is not None
        assert TORCH.search(_mapped(scoring))


def _mapped(pid: int) -> str:
    """The files mapped into a process's memory: a library that was imported is among them. Linux only."""
    return Path(f"/proc/{pid}/maps").read_text()


def from_the_sdk_to_the_rate(served: Served) -> None:
    served.call("/api/v1/rules", {"name": "hallucination", "evaluator": "faithfulness"})
    ask(served, "How long do parcels to Norway take?", "Parcels to Norway take six working days.")
    ask(served, "How long do parcels to Norway take?", "Parcels to Norway arrive after 45 minutes by drone.")
    served.wait(served.quiet)
    (series,) = served.call("/api/v1/series?evaluator=faithfulness")["series"]
    (point,) = series["points"]
    assert (point["settled"], point["selected"], point["scored"], point["failed"]) == (2, 2, 2, 0)
    assert point["method"] == "raw"
    assert point["low"] <= point["estimate"] <= point["high"]
    listed = served.call("/api/v1/traces?sort=worst")["traces"]
    assert [bool(t["badness"] > 0.5) for t in listed] == [True, False]
    trace = served.call(f"/api/v1/traces/{listed[0]['id']}")
    (answer,), (score,) = trace["answers"], trace["scores"]
    assert [p["text"] for p in answer["passages"]] == DOCUMENTS
    marked = [answer["answer"][e["start"] : e["end"]] for e in score["evidence"] if e["label"] != "supported"]
    assert any("45" in text for text in marked), score["evidence"]
    assert {s["kind"] for s in trace["spans"]} >= {"retriever", "llm"}
    assert trace["model"] == senders.MODEL_SERVED
    assert len(served.call(f"/api/v1/traces?model={trace['model']}")["traces"]) == 2


@pytest.mark.models
def test_a_scoring_process_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    with serving(tmp_path, lease_seconds="3", batch_size="8") as served:
        served.call("/api/v1/rules", {"name": "relevance", "evaluator": "answer_relevance"})
        items: list[dict[str, Any]] = [
            {"id": f"k{i}", "question": f"What is item {i}?", "answer": f"Item {i} is a thing. " * 20}
            for i in range(40)
        ]
        assert served.call("/api/v1/traces", {"traces": items})["accepted"] == 40
        served.wait(lambda: _running(served))
        killed = served.scoring_pid()
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        served.wait(lambda: served.scoring_pid() not in (None, killed))
        served.wait(served.quiet, 200)
        (rule,) = served.call("/api/v1/status")["rules"]
        assert (rule["scored"], rule["failed"], rule["dead"]) == (40, 0, 0)
        (series,) = served.call("/api/v1/series")["series"]
        assert series["total"]["scored"] == 40


def _running(served: Served) -> bool:
    (rule,) = served.call("/api/v1/status")["rules"]
    return bool(rule["running"])
