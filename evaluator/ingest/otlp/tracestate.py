"""The sampling probability in a W3C tracestate, as OpenTelemetry's threshold ``ot=th:…`` states it."""

from __future__ import annotations

import re

from evaluator.core.bounds import PROBABILITY

_THRESHOLD = re.compile(r"[0-9a-fA-F]{1,14}")
_DIGITS = 14
_RANGE = 1 << 56


def sampling_probability(tracestate: str) -> float | None:
    """The probability with which the sender kept a span, or None when the tracestate does not say, or says one
    outside of `PROBABILITY`."""
    stated = stated_probability(tracestate)
    return stated if stated is not None and PROBABILITY.holds(stated) else None


def stated_probability(tracestate: str) -> float | None:
    """The probability in (0, 1] that a tracestate states.

    The threshold has 1 to 14 hexadecimal digits, meant to be padded with zeros on the right to 56 bits; a trace is
    kept when its randomness is at or above it. Anything malformed counts as not said.
    """
    for member in tracestate.split(","):
        vendor, _, value = member.strip().partition("=")
        if vendor != "ot":
            continue
        for pair in value.split(";"):
            key, _, digits = pair.partition(":")
            if key == "th" and _THRESHOLD.fullmatch(digits):
                return (_RANGE - int(digits.ljust(_DIGITS, "0"), 16)) / _RANGE
    return None
