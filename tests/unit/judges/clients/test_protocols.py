"""What the three protocols send, and what of a reply is believed."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from bench.servers.judge.server import judging
from evaluator.core.judge import JudgeError
from evaluator.core.outcome import Reason
from evaluator.judges.clients.anthropic import ANTHROPIC
from evaluator.judges.clients.api import Api
from evaluator.judges.clients.chat import CHAT
from evaluator.judges.clients.responses import RESPONSES
from tests.support.judge_calls import KEY, SCHEMA, asked, provider_at, request

APIS = {"chat": CHAT, "responses": RESPONSES, "anthropic": ANTHROPIC}


@pytest.mark.parametrize("api", APIS)
def test_a_call_goes_out_and_comes_back(api: str) -> None:
    with judging() as served:
        reply = asked(provider_at(served, api=api), request(schema=SCHEMA, top_logprobs=3, seed=1))
        (_, headers, body), (charge,) = served.requests[0], served.ledger.charges
    said = orjson.loads(reply.text)
    assert said["verdict"] in ("yes", "no")
    assert 0 <= said["score"] <= 1
    assert (reply.finish, reply.model, reply.tries) == ("stop", "m", 1)
    assert (reply.input_tokens, reply.output_tokens) == (charge.input_tokens, charge.output_tokens)
    assert reply.cached_tokens == 0
    assert KEY in (headers.get("x-api-key"), headers.get("authorization", "")[7:])
    if api == "anthropic":
        assert reply.tokens is None
        assert headers["anthropic-version"]
        assert body["system"][0]["cache_control"] == {"type": "ephemeral"}
    else:
        assert "".join(token.text for token in reply.tokens or ()) == reply.text
        assert all(len(token.top) <= 3 for token in reply.tokens or ())
    if api == "responses":
        assert body["store"] is False


def _reply(api: str, text: Any = "x", **usage: Any) -> dict[str, Any]:
    if api == "chat":
        return {"choices": [{"message": {"content": text}, "finish_reason": "stop"}], "usage": usage}
    if api == "responses":
        part = {"type": "output_text", "text": text}
        return {"output": [{"type": "message", "content": [part]}], "usage": usage}
    return {"content": [{"type": "text", "text": text}], "stop_reason": "end_turn", "usage": usage}


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("absurd", [-1, "12", 10**9 + 1, 1.5, True, None, [], float("inf")])
def test_a_count_that_can_not_be_is_none(api: str, absurd: Any) -> None:
    names = ("prompt_tokens", "completion_tokens") if api == "chat" else ("input_tokens", "output_tokens")
    reply = APIS[api].reply(_reply(api, **dict.fromkeys(names, absurd)))
    assert (reply.input_tokens, reply.output_tokens) == (None, None)


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("text", [None, 7, {}, ["x"]])
def test_a_reply_without_text_is_none_and_was_charged(api: str, text: Any) -> None:
    with pytest.raises(JudgeError) as caught:
        APIS[api].reply(_reply(api, text))
    assert (caught.value.reason, caught.value.charged) == (Reason.INVALID_OUTPUT, True)
    assert caught.value.retryable


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize(
    "data",
    [{}, {"choices": {}, "output": 3, "content": 4}, {"choices": [7], "output": [7], "content": [7]},
     {"choices": [{"message": []}], "output": [{"type": "message", "content": [1]}], "content": [{"text": 1}]},
     {"choices": [{"message": {"content": None}, "finish_reason": {}}], "stop_reason": [], "usage": 1}]
)  # fmt: skip
def test_what_has_the_wrong_shape_is_an_error_of_ours(api: str, data: dict[str, Any]) -> None:
    with pytest.raises(JudgeError):
        APIS[api].reply(data)


@pytest.mark.parametrize("api", APIS)
def test_an_error_with_status_200_is_told(api: str) -> None:
    with pytest.raises(JudgeError, match="overloaded") as caught:
        APIS[api].reply({"error": {"message": "overloaded", "code": 502}})
    assert caught.value.charged


def test_finishes() -> None:
    def chat(reason: Any, **message: Any) -> str:
        return CHAT.reply({"choices": [{"message": message, "finish_reason": reason}]}).finish

    assert chat("length", content="a") == "length"
    assert chat("content_filter", content=None) == "filtered"
    assert chat("stop", content=None, refusal="No.") == "refusal"
    assert chat("eos", content="a") == "stop"
    refused = CHAT.reply({"choices": [{"message": {"content": None, "refusal": "No."}}]})
    assert refused.text == "No."

    def responses(reason: Any, **part: Any) -> str:
        output = [{"type": "reasoning"}, {"type": "message", "content": [part] if part else []}]
        return RESPONSES.reply({"output": output, "incomplete_details": {"reason": reason}}).finish

    assert responses("max_output_tokens") == "length"
    assert responses("content_filter") == "filtered"
    assert responses(None, type="refusal", refusal="No.") == "refusal"

    def anthropic(reason: Any, **block: Any) -> str:
        return ANTHROPIC.reply(
            {"content": [{"type": "thinking", "thinking": "…"}, block], "stop_reason": reason}
        ).finish

    assert anthropic("max_tokens", text="a") == "length"
    assert anthropic("refusal") == "refusal"
    assert anthropic("stop_sequence", text="a") == "stop"


def test_parts_of_a_message_are_joined() -> None:
    parts = [{"type": "thinking", "thinking": []}, {"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    assert CHAT.reply({"choices": [{"message": {"content": parts}}]}).text == "ab"


def test_what_is_counted_in_the_total_alone_is_paid_for() -> None:
    """As some count what a model thinks."""
    usage = {"prompt_tokens": 700, "completion_tokens": 20}
    assert CHAT.reply(_reply("chat", **usage, total_tokens=1120)).output_tokens == 420
    for total in (720, 0, None, "1120", -5):
        assert CHAT.reply(_reply("chat", **usage, total_tokens=total)).output_tokens == 20


def test_what_a_cache_had_is_told_and_what_it_took_is_paid_for() -> None:
    usage = {
        "input_tokens": 10,
        "cache_read_input_tokens": 100,
        "cache_creation_input_tokens": 40,
        "output_tokens": 5,
    }
    reply = ANTHROPIC.reply(_reply("anthropic", **usage))
    assert (reply.input_tokens, reply.cached_tokens, reply.output_tokens) == (10 + 100 + 40 + 10, 100, 5)
    chat = CHAT.reply(
        _reply("chat", prompt_tokens=100, prompt_tokens_details={"cached_tokens": 60, "cache_write_tokens": 9})
    )
    assert (chat.input_tokens, chat.cached_tokens) == (103, 60)
    assert CHAT.reply(_reply("chat", prompt_tokens=100, prompt_cache_hit_tokens=7)).cached_tokens == 7


@pytest.mark.parametrize(
    "entries",
    [[{"token": 3, "logprob": -1}], [{"token": "a", "logprob": "x"}], [{"token": "a", "logprob": float("nan")}],
     [{"token": "a", "logprob": 5}], [7], {}, [{"token": "a", "logprob": -1, "top_logprobs": [{"token": "b"}]}]]
)  # fmt: skip
def test_logprobs_that_can_not_be_are_none(entries: Any) -> None:
    data = _reply("chat")
    data["choices"][0]["logprobs"] = {"content": entries}
    assert CHAT.reply(data).tokens is None


def test_without_a_schema_parameter_the_prompt_says_it() -> None:
    one = request(schema=SCHEMA)
    for api, name in ((CHAT, "response_format"), (RESPONSES, "text"), (ANTHROPIC, "output_config")):
        assert name in api.body(one, frozenset())
        body = api.body(one, frozenset({name}))
        assert name not in body
        assert '\\"verdict\\"' in orjson.dumps(body).decode()


def test_the_model_that_answered_is_one_line() -> None:
    api: Api = CHAT
    assert api.reply(_reply("chat") | {"model": "a\nb\x1b[31m" + "x" * 500}).model.startswith("a b [31mxx")
    assert len(api.reply(_reply("chat") | {"model": "x" * 500}).model) == 200
