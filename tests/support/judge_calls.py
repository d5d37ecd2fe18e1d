"""Calls of judges at the stand-in, as tests make them."""

from __future__ import annotations

from typing import Any

from bench.servers.judge.server import JudgeServer
from evaluator.core.judge import JudgeError, JudgeReply, JudgeRequest
from evaluator.core.limits import LocalLimiter
from evaluator.judges.config import configured
from evaluator.judges.providers import ConfiguredProvider

KEY = "sk-test-0123456789abcdefghij"
SCHEMA = {
    "type": "object",
    "properties": {"verdict": {"type": "string", "enum": ["yes", "no"]}, "score": {"type": "number"}},
    "required": ["verdict", "score"],
    "additionalProperties": False,
}


def provider_at(base_url: str | JudgeServer, *, limiter: Any = None, **config: Any) -> ConfiguredProvider:
    """A provider `test` at a stand-in, or at any address."""
    address = base_url if isinstance(base_url, str) else base_url.address
    values = {"name": "test", "base_url": address, "model": "m", "api_key": KEY} | config
    return ConfiguredProvider(configured(values, "test"), limiter or LocalLimiter())


def request(user: str = "Is it so?", **more: Any) -> JudgeRequest:
    values: dict[str, Any] = {"model": "m", "system": "You judge.", "user": user, "max_output_tokens": 100}
    return JudgeRequest(**(values | more))


def asked(provider: ConfiguredProvider, one: JudgeRequest | None = None, seconds: float = 10.0) -> JudgeReply:
    """The reply to one call. Raises JudgeError."""
    (found,) = asked_all(provider, [one or request()], seconds)
    if isinstance(found, JudgeError):
        raise found
    return found


def asked_all(
    provider: ConfiguredProvider, requests: list[JudgeRequest], seconds: float = 10.0
) -> list[JudgeReply | JudgeError]:
    """The replies to calls that are made together, or what each raised."""
    client = provider.client()
    found = client.run([client.ask(one, seconds) for one in requests])
    for one in found:
        if not isinstance(one, (JudgeReply, JudgeError)):
            raise one
    return found  # type: ignore[return-value]
