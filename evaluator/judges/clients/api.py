"""What a protocol is made of, and how its replies are read: nothing in them is believed before it is looked at."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import orjson

from evaluator.core.judge import JudgeError, JudgeReply, JudgeRequest, Token
from evaluator.core.outcome import Reason
from evaluator.judges.clients.redaction import shown

MOST_TOKENS = 10**9
_WRITE_SURCHARGE = 0.25
_SHORT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """A protocol. `body` leaves out the parameters named in its second argument; `optional` are those that it can do
    without; `headers` are those of a key (``""``: none)."""

    path: str
    headers: Callable[[str], dict[str, str]]
    body: Callable[[JudgeRequest, frozenset[str]], dict[str, Any]]
    reply: Callable[[Mapping[str, Any]], JudgeReply]
    optional: frozenset[str]


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


SCHEMA_NAME = "verdict"
"""What OpenAI's protocols are to call a schema."""


def with_schema(request: JudgeRequest) -> str:
    """The system prompt, for those who take no schema: it says in words what is to come."""
    if request.schema is None:
        return request.system
    schema = orjson.dumps(request.schema, option=orjson.OPT_SORT_KEYS).decode()
    wanted = "Reply with one JSON object that follows this JSON schema, and with nothing else:"
    return f"{request.system}\n\n{wanted}\n{schema}"


def broken(problem: str) -> NoReturn:
    """Raises JudgeError for a reply that came, and is none."""
    raise JudgeError(Reason.INVALID_OUTPUT, f"the provider's reply {problem}", retryable=True, charged=True)


def told_error(data: Mapping[str, Any]) -> None:
    """Raises JudgeError where a reply says that it failed, as it says it: some send that with status 200."""
    error = data.get("error")
    if isinstance(error, Mapping) and error:
        said = str(error.get("message") or error.get("type") or "no reason given")
        raise JudgeError(Reason.PROVIDER_ERROR, f"the provider failed: {said}", retryable=True, charged=True)


def mapping(value: object) -> Mapping[str, Any]:
    """`value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def count(value: object) -> int | None:
    """A number of tokens, if it can be one."""
    return value if type(value) is int and 0 <= value <= MOST_TOKENS else None


def named(value: object) -> str:
    """The model that a provider says has answered, fit to be shown."""
    if not isinstance(value, str):
        return ""
    return value if len(value) < _SHORT and value.isascii() and value.isprintable() else shown(value)


def billed(input_tokens: int | None, written: int | None) -> int | None:
    """Input tokens as they are paid for: those that are written to a cache cost a quarter more."""
    return input_tokens if not input_tokens or not written else input_tokens + math.ceil(written * _WRITE_SURCHARGE)


def tokens_of(entries: object) -> Sequence[Token] | None:
    """The tokens of OpenAI's `logprobs`; None where one of them is none."""
    if not isinstance(entries, list) or not entries:
        return None
    try:
        return [
            Token(_text(one["token"]), _logprob(one["logprob"]),
                  [(_text(c["token"]), _logprob(c["logprob"])) for c in one.get("top_logprobs") or ()])
            for one in entries
        ]  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    return value


def _logprob(value: object) -> float:
    # A little above zero is rounding; NaN compares as false.
    if type(value) not in (float, int) or not value <= 1e-3:  # type: ignore[operator]
        raise ValueError("logprob")
    return min(0.0, float(value))  # type: ignore[arg-type]
