"""An evaluator that does to its process what the first word of an answer says."""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import text

from evaluator.core.evaluator import Evaluator, EvaluatorSpec
from evaluator.core.outcome import Evidence, Outcome, Score
from evaluator.core.ports import SystemClock
from evaluator.core.trace import Sample
from evaluator.pipeline.catalog.rules import parse_rule, push_rule
from evaluator.store.sql import upsert
from evaluator.store.store import Store
from evaluator.store.tables import SampleRow, TraceRow
from evaluator.store.types import to_micros
from tests.support.house import ShoutEvaluator


class _OwnWay(BaseException):
    """Not an Exception."""


def _hang() -> Any:
    """In C, with the interpreter's lock, for longer than anybody waits."""
    return re.match(r"(a+)+$", "a" * 60 + "b")


def _eat() -> Any:
    hoard: list[bytes] = []
    while True:
        hoard.append(b"x" * (1 << 25))  # written to, so that it is resident
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


PLUGIN = {"poison": "tests.support.poison:PoisonEvaluator"}
"""What `bench.chaos.evaluators.plugin` registers, for processes that are started."""


def queue_poison(store: Store, project: str, words: Sequence[str], now: datetime) -> None:
    """Plan a trace for each word, called ``PROJECT-WORD`` (with a number where it comes again)."""
    rule = push_rule(store, project, parse_rule({"name": "r", "evaluator": "poison"}), _create, SystemClock())
    numbers: Counter[str] = Counter()
    with store.write() as unit:
        for word in words:
            numbers[word] += 1
            name = f"{project}-{word}" + (f"-{numbers[word]}" if numbers[word] > 1 else "")
            same = {"project": project, "day": now.date(), "trace_id": name}
            target = same | {"target_kind": "answer", "target_id": name, "content_hash": "c"}
            job = target | {"fingerprint": rule.rule.fingerprint, "queue": "score", "priority": to_micros(now)}
            times = {"first_seen_at": now, "last_seen_at": now, "start_at": now, "end_at": now}
            trace = {"project": project, "id": name, "day": now.date(), "state": "planned", **times}
            texts = {"question": "q?", "answer": f"{word} answer", "passages": []}
            upsert(unit.connection, TraceRow, [trace])
            upsert(unit.connection, SampleRow, [target | texts | {"created_at": now}])
            unit.queue.add([job | {"available_at": now, "created_at": now}])


def _create(*_: Any) -> Evaluator:
    return PoisonEvaluator()


def told_of(store: Store, project: str) -> dict[str, tuple[str | None, str]]:
    """(reason, message) of each outcome, by trace, those that came first first."""
    with store.read() as unit:
        query = text("SELECT trace_id, reason, message FROM outcome WHERE project = :project ORDER BY created_at")
        return {i: (reason, said) for i, reason, said in unit.connection.execute(query, {"project": project})}


LIMITS = {"batch_seconds": 2.0, "sample_seconds": 2.0, "score_memory_mb": 400}
RETRIES = {"retry_attempts": 2, "retry_seconds": 0.2}
GOOD = 40


def plant(store: Store) -> None:
    """What ends its process in one project, in one batch with what does not, and only good work in another."""
    queue_poison(store, "bad", [*END, "fine"], datetime.now(UTC))
    queue_poison(store, "good", ["fine"] * GOOD, datetime.now(UTC))


def worked_off(store: Store) -> bool:
    """Whether all that was planted has an outcome."""
    return len(told_of(store, "bad")) > len(END) and len(told_of(store, "good")) == GOOD


def check_planted(store: Store) -> None:
    """The guilty are given up with their reason, and kept nobody waiting for longer than one limit."""
    assert told_of(store, "bad") == {
        "bad-hang": ("timeout", "given up after 2 attempts: outlived its limit of 2 s"),
        "bad-eat": ("crash", "given up after 2 attempts: outgrew 400 MiB"),
        "bad-die": ("crash", "given up after 2 attempts: its process died over it"),
        "bad-fine": (None, ""),
    }
    assert Counter(reason for reason, _ in told_of(store, "good").values()) == {None: GOOD}
    with store.read() as unit:
        assert {x["trace_id"] for x in unit.of("bad").jobs.dead()} == {f"bad-{word}" for word in END}
        times = "SELECT project, min(created_at), max(created_at) FROM outcome GROUP BY project ORDER BY project"
        bad, good = unit.connection.execute(text(times))
    assert good[2] < bad[1], "after the first batch that was ended, the others had their turn"
