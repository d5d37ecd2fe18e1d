"""Answer relevance: is the answer about what was asked?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from evaluator.core.criterion import Criterion, Direction, Scale
from evaluator.core.evaluator import EvaluatorSpec, ModelRef
from evaluator.core.outcome import Outcome, Score
from evaluator.core.trace import Sample
from evaluator.evaluators.common import opened, score_each
from evaluator.models.runtime import Runtime
from evaluator.models.weights import EMBEDDER_REF
from evaluator.text.sentences import split_sentences

if TYPE_CHECKING:
    from evaluator.models.embedder import Embedder

RELEVANT, OFF_TOPIC = "relevant", "off_topic"
LOW, HIGH = 0.05, 0.65
"""Cosines that become 0 and 1."""
THRESHOLD = 0.65
MAX_SENTENCES = 64
"""Sentences compared one by one; the whole answer is always compared."""


class AnswerRelevanceEvaluator:
    """Relevance in [0, 1]: the cosine of question and answer, or of its nearest sentence, rescaled."""

    spec: ClassVar[EvaluatorSpec] = EvaluatorSpec(
        name="answer_relevance",
        version="1",
        title="Relevance of the answer to the question",
        description=(
            "Embeds the question, the answer and the answer's sentences. The value is the larger of the cosines of "
            f"the question with the answer and with its nearest sentence, moved linearly so that {LOW} is 0 and "
            f"{HIGH} is 1. It says whether the answer is about the question, not whether it is right."
        ),
        needs=("question", "answer"),
        labels=(RELEVANT, OFF_TOPIC),
        scale=Scale(direction=Direction.HIGHER_IS_BETTER),
        criterion=Criterion(name="irrelevant", threshold=THRESHOLD),
    )

    def __init__(self, *, runtime: Runtime | None = None) -> None:
        self._runtime = runtime or Runtime()
        self._embedder: Embedder | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        return {"low": LOW, "high": HIGH, "max_sentences": MAX_SENTENCES}

    @property
    def models(self) -> tuple[ModelRef, ...]:
        return (EMBEDDER_REF,)

    def open(self) -> None:
        from evaluator.models.embedder import Embedder

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
        questions = embedder.encode([s.question for s in samples])
        pieces = [[s.answer, *_sentences(s.answer)] for s in samples]
        vectors = embedder.encode([piece for group in pieces for piece in group])
        bounds = np.cumsum([0, *(len(group) for group in pieces)])
        return [
            self._score(vectors[bounds[i] : bounds[i + 1]] @ questions[i])  # [1 + sentences]
            for i in range(len(samples))
        ]

    def _score(self, cosines: np.ndarray[Any, np.dtype[np.float32]]) -> Score:
        value = min(1.0, max(0.0, (float(cosines.max()) - LOW) / (HIGH - LOW)))
        return Score(
            value=value,
            label=OFF_TOPIC if self.spec.scale.badness(value) >= THRESHOLD else RELEVANT,
            details={"answer_cosine": round(float(cosines[0]), 6), "best_cosine": round(float(cosines.max()), 6)},
        )


def _sentences(answer: str) -> list[str]:
    spans = split_sentences(answer)[:MAX_SENTENCES]
    return [answer[span.start : span.end] for span in spans] if len(spans) > 1 else []
