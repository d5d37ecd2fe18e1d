"""The stand-in speaks the protocols as their own SDK does, and keeps its books."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import openai
import orjson
import pytest

from bench.servers.judge.behaviour import Behaviour, Draws
from bench.servers.judge.ledger import Ledger
from bench.servers.judge.server import judging


def test_the_sdk_of_openai_is_answered_in_both_protocols() -> None:
    def verdict(system: str, user: str) -> dict[str, object]:
        return {"label": "no", "_probabilities": {"yes": 0.25, "no": 0.75}, "said": f"{system}|{user}"}

    with judging(verdict=verdict) as served:
        client = openai.OpenAI(base_url=served.address, api_key="k", max_retries=0)
        messages = [{"role": "system", "content": "S"}, {"role": "user", "content": "U"}]
        chat = client.chat.completions.create(model="m", messages=messages, logprobs=True, top_logprobs=2)
        said = client.responses.create(model="m", instructions="S", input="U")
    assert orjson.loads(chat.choices[0].message.content) == {"label": "no", "said": "S|U"}
    (token,) = (t for t in chat.choices[0].logprobs.content if t.token == "no")
    assert [t.token for t in token.top_logprobs] == ["no", "yes"]
    assert orjson.loads(said.output_text) == {"label": "no", "said": "S|U"}
    charges = served.ledger.charges
    assert [(c.input_tokens, c.output_tokens) for c in charges] == [
        (chat.usage.prompt_tokens, chat.usage.completion_tokens), (said.usage.input_tokens, said.usage.output_tokens),
    ]  # fmt: skip


SCHEMA = {"type": "object", "properties": {"label": {"enum": ["a", "b"]}, "why": {"type": "string"}}}


def test_a_tool_is_called_with_an_object_of_its_schema() -> None:
    with judging() as served:
        client = openai.OpenAI(base_url=served.address, api_key="k", max_retries=0)
        told = client.chat.completions.create(
            model="m",
            messages=[{"role": "user", "content": "U"}],
            tools=[{"type": "function", "function": {"name": "verdict", "parameters": SCHEMA}}],
            tool_choice={"type": "function", "function": {"name": "verdict"}},
        )
    (call,) = told.choices[0].message.tool_calls
    assert call.function.name == "verdict"
    said = orjson.loads(call.function.arguments)
    assert sorted(said) == ["label", "why"]
    assert said["label"] in ("a", "b")


@pytest.mark.parametrize("before", ["", 'Reply like {"this": "one"}. '])
def test_a_schema_may_stand_in_the_prompt(before: str) -> None:
    prompt = f"{before}Follow {orjson.dumps(SCHEMA).decode()} and nothing else."
    with judging() as served:
        client = openai.OpenAI(base_url=served.address, api_key="k", max_retries=0)
        told = client.chat.completions.create(model="m", messages=[{"role": "user", "content": prompt}])
    assert sorted(orjson.loads(told.choices[0].message.content)) == ["label", "why"]


def test_errors_are_those_that_the_sdk_knows() -> None:
    with judging(Behaviour(rate_limited=1.0)) as served:
        client = openai.OpenAI(base_url=served.address, api_key="k", max_retries=0)
        with pytest.raises(openai.RateLimitError) as caught:
            client.responses.create(model="m", input="U")
    assert caught.value.response.headers["retry-after"] == "1"
    assert served.ledger.charges == []


def test_the_same_request_meets_the_same_faults_in_any_order() -> None:
    bodies = [b"%d" % number for number in range(2000)]
    behaviour = Behaviour(seed=7, cut=0.1, hang=0.2)
    one, other = Draws(behaviour), Draws(behaviour)
    first = {body: one.fault(body) for body in bodies}
    assert first == {body: other.fault(body) for body in reversed(bodies)}
    assert 0.07 < sum(fault == "cut" for fault in first.values()) / 2000 < 0.13
    assert first != {body: Draws(Behaviour(seed=8, cut=0.1, hang=0.2)).fault(body) for body in bodies}


def test_shares_above_one_are_refused() -> None:
    with pytest.raises(ValueError, match="together at most 1"):
        Behaviour(cut=0.7, hang=0.7)


def test_as_a_process_it_logs_what_it_charged(tmp_path: Path) -> None:
    log = tmp_path / "charges.jsonl"
    command = [sys.executable, "-m", "bench.servers.judge", "--log", str(log), "--seed", "3", "--price-input", "5"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        client = openai.OpenAI(base_url=address, api_key="k", max_retries=0)
        client.responses.create(model="m", instructions="", input="x" * 400)
    finally:
        process.terminate()
        assert process.wait(10) == 0
    (entry,) = map(orjson.loads, log.read_bytes().splitlines())
    assert entry["input_tokens"] == 100
    assert entry["usd"] == pytest.approx((100 * 5 + entry["output_tokens"] * 2) / 1e6)


def test_the_ledger_adds_up() -> None:
    ledger = Ledger(price_input=1.0, price_output=4.0)
    ledger.charge("m", 1_000_000, 500_000, "")
    ledger.charge("m", 0, 250_000, "cut")
    assert ledger.usd == pytest.approx(4.0)
