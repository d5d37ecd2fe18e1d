"""A family of evaluators for tests: what one of them measures follows from its name, and so does its spec."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from evaluator.core.criterion import Criterion, Direction, Scale
from evaluator.core.errors import InvalidInput
from evaluator.core.evaluator import EvaluatorSpec, ModelRef
from evaluator.core.outcome import Outcome, Score, ScoreKind
from evaluator.core.trace import Sample
from evaluator.evaluators import registry
from evaluator.evaluators.common import score_each


class Marks:
    """How many marks an answer holds, of those that `member` names: ``marks:question``, ``marks:exclamation``."""

    spec: EvaluatorSpec

    def __init__(self, *, member: str, most: int = 2) -> None:
        if member not in ("question", "exclamation"):
            raise InvalidInput("evaluator", f"there are no {member} marks", "Use question or exclamation")
        self._most = most
        self._mark = "?" if member == "question" else "!"
        self.spec = EvaluatorSpec(
            name=f"marks:{member}",
            version="1",
            title=f"{member} marks",
            description="Counts them.",
            scale=Scale(high=float(most), direction=Direction.LOWER_IS_BETTER),
            criterion=Criterion(name="restless", threshold=0.5),
            kind=ScoreKind.CODE,
        )

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {"most": self._most}

    @property
    def models(self) -> Sequence[ModelRef]:
        return ()

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def score(self, samples: Sequence[Sample]) -> list[Outcome]:
        return score_each(samples, self.spec.needs, lambda some: [self._one(sample) for sample in some])

    def _one(self, sample: Sample) -> Score:
        return Score(value=float(min(self._most, sample.answer.count(self._mark))))


@contextmanager
def installed() -> Iterator[None]:
    """The family as a plug-in that is installed."""
    entries = registry._entries() | {"marks": EntryPoint("marks", f"{__name__}:Marks", registry.GROUP)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "_entries", lambda: entries)
        yield
