"""Whatever a provider does, a call ends in time, with an error that says whether it was charged."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import orjson
import pytest

from bench.servers import free_port
from bench.servers.judge.behaviour import Behaviour
from bench.servers.judge.server import judging
from bench.servers.stand_in import Handler, listening
from evaluator.core.judge import JudgeError, JudgeReply
from evaluator.core.outcome import Reason
from tests.support.judge_calls import KEY, asked, asked_all, provider_at, request

APIS = ("chat", "responses", "anthropic")


def failed(behaviour: Behaviour, *, seconds: float = 10.0, **config: object) -> JudgeError:
    with judging(behaviour) as served, pytest.raises(JudgeError) as caught:
        asked(provider_at(served, **config), seconds=seconds)
    return caught.value


@contextmanager
def always(status: int, body: bytes, **headers: str) -> Iterator[str]:
    """A provider that answers the same to everybody."""

    class Same(Handler):
        def do_POST(self) -> None:
            self.body()
            self.answer(status, body, **headers)

    with listening(Same) as address:
        yield address


def refused(status: int, body: bytes, **headers: str) -> JudgeError:
    with always(status, body, **headers) as address, pytest.raises(JudgeError) as caught:
        asked(provider_at(address), seconds=3)
    return caught.value


@pytest.mark.parametrize("fault", ["hang", "drip", "slow"])
@pytest.mark.parametrize("api", APIS)
def test_what_takes_too_long_ends_in_time_and_may_be_charged(fault: str, api: str) -> None:
    started = time.monotonic()
    error = failed(Behaviour(**{fault: 1.0}), seconds=0.6, api=api)
    assert 0.5 < time.monotonic() - started < 4.0
    assert (error.reason, error.charged, error.retryable, error.wait) == (Reason.TIMEOUT, True, True, None)


def test_the_timeout_of_the_provider_holds_too() -> None:
    started = time.monotonic()
    assert failed(Behaviour(hang=1.0), timeout_seconds=0.4).reason is Reason.TIMEOUT
    assert time.monotonic() - started < 4.0


@pytest.mark.parametrize("api", APIS)
def test_a_body_that_is_cut_may_be_charged(api: str) -> None:
    error = failed(Behaviour(cut=1.0), api=api)
    assert (error.reason, error.charged, error.retryable) == (Reason.PROVIDER_ERROR, True, True)


@pytest.mark.parametrize("fault", ["malformed", "wrong_types"])
@pytest.mark.parametrize("api", APIS)
def test_a_body_that_is_no_reply_was_charged(fault: str, api: str) -> None:
    error = failed(Behaviour(**{fault: 1.0}), api=api)
    assert (error.reason, error.charged, error.retryable) == (Reason.INVALID_OUTPUT, True, True)


def test_a_500_may_be_charged() -> None:
    error = failed(Behaviour(error=1.0))
    assert (error.reason, error.charged, error.retryable, error.wait) == (Reason.PROVIDER_ERROR, True, True, None)


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("fault", ["quoted", "out_of_range", "fenced", "refusal"])
def test_a_verdict_that_is_odd_is_a_reply_for_others_to_read(fault: str, api: str) -> None:
    with judging(Behaviour(**{fault: 1.0})) as served:
        reply = asked(provider_at(served, api=api))
    assert reply.finish == ("refusal" if fault == "refusal" else "stop")
    assert reply.text


def test_nobody_there_charges_nothing() -> None:
    with pytest.raises(JudgeError, match="can not be reached") as caught:
        asked(provider_at(f"http://127.0.0.1:{free_port()}/v1"))
    assert (caught.value.charged, caught.value.wait) == (False, 10.0)


def test_a_name_that_there_is_not_charges_nothing() -> None:
    with pytest.raises(JudgeError, match="can not be reached") as caught:
        asked(provider_at("http://no-such-host.invalid/v1"))
    assert not caught.value.charged
    assert caught.value.wait


def test_what_connects_and_never_speaks_ends_in_time() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(JudgeError) as caught:
            asked(provider_at(f"http://127.0.0.1:{silent.getsockname()[1]}/v1"), seconds=0.5)
    assert caught.value.reason is Reason.TIMEOUT


@pytest.mark.parametrize(
    ("status", "remedy"), [(401, "FAITHLINE_JUDGE_API_KEY"), (403, "API key"), (404, "FAITHLINE_JUDGE_MODEL")]
)
def test_a_key_or_a_model_that_is_not_accepted_waits_for_somebody(status: int, remedy: str) -> None:
    error = refused(status, b'{"error": {"message": "no"}}')
    assert (error.charged, error.retryable, error.wait) == (False, False, 300.0)
    assert remedy in str(error)


def test_a_text_that_is_refused_while_others_are_answered_is_at_fault_itself() -> None:
    firewall = Behaviour(forbids="DROP TABLE")
    with judging(firewall) as served:
        provider = provider_at(served)
        alone, *_ = asked_all(provider, [request("DROP TABLE users")])
        assert isinstance(alone, JudgeError)
        assert (alone.wait, alone.tries) == (300.0, 1), "it may be the key"
        asked(provider)
        found, other = asked_all(provider, [request("DROP TABLE users"), request()])
        assert isinstance(found, JudgeError)
        assert isinstance(other, JudgeReply)
    assert (found.reason, found.wait, found.retryable, found.charged) == (Reason.REFUSED, None, True, False)
    assert "it is this text that it refuses" in str(found)


def test_a_key_that_is_taken_away_is_told_from_texts_that_are_refused() -> None:
    with judging(Behaviour(forbids="no")) as served:
        provider = provider_at(served, max_concurrency=1)
        asked(provider, request("yes"))
        found = [error for error in asked_all(provider, [request("no")] * 20) if isinstance(error, JudgeError)]
        assert [error.wait for error in found] == [None] * 8 + [300.0] * 12
        asked(provider, request("yes"))
        (again,) = asked_all(provider, [request("no")])
    assert isinstance(again, JudgeError)
    assert again.reason is Reason.REFUSED


@pytest.mark.parametrize(
    ("status", "body"),
    [(402, b"{}"), (429, b'{"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}')],
)
def test_an_account_without_credit_waits_long(status: int, body: bytes) -> None:
    error = refused(status, body)
    assert (error.charged, error.wait) == (False, 900.0)


@pytest.mark.parametrize(
    "body",
    [b'{"error": {"message": "x", "code": "context_length_exceeded"}}',
     b'{"type": "error", "error": {"type": "invalid_request_error", "message": "prompt is too long: 210000 tokens"}}',
     b'{"detail": "the request exceeds the available context size. try increasing it (n_ctx)"}'],
)  # fmt: skip
def test_what_is_too_long_is_told_as_that(body: bytes) -> None:
    error = refused(400, body)
    assert (error.reason, error.charged, error.retryable, error.wait) == (Reason.TOO_LONG, False, False, None)


def test_a_text_that_is_larger_than_a_limit_ever_grants_is_too_long() -> None:
    told = "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 60000. The input or output"
    body = {"error": {"message": f"{told} tokens must be reduced", "type": "tokens", "code": "rate_limit_exceeded"}}
    error = refused(429, orjson.dumps(body))
    assert (error.reason, error.charged, error.retryable, error.wait) == (Reason.TOO_LONG, False, False, None)
    assert error.tries == 1


def test_another_400_is_nobodys_to_try_again() -> None:
    error = refused(400, b'{"error": {"message": "messages: at least one message is required"}}')
    assert (error.reason, error.charged, error.retryable) == (Reason.PROVIDER_ERROR, False, False)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with judging() as served:
        error = refused(status, b"", Location=served.address + "/chat/completions")
        assert served.calls == 0
    assert "redirect" in str(error)
    assert not error.charged


@pytest.mark.parametrize("length", [True, False])
def test_a_body_without_end_is_not_read_to_the_end(length: bool) -> None:
    class Endless(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            if length:
                self.send_header("Content-Length", str(2**40))
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b" " * 2**20)
            except OSError:
                pass

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is printed."""

    with listening(Endless) as address, pytest.raises(JudgeError, match="larger than") as caught:
        asked(provider_at(address))
    assert caught.value.charged


def test_a_compressed_body_is_not_unpacked() -> None:
    error = refused(200, b"\x1f\x8b" + bytes(100), Content_Encoding="gzip")
    assert "compressed" in str(error)


@pytest.mark.parametrize("body", [b"[]", b"7", b"null", b"", b"\xff\xfe", b"[" * 10_000])
def test_a_body_that_is_no_object_is_no_reply(body: bytes) -> None:
    assert refused(200, body).reason is Reason.INVALID_OUTPUT


@pytest.mark.parametrize("status", [200, 400, 401, 404, 500])
def test_the_key_is_in_no_error_and_a_message_is_one_short_line(status: int) -> None:
    told = f"bad key {KEY}\n\x1b[31m" + "lorem " * 500
    error = refused(status, b'{"error": {"message": %b}}' % orjson.dumps(told))
    assert KEY not in str(error)
    assert str(error).isprintable()
    assert len(str(error)) < 400
    assert error.__cause__ is None


def test_one_bad_call_takes_no_other_along() -> None:
    with judging(Behaviour(seed=5, cut=0.1, malformed=0.1, wrong_types=0.1, error=0.05)) as served:
        found = asked_all(provider_at(served), [request(f"{number}") for number in range(200)])
    faults = sum(bool(charge.fault) for charge in served.ledger.charges)
    replies = [one for one in found if isinstance(one, JudgeReply)]
    errors = [one for one in found if isinstance(one, JudgeError)]
    assert len(replies) > 100
    charged = sum(error.charged and error.wait is None for error in errors)
    # Whatever was charged is either a reply, or an error that says it may have been.
    assert len(replies) + charged >= len(served.ledger.charges)
    assert faults >= 20


def test_only_the_beginning_of_a_complaint_is_read() -> None:
    """It is read on the loop that all calls share: megabytes of it, looked through for parameters, held them up."""
    error = refused(
        400, orjson.dumps({"error": {"message": "x" * 3_900_000 + " context_length_exceeded", "param": "y"}})
    )
    assert error.reason is Reason.PROVIDER_ERROR
    assert len(str(error)) < 300


def test_a_success_that_is_none_may_be_charged() -> None:
    error = refused(201, orjson.dumps({"choices": [{"message": {"content": "{}"}}]}))
    assert (error.reason, error.charged, error.retryable, error.wait) == (Reason.PROVIDER_ERROR, True, True, None)
