"""The server of the judge on this machine, over real HTTP: what it answers, whom, and the way to a verdict."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

from evaluator.core.evaluator import sample_of
from evaluator.core.judge import JudgeError
from evaluator.core.outcome import Reason, Score
from evaluator.evaluators.rubric.evaluator import RubricEvaluator
from evaluator.judges.serving.catalog import SMOLLM
from evaluator.judges.serving.engine import Engine, grammar_of, load
from evaluator.judges.serving.server import MOST_BODY, make_app
from evaluator.shipped import shipped_rubrics
from tests.support.judge_calls import SCHEMA, asked, provider_at, request
from tests.support.judging import OneProvider
from tests.support.local_judge import CountingModel, serving, small_model

GOOD = {"model": "tiny", "messages": [{"role": "user", "content": "Is it so?"}]}


class _Model(CountingModel):
    """Says `reply`, or raises it."""

    def __init__(self, reply: Any = None) -> None:
        super().__init__()
        self._reply = reply

    def __call__(self, request: dict[str, Any]) -> dict[str, Any]:
        found = super().__call__(request)
        if isinstance(self._reply, Exception):
            raise self._reply
        return found | (self._reply or {})


def _app(model: Any) -> Any:
    return make_app(Engine(model), "tiny", _grammar)


def _grammar(schema: Mapping[str, Any]) -> str:
    if schema.get("type") == "nonsense":
        raise ValueError("the schema can not be followed")
    return f"grammar of {json.dumps(schema, sort_keys=True)}"


def _post(address: str, body: Any, **headers: str) -> httpx2.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"Content-Type": "application/json"} | headers
    return httpx2.post(f"{address}/v1/chat/completions", content=content, headers=given, timeout=20)


def test_a_call_reaches_the_model_with_all_that_it_needs() -> None:
    model = _Model()
    with serving(_app(model)) as address:
        reply = asked(
            provider_at(f"{address}/v1", model="tiny"), request(model="tiny", schema=SCHEMA, top_logprobs=5)
        )
    (last,) = [one for one in model.asked if one["max_tokens"] > 1]
    assert last["messages"][0] == {"role": "system", "content": "You judge."}
    assert last["grammar"] == _grammar(SCHEMA)
    assert (last["logprobs"], last["top_logprobs"], last["temperature"]) == (True, 5, 0.0)
    assert reply.model == "tiny"
    assert reply.tries == 1, "every parameter of the client is known"


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        (b"{", 400, "body"),
        (b"[]", 400, "body"),
        (GOOD | {"tools": []}, 400, "tools"),
        (GOOD | {"stream": True}, 400, "stream"),
        (GOOD | {"messages": []}, 400, "messages"),
        (GOOD | {"max_tokens": 0}, 400, "max_tokens"),
        (GOOD | {"max_tokens": 10**9}, 400, "max_tokens"),
        (GOOD | {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, 400, "messages.0.content"),
        (GOOD | {"model": "gpt-4"}, 404, "model"),
        (
            GOOD | {"response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "nonsense"}}}},
            400,
            None,
        ),
    ],
)
def test_what_is_not_taken_is_named(body: Any, status: int, param: str | None) -> None:
    with serving(_app(_Model())) as address:
        found = _post(address, body)
    assert found.status_code == status
    assert found.json()["error"]["param"] == param
    assert found.json()["error"]["message"]


@pytest.mark.parametrize("headers", [
    {"Host": "rebound.example:8790"}, {"Origin": "http://page.example"}, {"Content-Type": "text/plain"},
    {"Content-Type": "application/x-www-form-urlencoded"},
])  # fmt: skip
def test_pages_of_a_browser_are_not_answered(headers: dict[str, str]) -> None:
    model = _Model()
    with serving(_app(model)) as address:
        found = _post(address, GOOD, **headers)
        if "Content-Type" not in headers:
            listed = httpx2.get(f"{address}/v1/models", headers=headers)
            assert listed.status_code == 403
    assert found.status_code == 403
    assert not [name for name in found.headers if name.lower().startswith("access-control")]
    assert not model.asked


def test_the_model_is_listed() -> None:
    with serving(_app(_Model())) as address:
        found = httpx2.get(f"{address}/v1/models").json()
    assert [one["id"] for one in found["data"]] == ["tiny"]


def test_a_body_beyond_all_measure_is_refused() -> None:
    with serving(_app(_Model())) as address:
        assert _post(address, b" " * (MOST_BODY + 1)).status_code == 413


@pytest.mark.parametrize(("reply", "reason"), [
    ({"error": {"code": 400, "message": "request (9 tokens) exceeds the available context size", "type": "x"}},
     Reason.TOO_LONG),
    ({"error": {"code": "?", "message": "broken"}}, Reason.PROVIDER_ERROR),
    (RuntimeError("secret path"), Reason.PROVIDER_ERROR),
])  # fmt: skip
def test_what_the_model_can_not_do_is_told_to_whoever_asked(reply: Any, reason: Reason) -> None:
    with serving(_app(_Model(reply))) as address:
        with pytest.raises(JudgeError) as found:
            asked(provider_at(f"{address}/v1", model="tiny"), request(model="tiny"))
        assert found.value.reason is reason
        assert "secret" not in str(found.value)
        assert httpx2.get(f"{address}/v1/models").status_code == 200


def test_who_hangs_up_while_waiting_is_left_out() -> None:
    model, go, entered = CountingModel(), threading.Event(), threading.Event()

    def slow(body: dict[str, Any]) -> dict[str, Any]:
        entered.set()
        assert go.wait(20)
        return model(body)

    with serving(_app(slow)) as address:
        first = threading.Thread(target=_post, args=(address, GOOD))
        first.start()
        assert entered.wait(10)
        with pytest.raises(httpx2.TimeoutException):
            httpx2.post(f"{address}/v1/chat/completions", json=_asks("Who is gone?"), timeout=0.3)
        assert httpx2.get(f"{address}/v1/models").status_code == 200  # by now the server has seen that it hung up
        go.set()
        first.join(20)
        assert _post(address, _asks("Who stays?")).status_code == 200
    said = {one["messages"][-1]["content"] for one in model.asked}
    assert {"Is it so?", "Who stays?"} <= said
    assert "Who is gone?" not in said


def _asks(text: str) -> dict[str, Any]:
    return GOOD | {"messages": [{"role": "user", "content": text}]}


@pytest.mark.local_judge
@pytest.mark.timeout(900)
def test_a_rubric_is_judged_end_to_end() -> None:
    engine = load(small_model(), threads=1, window=SMOLLM.window)
    rubrics = shipped_rubrics()
    samples = [
        sample_of("How long is the warranty?", f"It covers {years} years.", ["The warranty covers two years."])
        for years in ("two", "three")
    ]
    with serving(make_app(engine, SMOLLM.name, grammar_of)) as address:
        provider = provider_at(f"{address}/v1", name="local", model=SMOLLM.name, api_key=None, timeout_seconds=800)
        evaluator = RubricEvaluator(
            member="faithfulness", explain=False, repeat_share=0.0, rubrics=rubrics, judges=OneProvider(provider)
        )
        evaluator.patience = 800.0  # type: ignore[misc]
        evaluator.open()
        outcomes = evaluator.score(samples)
    labels = rubrics.rubric("faithfulness", rubrics.version("faithfulness")).scale.labels
    for one in outcomes:
        assert isinstance(one, Score), one
        assert one.label in labels
        assert one.details["calls"] == 1, "the schema keeps the model from writing anything else"
        assert one.details["model"] == SMOLLM.name
        chances = one.details["probabilities"]
        assert sum(chances.values()) == pytest.approx(1.0, abs=1e-3)
        assert one.value not in (0.0, 0.3, 0.7, 1.0), "it is the expected value, and not that of the verdict"
    assert outcomes[1].details["tokens"]["cached"] > 1000
