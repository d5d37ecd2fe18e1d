"""What a call that has no reply means: whether it was charged, whether to ask again, and when."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import orjson

from evaluator.core.errors import told
from evaluator.core.judge import JudgeError
from evaluator.core.outcome import Reason
from evaluator.judges.clients.address import AddressRefused
from evaluator.judges.clients.redaction import shown

UNREACHABLE_WAIT = 10.0
REFUSED_WAIT = 300.0
"""Until somebody has mended a key or a model."""
UNPAID_WAIT = 900.0
MOST_WAIT = 300.0
"""The longest pause that a provider is believed to need (s)."""
_DIGITS = 9
"""Of a number of requests a minute that is believed."""
_READ = 4000
"""Characters of what an error says."""
LIMITED = frozenset({429, 503, 529})
_UNPAID = frozenset({"insufficient_quota", "billing_error", "billing_hard_limit_reached", "credit_balance_too_low"})
_TOO_LONG = re.compile(
    r"(?i)context.{0,10}(?:length|window)|maximum.{0,20}(?:length|tokens)|too (?:long|many tokens)|exceeds? .{0,30}"
    r"(?:context|tokens)|n_ctx|context_length_exceeded"
)
_TOO_LARGE = re.compile(r"(?i)request too large|(?:tokens|input|prompt).{0,20}must be reduced")
"""Of a limit: what is asked is more than it ever grants."""
_KEY_REMEDY = "Check its API key: for the default provider FAITHLINE_JUDGE_API_KEY or FAITHLINE_JUDGE_API_KEY_FILE"
_MODEL_REMEDY = "Check its base URL and the name of the model: FAITHLINE_JUDGE_BASE_URL and FAITHLINE_JUDGE_MODEL"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came over the wire."""

    status: int
    body: bytes
    retry_after: str | None = None
    limit: str | None = None
    """Requests a minute, where a provider says how many it grants."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What an error's body says; `codes` are its type and its code."""

    message: str
    codes: frozenset[str] = frozenset()
    param: str | None = None


def complaint_of(body: bytes) -> Complaint:
    """Read the body of an error, whatever it is: the beginning of what it says, as all calls wait meanwhile."""
    try:
        data: Any = orjson.loads(body)
    except ValueError:
        return Complaint(body[:_READ].decode(errors="replace"))
    if isinstance(data, list) and data:  # Google wraps it
        data = data[0]
    if not isinstance(data, dict):
        return Complaint(str(data)[:_READ])
    error = data.get("error", data)
    if not isinstance(error, dict):
        return Complaint(str(error)[:_READ])
    text = next((error[name] for name in ("message", "detail", "msg") if error.get(name)), "")
    codes = frozenset(c for c in (error.get("code"), error.get("type"), error.get("status")) if isinstance(c, str))
    param = error.get("param")
    return Complaint(str(text or "")[:_READ], codes, param[:_READ] if isinstance(param, str) else None)


def failure_of(
    answer: Answer, complaint: Complaint, secrets: Iterable[str], name: str, *, answers: bool = False
) -> JudgeError:
    """The error of an answer that is none, of the provider `name`, which `answers` others; limits are not for here
    (`LIMITED`)."""
    status = answer.status
    said = f"provider {name} answered {status}: {shown(complaint.message, secrets) or 'without a reason'}"
    if status == 402 or complaint.codes & _UNPAID:
        return JudgeError(Reason.PROVIDER_ERROR, f"{said}. Its account has no credit left", wait=UNPAID_WAIT)
    if status == 403 and answers:  # as gateways do that look into what is sent
        text = f"{said}. It answers others, so it is this text that it refuses"
        return JudgeError(Reason.REFUSED, text, retryable=True)
    if status in (401, 403):
        return JudgeError(Reason.PROVIDER_ERROR, f"{said}. {_KEY_REMEDY}", wait=REFUSED_WAIT)
    if status == 404:
        return JudgeError(Reason.PROVIDER_ERROR, f"{said}. {_MODEL_REMEDY}", wait=REFUSED_WAIT)
    if 300 <= status < 400:
        text = (
            f"provider {name} answered {status}: it redirects, which is not followed. Give the URL that it leads to"
        )
        return JudgeError(Reason.PROVIDER_ERROR, text, wait=REFUSED_WAIT)
    if status == 429 and _TOO_LARGE.search(complaint.message):
        return JudgeError(Reason.TOO_LONG, said)
    if status in (400, 413, 422):
        too_long = (
            status == 413 or "context_length_exceeded" in complaint.codes or _TOO_LONG.search(complaint.message)
        )
        return JudgeError(Reason.TOO_LONG if too_long else Reason.PROVIDER_ERROR, said)
    # Whether what failed inside of it was charged, or what it calls a success and is none, nobody says.
    gone = status >= 500 or status == 408 or 200 <= status < 300
    return JudgeError(Reason.PROVIDER_ERROR, said, retryable=gone, charged=gone)


def limited(name: str, wait: float) -> JudgeError:
    """The error of a limit whose pause is longer than the call may take."""
    text = f"provider {name} takes no more calls for now: its limit is met"
    return JudgeError(Reason.PROVIDER_ERROR, text, retryable=True, wait=wait)


def unsent(error: Exception, secrets: Iterable[str], name: str) -> JudgeError:
    """The error of a call that the network, or the end of its time, took."""
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, AddressRefused):
        return JudgeError(Reason.PROVIDER_ERROR, f"provider {name}: {shown(str(error.os_error))}")
    if isinstance(error, (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError)):
        text = f"provider {name} can not be trusted: {shown(told(error), secrets)}"
        return JudgeError(Reason.PROVIDER_ERROR, text, wait=REFUSED_WAIT)
    if isinstance(error, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)):
        text = f"provider {name} can not be reached: {shown(told(error), secrets)}"
        return JudgeError(Reason.PROVIDER_ERROR, text, retryable=True, wait=UNREACHABLE_WAIT)
    if isinstance(error, TimeoutError):
        return JudgeError(Reason.TIMEOUT, f"provider {name} took too long", retryable=True, charged=True)
    text = f"the connection to provider {name} broke: {shown(told(error), secrets)}"
    return JudgeError(Reason.PROVIDER_ERROR, text, retryable=True, charged=True)


def pause_of(header: str | None) -> float | None:
    """The seconds of a Retry-After (seconds, or an HTTP date), from 0 to `MOST_WAIT`; None where it says nothing."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            at = parsedate_to_datetime(header)
        except (ValueError, OverflowError):  # of a year with twenty digits
            return None
        seconds = ((at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
    return None if seconds != seconds else min(max(seconds, 0.0), MOST_WAIT)


def per_second(header: str | None) -> float | None:
    """The rate that a provider says it grants (requests a second); None where it says none, or one of no use."""
    if not header or len(header) > _DIGITS or not (header.isascii() and header.isdigit()):
        return None
    return int(header) / 60 or None
