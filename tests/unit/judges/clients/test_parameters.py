"""What a model does not take is left out from the first refusal on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest

from bench.servers.judge.behaviour import Behaviour
from bench.servers.judge.server import judging
from bench.servers.stand_in import Handler, listening
from evaluator.core.judge import JudgeError
from evaluator.judges.clients.anthropic import ANTHROPIC
from evaluator.judges.clients.chat import CHAT, NEWER, OLDER
from evaluator.judges.clients.parameters import Parameters
from evaluator.judges.clients.responses import RESPONSES
from tests.support.judge_calls import SCHEMA, asked, provider_at, request

MESSAGE = [{"type": "message", "content": [{"type": "output_text", "text": "{}"}]}]


def test_a_refused_parameter_is_dropped_and_remembered() -> None:
    refuses = frozenset({"temperature", "seed", "response_format", "logprobs"})
    with judging(Behaviour(refuses=refuses)) as served:
        provider = provider_at(served)
        one = request(schema=SCHEMA, seed=3, top_logprobs=5)
        assert asked(provider, one).tries == 5
        assert asked(provider, one).tries == 1
        assert asked(provider, request(model="other")).tries == 2
        sent = served.requests[5][2]
    assert sent.keys() == {"model", "messages", "max_tokens"}
    assert "JSON schema" in sent["messages"][0]["content"]
    assert len(served.ledger.charges) == 3


@pytest.mark.parametrize(("refused", "taken"), [(OLDER, NEWER), (NEWER, OLDER)])
def test_the_bound_of_a_reply_has_two_names(refused: str, taken: str) -> None:
    with judging(Behaviour(refuses=frozenset({refused}))) as served:
        asked(provider_at(served))
        sent = served.requests[-1][2]
    assert sent[taken] == 100
    assert refused not in sent


def test_a_bound_that_is_refused_by_both_names_is_not_left_out() -> None:
    with judging(Behaviour(refuses=frozenset({OLDER, NEWER}))) as served, pytest.raises(JudgeError) as caught:
        asked(provider_at(served))
    assert served.calls == 2
    assert not caught.value.charged
    assert not caught.value.retryable


def test_responses_and_messages_do_without_too() -> None:
    for api, refuses in (
        ("responses", {"temperature", "include", "text"}),
        ("anthropic", {"temperature", "output_config"}),
    ):
        with judging(Behaviour(refuses=frozenset(refuses))) as served:
            asked(provider_at(served, api=api), request(schema=SCHEMA, top_logprobs=2))
            sent = served.requests[-1][2]
        assert refuses.isdisjoint(sent), api


@pytest.mark.parametrize(
    ("message", "dropped"),
    [
        ("Unsupported value: 'temperature' does not support 0 with this model.", "temperature"),
        ("Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'", OLDER),
        ("This response_format type is unavailable now", "response_format"),
        ("[{'loc': ['body', 'seed'], 'msg': 'Extra inputs are not permitted'}]", "seed"),
        ("`temperature` is deprecated for this model.", "temperature"),
        ("Invalid schema for response_format 'verdict': 'required' is missing", None),
        ("messages: the temperature of the room", None),
        ("unknown field foo", None),
    ],
)
def test_only_what_is_said_not_to_be_taken(message: str, dropped: str | None) -> None:
    parameters = Parameters(CHAT, frozenset())
    sent = CHAT.body(request(schema=SCHEMA, seed=1), frozenset())
    assert parameters.learn(message, None, sent) is (dropped is not None)
    assert parameters.without == ({dropped} if dropped else set())


def test_a_403_that_is_about_a_parameter_is_no_bad_key() -> None:
    """As reasoning models refuse log-probabilities."""
    body = {"error": {"message": "You are not allowed to request logprobs from this model", "code": None}}
    asked_for: list[dict[str, Any]] = []

    class Reasoning(Handler):
        def do_POST(self) -> None:
            asked_for.append(orjson.loads(self.body()))
            if {"logprobs", "include", "top_logprobs"} & asked_for[-1].keys():
                self.answer(403, orjson.dumps(body))
            else:
                data = {"choices": [{"message": {"content": "{}"}}], "output": MESSAGE}
                self.answer(200, orjson.dumps(data))

    for api in ("chat", "responses"):
        with listening(Reasoning) as address:
            provider = provider_at(address, api=api)
            assert asked(provider, request(top_logprobs=20)).tries == 2
            assert asked(provider, request(top_logprobs=20)).tries == 1
    assert len(asked_for) == 6


@pytest.mark.parametrize(
    ("message", "granted"),
    [
        ("Invalid value for 'top_logprobs': must be less than or equal to 5.", 5),
        ("top_logprobs must be between 0 and 8", 8),
        ("Input should be less than or equal to 10", 10),
        ("top_logprobs is too large", 5),
    ],
)
def test_fewer_candidates_are_asked_for_where_fewer_are_granted(message: str, granted: int) -> None:
    parameters = Parameters(CHAT, frozenset())
    whole = request(top_logprobs=20)
    param = None if "top_logprobs" in message else "top_logprobs"
    assert parameters.learn(message, param, CHAT.body(whole, frozenset()))
    fitted = parameters.fitted(whole)
    assert (fitted.top_logprobs, parameters.without) == (granted, frozenset())
    assert parameters.fitted(request(top_logprobs=2)).top_logprobs == 2
    sent = CHAT.body(fitted, frozenset())
    assert sent["top_logprobs"] == granted
    assert parameters.learn("top_logprobs: at most 7", None, CHAT.body(whole, frozenset()))
    assert parameters.fitted(whole).top_logprobs == min(granted, 7), "of an answer to what was asked before"
    assert parameters.learn(message, param, sent), "it was heeded, and is refused all the same"
    assert parameters.without == {"top_logprobs"}


@pytest.mark.parametrize(
    "message",
    ["This text is not allowed by the content policy", "Requests may not include personal data: not permitted",
     "You are not allowed to store data"],
)  # fmt: skip
def test_what_is_said_of_a_text_is_not_about_a_parameter(message: str) -> None:
    parameters = Parameters(RESPONSES, frozenset())
    sent = RESPONSES.body(request(schema=SCHEMA, top_logprobs=5), frozenset())
    assert not parameters.learn(message, None, sent)
    assert parameters.without == set()
    assert parameters.learn("Unsupported parameter: 'text' is not supported with this model", None, sent)
    with listening_to(403, message) as address, pytest.raises(JudgeError, match="API key"):
        asked(provider_at(address, api="responses"), request(schema=SCHEMA, top_logprobs=5))


@contextmanager
def listening_to(status: int, message: str) -> Iterator[str]:
    class Same(Handler):
        def do_POST(self) -> None:
            self.body()
            self.answer(status, orjson.dumps({"error": {"message": message, "param": "text"}}))

    with listening(Same) as address:
        yield address


def test_the_parameter_that_is_named_by_itself_goes_before_the_message() -> None:
    parameters = Parameters(ANTHROPIC, frozenset())
    sent = ANTHROPIC.body(request(schema=SCHEMA), frozenset())
    assert parameters.learn("temperature is not supported", "output_config.format", sent)
    assert parameters.without == {"output_config"}
    assert not parameters.learn("messages is not supported", "messages", sent)
