"""Evaluators that need no model, and rules and workers for them: what is left to measure is the pipeline's own."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from evaluator.core.criterion import Criterion
from evaluator.core.evaluator import Evaluator, EvaluatorSpec, ModelRef
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.core.outcome import Outcome, Score, ScoreKind
from evaluator.core.ports import NoHints, SystemClock
from evaluator.core.rule import Rule
from evaluator.core.trace import Sample
from evaluator.pipeline.catalog.rules import push_rule
from evaluator.pipeline.stages.score import Worker
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.store import Store

PROJECT = DEFAULT_PROJECT
BATCH = 32
WAIT_SECONDS = 0.2
HASHES = 6000
"""Of a computing evaluator, for each sample: a few milliseconds."""


class Cheap:
    """Costs nothing; what it says hangs on the length of the answer."""

    spec: ClassVar[EvaluatorSpec] = EvaluatorSpec(
        name="cheap", version="1", title="Cheap", description="A stand-in.", kind=ScoreKind.CODE,
        criterion=Criterion(name="bad", threshold=0.5),
    )  # fmt: skip
    parameters: Mapping[str, Any] = {}
    models: Sequence[ModelRef] = ()

    def open(self) -> None: ...

    def close(self) -> None: ...

    def score(self, samples: Sequence[Sample]) -> list[Outcome]:
        return [Score(value=(len(s.answer) % 7) / 10) for s in samples]


class Waiting(Cheap):
    """Waits for a provider, once a batch."""

    spec = Cheap.spec.model_copy(update={"name": "waiting"})

    def score(self, samples: Sequence[Sample]) -> list[Outcome]:
        time.sleep(WAIT_SECONDS)
        return super().score(samples)


class Computing(Cheap):
    """Keeps one core busy."""

    spec = Cheap.spec.model_copy(update={"name": "computing"})

    def score(self, samples: Sequence[Sample]) -> list[Outcome]:
        for s in samples:
            data = s.answer.encode()
            for _ in range(HASHES):
                data = hashlib.sha256(data).digest()
        return super().score(samples)


KINDS: dict[str, type[Cheap]] = {c.spec.name: c for c in (Cheap, Waiting, Computing)}


def pushed(store: Store, kind: str, name: str = "") -> StoredRule:
    """A rule that draws everything, for the evaluator of that name."""

    def create(_project: str, kind: str, _parameters: Mapping[str, Any]) -> Evaluator:
        return KINDS[kind]()

    return push_rule(store, PROJECT, Rule(name=name or kind, evaluator=kind, rate=1.0), create, SystemClock())


def worker_of(store: Store, kind: str, owner: str) -> Worker:
    return Worker(
        store=store, build=lambda _project, _pinned: KINDS[kind](), clock=SystemClock(), hints=NoHints(), owner=owner,
        batch=BATCH,
    )  # fmt: skip
