"""An evaluator that does to its process what the first word of an answer says."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from evaluator.core.evaluator import EvaluatorSpec
from evaluator.core.outcome import Evidence, Outcome, Score
from evaluator.core.trace import Sample
from tests.support.house import ShoutEvaluator


class _OwnWay(BaseException):
    """Not an Exception."""


def _hang() -> Any:
    """In C, with the interpreter's lock, for longer than anybody waits."""
    return re.match(r"(a+)+$", "a" * 60 + "b")


def _eat() -> Any:
    hoard: list[bytes] = []
    while True:
        hoard.append(b"x" * (1 << 24))  # written to, so that it is resident
        time.sleep(0.01)


def _fall() -> Any:
    return _fall()


def _raising(error: BaseException) -> Callable[[], Any]:
    def act() -> Any:
        raise error

    return act


def _nan() -> Any:
    score = Score(value=0.5)
    object.__setattr__(score, "value", float("nan"))
    return score


def _deep() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(5000):
        found = {"in": found}
    return found


END: dict[str, Callable[[], Any]] = {
    "hang": _hang,
    "eat": _eat,
    "die": lambda: os._exit(7),
}
"""What ends the process, or must be ended."""
RAISE: dict[str, Callable[[], Any]] = {
    "exit": _raising(SystemExit(3)),
    "own": _raising(_OwnWay("neither an exception nor welcome")),
    "fall": _fall,
    "mute": _raising(type("Mute", (Exception,), {"__str__": lambda self: 1 / 0})()),
}
GARBAGE: dict[str, Callable[[], Any]] = {
    "number": lambda: 0.7,
    "nothing": lambda: None,
    "nan": _nan,
    "bare": lambda: object.__new__(Score),
    "text": lambda: Score(value=0.5, explanation=["no text"]),  # type: ignore[arg-type]
    "offset": lambda: Score(value=0.5, evidence=(Evidence(start=0, end=10**30, label="x", confidence=1.0),)),
}
LARGE: dict[str, Callable[[], Any]] = {
    "huge": lambda: Score(value=0.5, label="l" * 10**6, explanation="e" * 10**8, details={"d": "d" * 10**8}),
    "wide": lambda: Score(value=0.5, details={"d": list(range(10**6))}, evidence=(_MARK,) * 10**5),
    "deep": lambda: Score(value=0.5, details=_deep()),
    "dirty": lambda: Score(value=0.5, label="l\x00\ud800", explanation="\udfff\x00", details={"\x00": "\ud800"}),
    "alien": lambda: Score(value=0.5, details={"set": {1, 2}}),
}
"""What is a score all the same, once it is cut to a size that can be kept."""
_MARK = Evidence(start=0, end=1, label="m", confidence=1.0)


class PoisonEvaluator(ShoutEvaluator):
    """Shouting, but for answers that begin with one of the words above."""

    spec: ClassVar[EvaluatorSpec] = ShoutEvaluator.spec.model_copy(update={"name": "poison"})

    def score(self, samples: Sequence[Sample]) -> list[Outcome]:
        if any(s.answer == "no list" for s in samples):
            return None  # type: ignore[return-value]
        return super().score(samples)

    def _one(self, sample: Sample) -> Outcome:
        act = (END | RAISE | GARBAGE | LARGE).get(sample.answer.split()[0])
        found: Outcome = act() if act else super()._one(sample)
        return found
