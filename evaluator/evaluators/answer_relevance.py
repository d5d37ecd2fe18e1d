"""Answer relevance: is the answer about what was asked?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from evaluator.core.criterion import Criterion, Direction, Scale
from evaluator.core.evaluator import EvaluatorSpec, ModelRef
from evaluator.core.outcome import Outcome, Score
from evaluator.core.trace import Sample
from evaluator.evaluators.common import opened, score_each, whole
from evaluator.models.files.weights import EMBEDDER_PRECISION, EMBEDDER_REF
from evaluator.models.runtime import Runtime

if TYPE_CHECKING:
    from evaluator.models.readers.embedder import Embedder

RELEVANT, OFF_TOPIC = "relevant", "off_topic"
LOW, HIGH = 0.05, 0.55
"""Cosines that become 0 and 1: about the median of answers to other questions, and of answers to this one."""
THRESHOLD = 0.65
"""Badness from which an answer is off topic: a cosine of 0.225, where both kinds of error are near 5 %."""


class AnswerRelevanceEvaluator:
    """Relevance in [0, 1]: the cosine of question and answer, rescaled."""

    spec: ClassVar[EvaluatorSpec] = EvaluatorSpec(
        name="answer_relevance",
        version="2",
        title="Relevance of the answer to the question",
        description=(
            "Embeds the question and the whole answer. The value is their cosine, moved linearly so that "
            f"{LOW} is 0 and {HIGH} is 1. It says whether the answer is about the question, not whether it is right."
        ),
        needs=("question", "answer"),
        labels=(RELEVANT, OFF_TOPIC),
        scale=Scale(direction=Direction.HIGHER_IS_BETTER),
        criterion=Criterion(name="irrelevant", threshold=THRESHOLD),
    )

    def __init__(self, *, precision: str | None = None, runtime: Runtime | None = None) -> None:
        """`precision`: what the embedder computes in, "fp32" or "bf16" (the default). Raises InvalidInput."""
        self._runtime = (runtime or Runtime()).at(precision, EMBEDDER_PRECISION)
        self._embedder: Embedder | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        return {"low": LOW, "high": HIGH, "precision": self._runtime.precision}

    @property
    def models(self) -> tuple[ModelRef, ...]:
        return (EMBEDDER_REF,)

    def open(self) -> None:
        from evaluator.models.readers.embedder import Embedder

        if self._embedder is None:
            self._embedder = Embedder(self._runtime)

    def close(self) -> None:
        self._embedder = None

    def score(self, samples: Sequence[Sample]) -> list[Outcome]:
        """One outcome for each sample, in order; raises only if the evaluator is not open."""
        opened(self._embedder)
        return score_each(samples, self.spec.needs, self._run)

    def _run(self, samples: list[Sample]) -> list[Outcome]:
        embedder = opened(self._embedder)
        # Comparing the question with the answer's sentences one by one was measured, too: it is no better.
        questions = embedder.encode([sample.question for sample in samples])
        answers = embedder.encode([sample.answer for sample in samples])
        cosines = (questions * answers).sum(axis=1)
        return [self._score(sample.answer, float(cosine)) for sample, cosine in zip(samples, cosines, strict=True)]

    def _score(self, answer: str, cosine: float) -> Score:
        value = min(1.0, max(0.0, (cosine - LOW) / (HIGH - LOW)))
        badness = self.spec.scale.badness(value)
        off_topic = badness >= THRESHOLD
        return Score(
            value=value,
            label=OFF_TOPIC if off_topic else RELEVANT,
            evidence=whole(answer, OFF_TOPIC, badness) if off_topic else (),
            details={"cosine": round(cosine, 6)},
        )
