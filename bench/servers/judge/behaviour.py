"""How the stand-in misbehaves: which fault meets which request hangs on the seed and on what was asked, so that a run
is the same again in whatever order its calls arrive."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, fields
from typing import Literal, get_args

Fault = Literal[
    "rate_limited", "error", "hang", "drip", "cut", "malformed", "wrong_types", "quoted", "out_of_range", "refusal",
    "slow", "fenced",
]  # fmt: skip
FAULTS: tuple[Fault, ...] = get_args(Fault)
UNCHARGED = frozenset({"rate_limited", "error"})
"""Faults after which nothing is owed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """Shares of requests (0 to 1, together at most 1) that meet a fault, and what else is unpleasant."""

    seed: int = 0
    rate_limited: float = 0.0
    """429, and for `burst_seconds` after it to everybody."""
    error: float = 0.0
    """500."""
    hang: float = 0.0
    """Charged, and no header ever comes."""
    drip: float = 0.0
    """Charged, and the body comes a byte a second."""
    cut: float = 0.0
    """Charged, and the connection ends in the middle of the body."""
    malformed: float = 0.0
    """The body is no JSON."""
    wrong_types: float = 0.0
    """The body is JSON of the wrong shape, with absurd usage."""
    quoted: float = 0.0
    """Numbers of the verdict are texts."""
    out_of_range: float = 0.0
    """Numbers and labels of the verdict are none that were asked for."""
    refusal: float = 0.0
    slow: float = 0.0
    """It takes `slow_seconds`."""
    fenced: float = 0.0
    """The verdict stands in a markdown fence, with a sentence before it."""
    latency: float = 0.0
    """Seconds that every reply takes."""
    slow_seconds: float = 5.0
    hang_seconds: float = 600.0
    burst_seconds: float = 0.0
    retry_after: str | None = "1"
    """The header of a 429 (seconds or an HTTP date); None leaves it out."""
    max_concurrency: int | None = None
    """More calls at once are answered with 429."""
    requests_per_minute: float | None = None
    refuses: frozenset[str] = frozenset()
    """Parameters that are answered with 400."""
    window: int | None = None
    """Input tokens above which a request is answered with 400."""
    forbids: str | None = None
    """Requests with this text in them are answered with 403, as by a gateway that looks into them."""
    key: str | None = None
    """The only key that is accepted; None takes everybody."""

    def __post_init__(self) -> None:
        shares = [getattr(self, fault) for fault in FAULTS]
        if min(shares) < 0 or sum(shares) > 1 + 1e-9:
            raise ValueError(
                f"shares must be from 0 to 1, together at most 1, got {dict(zip(FAULTS, shares, strict=True))}"
            )


class Draws:
    """Draws faults: the same request meets the same ones, each time it comes the next."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._seed = str(behaviour.seed).encode()
        self._shares = [(fault, getattr(behaviour, fault)) for fault in FAULTS if getattr(behaviour, fault)]
        self._seen: Counter[bytes] = Counter()

    def fault(self, body: bytes) -> Fault | None:
        """What meets this request; None: nothing."""
        if not self._shares:
            return None
        digest = hashlib.blake2b(body, digest_size=16).digest()
        self._seen[digest] += 1
        mixed = b"%b|%d|%b" % (self._seed, self._seen[digest], digest)
        drawn = int.from_bytes(hashlib.blake2b(mixed, digest_size=8).digest(), "big") / 2**64
        for fault, share in self._shares:
            if drawn < share:
                return fault
            drawn -= share
        return None


def numbers() -> list[tuple[str, float]]:
    """Fields of a behaviour that are plain numbers, with what they are unless said otherwise."""
    return [(f.name, f.default) for f in fields(Behaviour) if isinstance(f.default, (int, float))]
