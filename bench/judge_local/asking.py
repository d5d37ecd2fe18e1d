"""Asks the judge about rows, once each: what it said is kept in a file, and an interrupted run goes on from there."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

from evaluator.core.evaluator import sample_of
from evaluator.core.judge import JudgeRequest, Judges
from evaluator.core.limits import LocalLimiter
from evaluator.core.outcome import Score, is_waiting
from evaluator.evaluators.rubric.asking import Asking
from evaluator.evaluators.rubric.evaluator import RubricEvaluator
from evaluator.judges.prompt import PROMPT_VERSION, bare_system_of, bare_user_of
from evaluator.judges.providers import open_judges
from evaluator.shipped import shipped_rubrics
from training.sets import Item

RUBRIC = "faithfulness"
_SECONDS = 3600.0


class _Bare(Asking):
    """Asks without a fence, and says nothing of one."""

    def instructions(self) -> str:
        return bare_system_of(self.rubric, explain=self.explain)

    def request(self, material: Mapping[str, str], again: str = "") -> JudgeRequest:
        plain = Asking.request(self, material, again)
        values = {field.name: getattr(plain, field.name) for field in fields(plain)}
        return JudgeRequest(**values | {"user": bare_user_of(self.rubric, material, explain=self.explain)})


class _Patient(RubricEvaluator):
    """Waits for a machine that has much else to do."""

    patience: ClassVar[float] = _SECONDS


class _Unfenced(_Patient):
    def _asking(self) -> Asking:
        fenced = super()._asking()
        return _Bare(**{field.name: getattr(fenced, field.name) for field in fields(fenced) if field.init})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the judge said of a row: a verdict with its value (expected, in [0, 1]), or why there is none."""

    label: str
    value: float
    failure: str
    seconds: float
    calls: int
    repaired: bool
    chances: dict[str, float]


class Judge:
    """The judge at `base_url`, and the book of what it said."""

    def __init__(self, base_url: str, model: str, book: Path, *, explain: bool) -> None:
        self._judges: Judges = open_judges(
            limiter=LocalLimiter(), base_url=base_url, model=model, timeout_seconds=_SECONDS, concurrency=1,
            price_input=0.0, price_output=0.0, window=8192,
        )  # fmt: skip
        self._model, self._explain, self._book = model, explain, book
        self._rubrics = shipped_rubrics()
        self._version = self._rubrics.version(RUBRIC)
        self._evaluators: dict[tuple[bool, float], RubricEvaluator] = {}
        book.parent.mkdir(parents=True, exist_ok=True)
        self._known = _read(book)

    def ask(self, item: Item, *, fence: bool = True, temperature: float = 0.0, time_: int = 0) -> Answer:
        """What it says of `item`, of which it is asked for the `time_`-th time (from 0)."""
        key = json.dumps(
            [self._model, self._version, PROMPT_VERSION, self._explain, fence, temperature, item.id, time_]
        )
        if key not in self._known:
            found = self._asked(item, fence, temperature)
            with self._book.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"key": key, "answer": asdict(found)}) + "\n")
            self._known[key] = found
        return self._known[key]

    def _asked(self, item: Item, fence: bool, temperature: float) -> Answer:
        evaluator = self._evaluator(fence, temperature)
        started = time.monotonic()
        (outcome,) = evaluator.score([sample_of(item.question, item.answer, item.passages, target_id=item.id)])
        seconds = time.monotonic() - started
        if not isinstance(outcome, Score):
            if is_waiting(outcome):
                raise SystemExit(f"the judge can not be asked: {outcome.message}")
            return Answer("", float("nan"), outcome.reason.value, seconds, 0, False, {})
        details: Mapping[str, Any] = outcome.details
        return Answer(
            outcome.label or "", outcome.value, "", seconds, details["calls"], details["repaired"],
            details.get("probabilities", {}),
        )  # fmt: skip

    def _evaluator(self, fence: bool, temperature: float) -> RubricEvaluator:
        key = fence, temperature
        if key not in self._evaluators:
            kind = _Patient if fence else _Unfenced
            self._evaluators[key] = kind(
                member=RUBRIC,
                version=self._version,
                temperature=temperature,
                explain=self._explain,
                repeat_share=0.0,
                rubrics=self._rubrics,
                judges=self._judges,
            )
            self._evaluators[key].open()
        return self._evaluators[key]

    def value_of(self, label: str) -> float:
        """The plain value of a verdict; NaN where it names no level."""
        scale = self._rubrics.rubric(RUBRIC, self._version).scale
        return scale.value(label) if label in scale.labels else float("nan")


def _read(book: Path) -> dict[str, Answer]:
    """What a book holds; a line that was cut off is asked for again."""
    found = {}
    for line in book.read_text(encoding="utf-8").splitlines() if book.is_file() else []:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        found[entry["key"]] = Answer(**entry["answer"])
    return found
